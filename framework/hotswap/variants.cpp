#include "framework/hotswap/variants.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/hotswap/class_file.hpp"

namespace bhsim::hotswap {
namespace {

constexpr std::uint16_t kPublic = 0x0001, kPrivate = 0x0002, kProtected = 0x0004, kStatic = 0x0008, kFinal = 0x0010;
constexpr std::uint16_t kUnknownMajor = 99;
constexpr unsigned char kAreturn = 0xb0, kIreturn = 0xac;

// Kind → how the parsed class, already carrying its generation, is changed. Null: the bytes are cut or spoilt as text.
using Change = Result<void> (*)(ClassFile& file);

tl::unexpected<Error> nothing_to_change(std::string_view what) {
  return fail(ErrorCode::not_found, "the class has no {}", what);
}

Result<void> keep(ClassFile&) { return {}; }

// A name of its own, so that other uses of the same text stay as they are.
Result<void> rename(ClassFile& file, std::vector<Member>& members, std::string_view what) {
  for (auto& member : members) {
    BHSIM_ASSIGN(const auto name, file.text(member.name));
    if (name.starts_with('<')) continue;
    const std::string other = std::string(name) + "Renamed";
    BHSIM_ASSIGN(member.name, file.add_text(other));
    return {};
  }
  return nothing_to_change(what);
}

Result<void> rename_field(ClassFile& file) { return rename(file, file.fields, "field"); }

Result<void> rename_method(ClassFile& file) { return rename(file, file.methods, "method of its own"); }

Result<void> add_field(ClassFile& file) {
  Member field;
  field.access = kPrivate;
  BHSIM_ASSIGN(field.name, file.add_text("addedByVariant"));
  BHSIM_ASSIGN(field.descriptor, file.add_text("I"));
  file.fields.push_back(std::move(field));
  return {};
}

Result<void> add_method(ClassFile& file) {
  for (const auto& method : file.methods) {
    BHSIM_ASSIGN(const auto name, file.text(method.name));
    if (name.starts_with('<')) continue;
    Member copy = method;
    BHSIM_ASSIGN(copy.name, file.add_text("addedByVariant"));
    file.methods.push_back(std::move(copy));
    return {};
  }
  return nothing_to_change("method of its own");
}

Result<void> other_superclass(ClassFile& file) {
  BHSIM_ASSIGN(file.super_class, file.add_class("java/util/Observable"));
  return {};
}

Result<void> other_class_modifiers(ClassFile& file) {
  file.access = static_cast<std::uint16_t>(file.access ^ kFinal);
  return {};
}

Result<void> other_method_modifiers(ClassFile& file) {
  for (auto& method : file.methods) {
    BHSIM_ASSIGN(const auto name, file.text(method.name));
    if (name.starts_with('<') || (method.access & (kPrivate | kStatic)) != 0) continue;
    method.access = static_cast<std::uint16_t>((method.access & ~(kPublic | kProtected)) |
                                               ((method.access & kPublic) != 0 ? kProtected : kPublic));
    return {};
  }
  return nothing_to_change("method that is neither private nor static");
}

Result<void> unknown_version(ClassFile& file) {
  file.major = kUnknownMajor;
  return {};
}

Result<void> other_name(ClassFile& file) {
  BHSIM_ASSIGN(const auto name, file.class_name(file.this_class));
  const std::string other = std::string(name) + "Other";
  BHSIM_ASSIGN(file.this_class, file.add_class(other));
  return {};
}

// The last byte of a method's code that returns an object returns an int instead: parsed, and refused by the verifier.
Result<void> unverifiable(ClassFile& file) {
  constexpr std::size_t kCodeLength = 4;  // after max_stack and max_locals
  for (auto& method : file.methods)
    for (auto& attribute : method.attributes) {
      BHSIM_ASSIGN(const auto name, file.text(attribute.name));
      auto& code = attribute.content;
      if (name != "Code" || code.size() < kCodeLength + 4) continue;
      std::size_t length = 0;
      for (std::size_t i = 0; i < 4; ++i) length = length << 8U | static_cast<unsigned char>(code[kCodeLength + i]);
      const std::size_t last = kCodeLength + 4 + length - 1;
      if (length == 0 || last >= code.size() || static_cast<unsigned char>(code[last]) != kAreturn) continue;
      code[last] = static_cast<char>(kIreturn);
      return {};
    }
  return nothing_to_change("method that ends by returning an object");
}

Result<void> nest_member(ClassFile& file) {
  BHSIM_ASSIGN(const auto name, file.add_text("NestMembers"));
  BHSIM_ASSIGN(const auto member, file.add_class("java/lang/Object"));
  Attribute attribute;
  attribute.name = name;
  attribute.content = {0, 1, static_cast<char>(member >> 8U), static_cast<char>(member & 0xffU)};
  file.attributes.push_back(std::move(attribute));
  return {};
}

struct Row {
  VariantKind kind;
  Change change;
};

constexpr std::array<Row, 18> kRows{{
    {{"valid", true, 0, "", "a new version of the same shape", false}, keep},
    {{"half-written", true, 0, "", "a new version, written in two pieces", true}, keep},
    {{"truncated", false, 60, "java.lang.ClassFormatError", "cut in the middle", false}, nullptr},
    {{"zero-length", false, 60, "java.lang.ClassFormatError", "an empty file", false}, nullptr},
    {{"bad-magic", false, 60, "java.lang.ClassFormatError", "another magic number", false}, nullptr},
    {{"bad-tag", false, 60, "java.lang.ClassFormatError", "a constant of an unknown kind", false}, nullptr},
    {{"schema-change", false, 64, "java.lang.UnsupportedOperationException", "a field more", false}, add_field},
    {{"field-renamed", false, 64, "java.lang.UnsupportedOperationException", "a field of another name", false}, rename_field},
    {{"method-added", false, 63, "java.lang.UnsupportedOperationException", "a method more", false}, add_method},
    {{"method-renamed", false, 63, "java.lang.UnsupportedOperationException", "a method of another name", false}, rename_method},
    {{"superclass", false, 66, "java.lang.UnsupportedOperationException", "another superclass", false}, other_superclass},
    {{"class-modifiers", false, 70, "java.lang.UnsupportedOperationException", "final or no longer final", false}, other_class_modifiers},
    {{"method-modifiers", false, 71, "java.lang.UnsupportedOperationException", "a method of other visibility", false}, other_method_modifiers},
    {{"nest", false, 72, "java.lang.UnsupportedOperationException", "another nest", false}, nest_member},
    {{"version-99", false, 68, "java.lang.UnsupportedClassVersionError", "of a Java yet to come", false}, unknown_version},
    {{"wrong-name", false, 69, "java.lang.NoClassDefFoundError", "the bytes of another class", false}, other_name},
    {{"unverifiable", false, 62, "java.lang.VerifyError", "code that the verifier refuses", false}, unverifiable},
    {{"garbage", false, 60, "java.lang.ClassFormatError", "no class file at all", false}, nullptr},
}};

constexpr auto kKinds = [] {
  std::array<VariantKind, kRows.size()> kinds{};
  for (std::size_t i = 0; i < kRows.size(); ++i) kinds[i] = kRows[i].kind;
  return kinds;
}();

// The one text that is the marker and digits; it must be a string constant and nothing else.
Result<std::uint16_t> marker_index(const ClassFile& file, std::string_view marker) {
  std::uint16_t found = 0;
  for (std::size_t i = 1; i < file.pool.size(); ++i) {
    const auto& constant = file.pool[i];
    if (constant.tag != Tag::utf8 || !constant.text.starts_with(marker)) continue;
    const auto digits = std::string_view(constant.text).substr(marker.size());
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) continue;
    if (found != 0) return fail(ErrorCode::conflict, "the class has more than one constant \"{}<digits>\"", marker);
    found = static_cast<std::uint16_t>(i);
  }
  if (found == 0) return fail(ErrorCode::not_found, "the class has no constant \"{}<digits>\"", marker);
  bool is_string = false;
  for (const auto& constant : file.pool) {
    if (constant.tag == Tag::string && constant.first == found) is_string = true;
    const bool named = (constant.tag == Tag::class_ || constant.tag == Tag::method_type) && constant.first == found;
    const bool typed = constant.tag == Tag::name_and_type && (constant.first == found || constant.second == found);
    if (named || typed) return fail(ErrorCode::conflict, "the class uses the text of its marker as a name, too");
  }
  for (const auto* members : {&file.fields, &file.methods})
    for (const auto& member : *members)
      if (member.name == found || member.descriptor == found)
        return fail(ErrorCode::conflict, "the class uses the text of its marker as a name, too");
  if (!is_string) return fail(ErrorCode::not_found, "the class's marker is no string constant");
  return found;
}

// Where the constant pool's first entry begins: magic, minor, major, count.
constexpr std::size_t kFirstConstant = 10;

Result<std::string> spoil(std::string bytes, const VariantSpec& spec) {
  if (spec.kind == "truncated") return bytes.substr(0, std::min(spec.truncate_at.value_or(bytes.size() / 2), bytes.size() - 1));
  if (spec.kind == "zero-length") return std::string();
  if (spec.kind == "garbage") return std::string("this is no class file\n");
  if (spec.kind == "bad-magic") bytes[0] = '\x00';
  if (spec.kind == "bad-tag") bytes[kFirstConstant] = '\x02';
  return bytes;
}

}  // namespace

std::span<const VariantKind> variant_kinds() { return kKinds; }

const VariantKind* find_variant(std::string_view name) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](const VariantKind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

Result<std::string> make_variant(std::string_view original, const VariantSpec& spec) {
  const auto* row = std::find_if(kRows.begin(), kRows.end(), [&](const Row& one) { return one.kind.name == spec.kind; });
  if (row == kRows.end()) return fail(ErrorCode::usage, "no variant is called '{}'", spec.kind);
  BHSIM_ASSIGN(auto file, ClassFile::parse(original));
  BHSIM_ASSIGN(const auto marker, marker_index(file, spec.marker));
  file.pool[marker].text = fmt::format("{}{}", spec.marker, spec.generation);
  if (row->change != nullptr) BHSIM_TRY(row->change(file));
  BHSIM_ASSIGN(auto bytes, file.write());
  if (row->change == nullptr) return spoil(std::move(bytes), spec);
  return bytes;
}

Result<std::int64_t> generation_of(std::string_view bytes, std::string_view marker) {
  BHSIM_ASSIGN(const auto file, ClassFile::parse(bytes));
  BHSIM_ASSIGN(const auto index, marker_index(file, marker));
  const auto digits = std::string_view(file.pool[index].text).substr(marker.size());
  std::int64_t generation = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), generation);
  if (error != std::errc{} || end != digits.data() + digits.size())
    return fail(ErrorCode::protocol, "the class's marker has no number: {}", digits);
  return generation;
}

}  // namespace bhsim::hotswap
