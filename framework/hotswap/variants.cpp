#include "framework/hotswap/variants.hpp"

#include <algorithm>
#include <array>

#include "framework/hotswap/bytecode.hpp"
#include "framework/hotswap/class_file.hpp"
#include "framework/hotswap/marker.hpp"

namespace bhsim::hotswap {
namespace {

constexpr std::uint16_t kPublic = 0x1, kStatic = 0x8, kFinal = 0x10;
constexpr std::uint16_t kSuper = 0x20, kSynchronized = 0x20, kInterface = 0x200, kAbstract = 0x400;
constexpr std::uint16_t kNative = 0x100;
constexpr std::uint16_t kFirstMajorWithNests = 55;
constexpr std::size_t kHugePadding = 4U << 20U;
constexpr std::string_view kAddedName = "bhsim$added";

// --- changes that leave a class file whose structure is right

Result<void> add_field(ClassFile& file) {
  Member field{.access = kPublic};
  BHSIM_ASSIGN(field.name, file.add_text(kAddedName));
  BHSIM_ASSIGN(field.descriptor, file.add_text("I"));
  file.fields.push_back(std::move(field));
  return {};
}

Result<void> rename_field(ClassFile& file) {
  if (file.fields.empty()) {
    return fail(ErrorCode::not_found, "the class has no field that could be renamed");
  }
  BHSIM_ASSIGN(file.fields.front().name, file.add_text(kAddedName));
  return {};
}

Result<void> add_method(ClassFile& file) {
  Member method{.access = kPublic | kStatic};
  BHSIM_ASSIGN(method.name, file.add_text(kAddedName));
  BHSIM_ASSIGN(method.descriptor, file.add_text("()V"));
  Attribute code;
  BHSIM_ASSIGN(code.name, file.add_text("Code"));
  // No stack, no locals, one byte of code: `return`; no handlers, no attributes.
  code.content = std::string("\0\0\0\0\0\0\0\1\xb1\0\0\0\0", 13);
  method.attributes.push_back(std::move(code));
  file.methods.push_back(std::move(method));
  return {};
}

bool is_special(const ClassFile& file, const Member& method) {
  const auto name = file.text(method.name);
  return !name || name->starts_with('<');
}

// The last one: in most classes the marker's method comes before it and stays.
Result<void> delete_method(ClassFile& file) {
  for (auto method = file.methods.rbegin(); method != file.methods.rend(); ++method) {
    if (is_special(file, *method)) continue;
    file.methods.erase(std::next(method).base());
    return {};
  }
  return fail(ErrorCode::not_found, "the class has no method but constructors");
}

Result<void> change_method_modifiers(ClassFile& file) {
  const bool interface = (file.access & kInterface) != 0;
  for (Member& method : file.methods) {
    if (interface || is_special(file, method)) continue;
    if ((method.access & (kAbstract | kNative)) != 0) continue;
    method.access = static_cast<std::uint16_t>(method.access ^ kSynchronized);
    return {};
  }
  return fail(ErrorCode::not_found, "the class has no method with a body but constructors");
}

// `final` where it may stand, otherwise `public`.
Result<void> change_class_modifiers(ClassFile& file) {
  const bool no_final = (file.access & (kInterface | kAbstract)) != 0;
  file.access = static_cast<std::uint16_t>(file.access ^ (no_final ? kPublic : kFinal));
  return {};
}

Result<void> change_superclass(ClassFile& file) {
  if ((file.access & kInterface) != 0) {
    return fail(ErrorCode::not_found, "an interface has no other superclass than Object");
  }
  BHSIM_ASSIGN(const std::string_view now, file.class_name(file.super_class));
  const std::string_view other =
      now == "java/lang/Number" ? "java/lang/Exception" : "java/lang/Number";
  BHSIM_ASSIGN(file.super_class, file.add_class(other));
  return {};
}

// A class that is loaded already may name itself as its superclass and finds itself, so that the
// circle has to be one further up: in the companion.
Result<std::string> companion_name(const ClassFile& file) {
  BHSIM_ASSIGN(const std::string_view own, file.class_name(file.this_class));
  return std::string(own) + "$Circle";
}

Result<void> circular_superclass(ClassFile& file) {
  if ((file.access & kInterface) != 0) {
    return fail(ErrorCode::not_found, "an interface has no other superclass than Object");
  }
  BHSIM_ASSIGN(const std::string name, companion_name(file));
  BHSIM_ASSIGN(file.super_class, file.add_class(name));
  return {};
}

Result<void> add_interface(ClassFile& file) {
  for (const std::string_view name : {"java/io/Serializable", "java/lang/Cloneable"}) {
    const bool there = std::ranges::any_of(file.interfaces, [&](std::uint16_t index) {
      const auto text = file.class_name(index);
      return text && *text == name;
    });
    if (there) continue;
    BHSIM_ASSIGN(const std::uint16_t index, file.add_class(name));
    file.interfaces.push_back(index);
    return {};
  }
  return fail(ErrorCode::not_found, "the class is Serializable and Cloneable already");
}

Result<void> change_nest(ClassFile& file) {
  if (file.major < kFirstMajorWithNests) {
    return fail(ErrorCode::not_found, "a class of version {} has no nest", file.major);
  }
  for (const std::string_view name : {"NestHost", "NestMembers"}) {
    const Attribute* found = find_attribute(file, file.attributes, name);
    if (found == nullptr) continue;
    file.attributes.erase(file.attributes.begin() + (found - file.attributes.data()));
    return {};
  }
  BHSIM_ASSIGN(const std::string_view own, file.class_name(file.this_class));
  BHSIM_ASSIGN(const std::uint16_t member, file.add_class(std::string(own) + "$bhsim"));
  Attribute nest;
  BHSIM_ASSIGN(nest.name, file.add_text("NestMembers"));
  nest.content = {0, 1, static_cast<char>(member >> 8U), static_cast<char>(member & 0xffU)};
  file.attributes.push_back(std::move(nest));
  return {};
}

Result<void> change_version(ClassFile& file) {
  file.major = 99;
  return {};
}

Result<void> change_name(ClassFile& file) {
  BHSIM_ASSIGN(const std::string_view own, file.class_name(file.this_class));
  BHSIM_ASSIGN(file.this_class, file.add_class(std::string(own) + "Other"));
  return {};
}

// Loads the string constants that some code loads, and drops them again: a marker that no method
// loads would be none.
Result<std::string> load_strings_of(const ClassFile& file, std::string_view code) {
  constexpr std::uint8_t ldc = 0x12, ldc_w = 0x13;
  constexpr char pop = 0x57;
  std::string out;
  BHSIM_ASSIGN(const auto all, instructions(code));
  for (const auto& one : all) {
    if (one.opcode != ldc && one.opcode != ldc_w) continue;
    const auto high = one.opcode == ldc ? '\0' : code[one.offset + 1];
    const auto low = code[one.offset + (one.opcode == ldc ? 1 : 2)];
    const auto index = static_cast<std::size_t>(static_cast<unsigned char>(high)) << 8U |
                       static_cast<unsigned char>(low);
    if (index >= file.pool.size() || file.pool[index].tag != Tag::string) continue;
    out += {static_cast<char>(ldc_w), high, low, pop};
  }
  return out;
}

// Every method with a body but constructors throws at once, whatever it takes and returns.
Result<void> throw_everywhere(ClassFile& file) {
  constexpr std::size_t header = 8;  // most on the stack, most locals, length of the code
  bool any = false;
  for (Member& method : file.methods) {
    Attribute* attribute = find_attribute(file, method.attributes, "Code");
    if (attribute == nullptr || is_special(file, method)) continue;
    BHSIM_ASSIGN(const CodeRange range, code_range(attribute->content));
    BHSIM_ASSIGN(std::string code,
                 load_strings_of(
                     file, std::string_view(attribute->content).substr(range.begin, range.length)));
    code += "\x01\xbf";  // aconst_null, athrow
    if (code.size() > 0xffff || range.begin != header)
      return fail(ErrorCode::protocol, "the code of a method is too long");
    const std::string locals = attribute->content.substr(2, 2);
    const std::string length = {0, 0, static_cast<char>(code.size() >> 8U),
                                static_cast<char>(code.size() & 0xffU)};
    // One on the stack; no handlers, no attributes.
    attribute->content = std::string("\0\1", 2) + locals + length + code + std::string(4, '\0');
    any = true;
  }
  if (!any) return fail(ErrorCode::not_found, "the class has no method with a body");
  return {};
}

// An attribute that no JVM knows, which it must ignore (JVMS 4.7.1).
Result<void> add_padding(ClassFile& file) {
  Attribute padding;
  BHSIM_ASSIGN(padding.name, file.add_text("bhsim.Padding"));
  padding.content.assign(kHugePadding, 'x');
  file.attributes.push_back(std::move(padding));
  return {};
}

// Replaces the first instruction `from` of any method by `to`, which takes as many bytes.
Result<bool> replace_instruction(ClassFile& file, std::uint8_t from, std::uint8_t to) {
  for (Member& method : file.methods) {
    Attribute* attribute = find_attribute(file, method.attributes, "Code");
    if (attribute == nullptr) continue;
    BHSIM_ASSIGN(const CodeRange range, code_range(attribute->content));
    const std::string_view code =
        std::string_view(attribute->content).substr(range.begin, range.length);
    BHSIM_ASSIGN(const auto all, instructions(code));
    const auto found = std::ranges::find(all, from, &Instruction::opcode);
    if (found == all.end()) continue;
    attribute->content[range.begin + found->offset] = static_cast<char>(to);
    return true;
  }
  return false;
}

Result<void> break_verification(ClassFile& file) {
  constexpr std::uint8_t ireturn = 0xac, areturn = 0xb0, plain_return = 0xb1;
  // An object returned as an int; in a class that returns none, nothing returned as an object.
  BHSIM_ASSIGN(bool done, replace_instruction(file, areturn, ireturn));
  if (!done) {
    BHSIM_ASSIGN(done, replace_instruction(file, plain_return, areturn));
  }
  if (!done)
    return fail(ErrorCode::not_found, "no method of the class returns an object or nothing");
  return {};
}

// --- changes of the bytes: what comes out is no class file any more

Result<std::string> cut(std::string bytes, const VariantSpec& spec) {
  const std::size_t at = spec.truncate_at.value_or(bytes.size() / 2);
  if (at >= bytes.size()) {
    return fail(ErrorCode::usage, "truncate_at: {} of {} bytes would cut nothing off", at,
                bytes.size());
  }
  bytes.resize(at);
  return bytes;
}

Result<std::string> empty(std::string, const VariantSpec&) { return std::string(); }

Result<std::string> spoil_magic(std::string bytes, const VariantSpec&) {
  bytes[0] = '\xde';
  return bytes;
}

// The first constant stands behind magic, versions and count.
Result<std::string> spoil_tag(std::string bytes, const VariantSpec&) {
  constexpr std::size_t first_tag = 10;
  constexpr char no_tag = 2;
  if (bytes.size() <= first_tag) return fail(ErrorCode::not_found, "the class has no constants");
  bytes[first_tag] = no_tag;
  return bytes;
}

struct Row {
  VariantKind kind;
  Result<void> (*change)(ClassFile& file) = nullptr;
  Result<std::string> (*spoil)(std::string bytes, const VariantSpec& spec) = nullptr;
};

constexpr std::string_view kFormat = "java.lang.ClassFormatError";
constexpr std::string_view kUnsupported = "java.lang.UnsupportedOperationException";

// The one table. Codes: the JVMTI specification, "Redefine Classes".
constexpr std::array kRows = {
    Row{{"valid", true, 0, "", "another generation, nothing else"}},
    Row{{"half-written", true, 0, "", "stands there half-written, and is finished later", true}},
    Row{{"huge", true, 0, "", "another generation, with 4 MiB that the JVM ignores"}, add_padding},
    Row{{"throws", true, 0, "", "every method throws when it is called"}, throw_everywhere},
    Row{{"truncated", false, 60, kFormat, "cut off in the middle"}, nullptr, cut},
    Row{{"zero-length", false, 60, kFormat, "an empty file"}, nullptr, empty},
    Row{{"bad-magic", false, 60, kFormat, "the magic number is wrong"}, nullptr, spoil_magic},
    Row{{"bad-tag", false, 60, kFormat, "a constant of a kind that there is not"},
        nullptr,
        spoil_tag},
    Row{{"circular", false, 61, "java.lang.ClassCircularityError",
         "a superclass that is its own superclass"},
        circular_superclass},
    Row{{"verify-error", false, 62, "java.lang.VerifyError",
         "returns an int where an object is due"},
        break_verification},
    Row{{"method-added", false, 63, kUnsupported, "a public method added"}, add_method},
    Row{{"schema-change", false, 64, kUnsupported, "a field added"}, add_field},
    Row{{"field-renamed", false, 64, kUnsupported, "a field renamed"}, rename_field},
    Row{{"superclass", false, 66, kUnsupported, "another superclass"}, change_superclass},
    Row{{"interface-added", false, 66, kUnsupported, "one interface more"}, add_interface},
    Row{{"method-deleted", false, 67, kUnsupported, "a method deleted"}, delete_method},
    Row{{"version-99", false, 68, "java.lang.UnsupportedClassVersionError",
         "class file version 99"},
        change_version},
    Row{{"wrong-name", false, 69, "java.lang.NoClassDefFoundError",
         "says that it is another class"},
        change_name},
    Row{{"class-modifiers", false, 70, kUnsupported, "final or public changed"},
        change_class_modifiers},
    Row{{"method-modifiers", false, 71, kUnsupported, "synchronized changed"},
        change_method_modifiers},
    Row{{"nest", false, 72, kUnsupported, "the nest changed"}, change_nest},
};

constexpr auto kKinds = [] {
  std::array<VariantKind, kRows.size()> kinds;
  for (std::size_t i = 0; i < kRows.size(); ++i) kinds[i] = kRows[i].kind;
  return kinds;
}();

}  // namespace

std::span<const VariantKind> variant_kinds() { return kKinds; }

const VariantKind* find_variant(std::string_view name) {
  const auto found = std::ranges::find(kKinds, name, &VariantKind::name);
  return found == kKinds.end() ? nullptr : &*found;
}

Result<std::string> make_variant(std::string_view original, const VariantSpec& spec) {
  const VariantKind* kind = find_variant(spec.kind);
  if (kind == nullptr) {
    return fail(ErrorCode::usage, "there is no class variant '{}'", spec.kind);
  }
  const Row& row = kRows[static_cast<std::size_t>(kind - kKinds.data())];
  BHSIM_ASSIGN(ClassFile file, ClassFile::parse(original));
  BHSIM_TRY(set_generation(file, spec.marker, spec.generation));
  if (row.change != nullptr) {
    if (auto changed = row.change(file); !changed) {
      return fail(changed.error().within(fmt::format("class variant '{}'", spec.kind)));
    }
  }
  BHSIM_ASSIGN(std::string bytes, file.write());
  if (row.spoil != nullptr) return row.spoil(std::move(bytes), spec);
  return bytes;
}

Result<std::optional<Companion>> make_companion(std::string_view original,
                                                const VariantSpec& spec) {
  if (spec.kind != "circular") return std::optional<Companion>();
  BHSIM_ASSIGN(const ClassFile file, ClassFile::parse(original));
  BHSIM_ASSIGN(const std::string name, companion_name(file));
  ClassFile circle;
  circle.major = file.major;
  circle.pool.emplace_back();
  circle.access = kPublic | kSuper;
  BHSIM_ASSIGN(circle.this_class, circle.add_class(name));
  circle.super_class = circle.this_class;
  Companion companion{.class_name = name};
  std::ranges::replace(companion.class_name, '/', '.');
  BHSIM_ASSIGN(companion.bytes, circle.write());
  return std::optional<Companion>(std::move(companion));
}

Result<std::int64_t> generation_of(std::string_view bytes, std::string_view marker) {
  BHSIM_ASSIGN(const ClassFile file, ClassFile::parse(bytes));
  BHSIM_ASSIGN(const Marker found, find_marker(file, marker));
  return found.generation;
}

}  // namespace bhsim::hotswap
