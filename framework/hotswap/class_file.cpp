#include "framework/hotswap/class_file.hpp"

#include <algorithm>
#include <limits>

namespace bhsim::hotswap {
namespace {

constexpr std::uint32_t kMagic = 0xcafebabe;
constexpr std::size_t kMostU2 = 0xffff;

// Reads big-endian integers; the first read beyond the end makes all that follow 0 and failed()
// true.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint8_t u1() { return static_cast<std::uint8_t>(number(1)); }
  std::uint16_t u2() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u4() { return static_cast<std::uint32_t>(number(4)); }
  std::uint64_t u8() { return number(8); }
  std::string_view take(std::size_t length) {
    if (failed_ || bytes_.size() - at_ < length) {
      failed_ = true;
      return {};
    }
    at_ += length;
    return bytes_.substr(at_ - length, length);
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t left() const { return bytes_.size() - at_; }

 private:
  std::uint64_t number(std::size_t length) {
    std::uint64_t value = 0;
    for (const char byte : take(length)) value = value << 8U | static_cast<unsigned char>(byte);
    return value;
  }

  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

class Writer {
 public:
  void u1(std::uint8_t value) { number(value, 1); }
  void u2(std::uint16_t value) { number(value, 2); }
  void u4(std::uint32_t value) { number(value, 4); }
  void u8(std::uint64_t value) { number(value, 8); }
  void put(std::string_view bytes) { bytes_ += bytes; }
  // A count or length that no longer fits is remembered, not cut.
  void count(std::size_t value) {
    too_many_ = too_many_ || value > kMostU2;
    u2(static_cast<std::uint16_t>(value));
  }
  void length(std::size_t value) {
    too_many_ = too_many_ || value > std::numeric_limits<std::uint32_t>::max();
    u4(static_cast<std::uint32_t>(value));
  }
  [[nodiscard]] bool too_many() const { return too_many_; }
  std::string take() { return std::move(bytes_); }

 private:
  void number(std::uint64_t value, unsigned length) {
    for (unsigned i = length; i > 0; --i) {
      bytes_.push_back(static_cast<char>(value >> (8 * (i - 1)) & 0xffU));
    }
  }

  std::string bytes_;
  bool too_many_ = false;
};

// What follows a constant's tag.
enum class Form { unknown, utf8, four, eight, one_index, two_indices, kind_and_index };

Form form_of(Tag tag) {
  switch (tag) {
    case Tag::utf8:
      return Form::utf8;
    case Tag::integer:
    case Tag::float_:
      return Form::four;
    case Tag::long_:
    case Tag::double_:
      return Form::eight;
    case Tag::class_:
    case Tag::string:
    case Tag::method_type:
    case Tag::module:
    case Tag::package:
      return Form::one_index;
    case Tag::field_ref:
    case Tag::method_ref:
    case Tag::interface_method_ref:
    case Tag::name_and_type:
    case Tag::dynamic:
    case Tag::invoke_dynamic:
      return Form::two_indices;
    case Tag::method_handle:
      return Form::kind_and_index;
    case Tag::hole:
      return Form::unknown;
  }
  return Form::unknown;
}

Result<Constant> read_constant(Reader& reader) {
  Constant constant;
  const std::size_t at = reader.at();
  constant.tag = static_cast<Tag>(reader.u1());
  switch (form_of(constant.tag)) {
    case Form::utf8:
      constant.text = reader.take(reader.u2());
      break;
    case Form::four:
      constant.number = reader.u4();
      break;
    case Form::eight:
      constant.number = reader.u8();
      break;
    case Form::one_index:
      constant.first = reader.u2();
      break;
    case Form::two_indices:
      constant.first = reader.u2();
      constant.second = reader.u2();
      break;
    case Form::kind_and_index:
      constant.first = reader.u1();
      constant.second = reader.u2();
      break;
    case Form::unknown:
      if (reader.failed()) break;
      return fail(ErrorCode::protocol, "class file: unknown constant tag {} at byte {}",
                  static_cast<int>(constant.tag), at);
  }
  return constant;
}

void write_constant(Writer& writer, const Constant& constant) {
  writer.u1(static_cast<std::uint8_t>(constant.tag));
  switch (form_of(constant.tag)) {
    case Form::utf8:
      writer.count(constant.text.size());
      writer.put(constant.text);
      break;
    case Form::four:
      writer.u4(static_cast<std::uint32_t>(constant.number));
      break;
    case Form::eight:
      writer.u8(constant.number);
      break;
    case Form::one_index:
      writer.u2(constant.first);
      break;
    case Form::two_indices:
      writer.u2(constant.first);
      writer.u2(constant.second);
      break;
    case Form::kind_and_index:
      writer.u1(static_cast<std::uint8_t>(constant.first));
      writer.u2(constant.second);
      break;
    case Form::unknown:
      break;
  }
}

bool takes_two(Tag tag) { return tag == Tag::long_ || tag == Tag::double_; }

Result<void> read_pool(Reader& reader, std::vector<Constant>& pool) {
  const std::size_t at = reader.at();
  const std::size_t count = reader.u2();
  if (!reader.failed() && count == 0) {
    return fail(ErrorCode::protocol, "class file: a constant pool count of 0 at byte {}", at);
  }
  pool.emplace_back();
  while (pool.size() < count && !reader.failed()) {
    const std::size_t begin = reader.at();
    BHSIM_ASSIGN(Constant constant, read_constant(reader));
    const bool two = takes_two(constant.tag);
    if (two && pool.size() + 2 > count) {
      return fail(ErrorCode::protocol,
                  "class file: a long or double at byte {} in the pool's last slot", begin);
    }
    pool.push_back(std::move(constant));
    if (two) pool.emplace_back();
  }
  return {};
}

std::vector<Attribute> read_attributes(Reader& reader) {
  std::vector<Attribute> attributes;
  const std::size_t count = reader.u2();
  // Each takes 6 bytes at least: a count that the rest cannot hold ends at the reader's failure.
  attributes.reserve(std::min(count, reader.left() / 6));
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    Attribute attribute;
    attribute.name = reader.u2();
    attribute.content = reader.take(reader.u4());
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

std::vector<Member> read_members(Reader& reader) {
  std::vector<Member> members;
  const std::size_t count = reader.u2();
  members.reserve(std::min(count, reader.left() / 8));
  for (std::size_t i = 0; i < count && !reader.failed(); ++i) {
    Member member;
    member.access = reader.u2();
    member.name = reader.u2();
    member.descriptor = reader.u2();
    member.attributes = read_attributes(reader);
    members.push_back(std::move(member));
  }
  return members;
}

void write_attributes(Writer& writer, const std::vector<Attribute>& attributes) {
  writer.count(attributes.size());
  for (const Attribute& attribute : attributes) {
    writer.u2(attribute.name);
    writer.length(attribute.content.size());
    writer.put(attribute.content);
  }
}

void write_members(Writer& writer, const std::vector<Member>& members) {
  writer.count(members.size());
  for (const Member& member : members) {
    writer.u2(member.access);
    writer.u2(member.name);
    writer.u2(member.descriptor);
    write_attributes(writer, member.attributes);
  }
}

}  // namespace

Result<ClassFile> ClassFile::parse(std::string_view bytes) {
  Reader reader(bytes);
  ClassFile file;
  if (reader.u4() != kMagic || reader.failed()) {
    return fail(ErrorCode::protocol, "class file: no magic number in {} bytes", bytes.size());
  }
  file.minor = reader.u2();
  file.major = reader.u2();
  BHSIM_TRY(read_pool(reader, file.pool));
  file.access = reader.u2();
  file.this_class = reader.u2();
  file.super_class = reader.u2();
  const std::size_t interfaces = reader.u2();
  for (std::size_t i = 0; i < interfaces && !reader.failed(); ++i) {
    file.interfaces.push_back(reader.u2());
  }
  file.fields = read_members(reader);
  file.methods = read_members(reader);
  file.attributes = read_attributes(reader);
  if (reader.failed()) {
    return fail(ErrorCode::protocol,
                "class file: ends in the midst of a structure at byte {} of {}", reader.at(),
                bytes.size());
  }
  if (reader.left() > 0) {
    return fail(ErrorCode::protocol, "class file: {} bytes too many after byte {}", reader.left(),
                reader.at());
  }
  return file;
}

Result<std::string> ClassFile::write() const {
  Writer writer;
  writer.u4(kMagic);
  writer.u2(minor);
  writer.u2(major);
  writer.count(pool.size());
  for (std::size_t i = 1; i < pool.size(); ++i) {
    if (pool[i].tag == Tag::hole) continue;  // the second slot of a long or double
    write_constant(writer, pool[i]);
  }
  writer.u2(access);
  writer.u2(this_class);
  writer.u2(super_class);
  writer.count(interfaces.size());
  for (const std::uint16_t index : interfaces) writer.u2(index);
  write_members(writer, fields);
  write_members(writer, methods);
  write_attributes(writer, attributes);
  if (writer.too_many()) {
    return fail(ErrorCode::protocol, "class file: a count or length no longer fits its field");
  }
  return writer.take();
}

Result<std::string_view> ClassFile::text(std::uint16_t index) const {
  if (index >= pool.size() || pool[index].tag != Tag::utf8) {
    return fail(ErrorCode::protocol, "class file: constant {} is not a utf8", index);
  }
  return std::string_view(pool[index].text);
}

Result<std::string_view> ClassFile::class_name(std::uint16_t index) const {
  if (index >= pool.size() || pool[index].tag != Tag::class_) {
    return fail(ErrorCode::protocol, "class file: constant {} is not a class", index);
  }
  return text(pool[index].first);
}

Result<std::uint16_t> ClassFile::add(Constant constant) {
  const bool two = takes_two(constant.tag);
  if (pool.size() + (two ? 2 : 1) > kMostU2) {
    return fail(ErrorCode::protocol, "class file: the constant pool is full");
  }
  pool.push_back(std::move(constant));
  const auto index = static_cast<std::uint16_t>(pool.size() - 1);
  if (two) pool.emplace_back();
  return index;
}

Result<std::uint16_t> ClassFile::add_text(std::string_view value) {
  return add({.tag = Tag::utf8, .text = std::string(value)});
}

Result<std::uint16_t> ClassFile::add_class(std::string_view name_with_slashes) {
  BHSIM_ASSIGN(const std::uint16_t name, add_text(name_with_slashes));
  return add({.tag = Tag::class_, .first = name});
}

std::string class_file_path(std::string_view class_name) {
  std::string path(class_name);
  std::ranges::replace(path, '.', '/');
  return path + ".class";
}

Result<std::string> class_name_of(std::string_view bytes) {
  BHSIM_ASSIGN(const ClassFile file, ClassFile::parse(bytes));
  BHSIM_ASSIGN(const std::string_view name, file.class_name(file.this_class));
  std::string dotted(name);
  std::ranges::replace(dotted, '/', '.');
  return dotted;
}

}  // namespace bhsim::hotswap
