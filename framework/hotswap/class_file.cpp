#include "framework/hotswap/class_file.hpp"

#include <algorithm>
#include <limits>

namespace bhsim::hotswap {
namespace {

constexpr std::uint32_t kMagic = 0xcafebabe;

// Reads big-endian numbers; the first failure sticks, so that a parser may read on and ask once.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::uint64_t number(std::size_t width) {
    if (bytes_.size() - at_ < width) {
      failed_ = true;
      return 0;
    }
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < width; ++i) value = value << 8U | static_cast<unsigned char>(bytes_[at_++]);
    return value;
  }
  std::uint16_t u2() { return static_cast<std::uint16_t>(number(2)); }
  std::uint32_t u4() { return static_cast<std::uint32_t>(number(4)); }
  std::string take(std::size_t length) {
    if (bytes_.size() - at_ < length) {
      failed_ = true;
      return {};
    }
    const auto piece = bytes_.substr(at_, length);
    at_ += length;
    return std::string(piece);
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] bool ended() const { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
  bool failed_ = false;
};

tl::unexpected<Error> bad(const Reader& in, std::string_view what) {
  return fail(ErrorCode::protocol, "not a class file: {} at byte {}", what, in.at());
}

bool read_constant(Reader& in, Constant& constant) {
  constant.tag = static_cast<Tag>(in.number(1));
  switch (constant.tag) {
    case Tag::utf8: constant.text = in.take(in.u2()); return true;
    case Tag::integer:
    case Tag::float_: constant.number = in.number(4); return true;
    case Tag::long_:
    case Tag::double_: constant.number = in.number(8); return true;
    case Tag::class_:
    case Tag::string:
    case Tag::method_type:
    case Tag::module:
    case Tag::package: constant.first = in.u2(); return true;
    case Tag::field_ref:
    case Tag::method_ref:
    case Tag::interface_method_ref:
    case Tag::name_and_type:
    case Tag::dynamic:
    case Tag::invoke_dynamic:
      constant.first = in.u2();
      constant.second = in.u2();
      return true;
    case Tag::method_handle:
      constant.first = static_cast<std::uint16_t>(in.number(1));
      constant.second = in.u2();
      return true;
    case Tag::hole: return false;
  }
  return false;
}

bool is_wide(Tag tag) { return tag == Tag::long_ || tag == Tag::double_; }

std::vector<Attribute> read_attributes(Reader& in) {
  std::vector<Attribute> attributes;
  const auto count = in.u2();
  for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
    Attribute attribute;
    attribute.name = in.u2();
    attribute.content = in.take(in.u4());
    attributes.push_back(std::move(attribute));
  }
  return attributes;
}

std::vector<Member> read_members(Reader& in) {
  std::vector<Member> members;
  const auto count = in.u2();
  for (std::uint16_t i = 0; i < count && !in.failed(); ++i) {
    Member member;
    member.access = in.u2();
    member.name = in.u2();
    member.descriptor = in.u2();
    member.attributes = read_attributes(in);
    members.push_back(std::move(member));
  }
  return members;
}

// Writes big-endian numbers; remembers when a count did not fit.
class Writer {
 public:
  void number(std::uint64_t value, std::size_t width) {
    for (std::size_t i = width; i-- > 0;) bytes_ += static_cast<char>(value >> (8 * i) & 0xffU);
  }
  void u2(std::uint64_t value) {
    fits_ &= value <= std::numeric_limits<std::uint16_t>::max();
    number(value, 2);
  }
  void u4(std::uint64_t value) {
    fits_ &= value <= std::numeric_limits<std::uint32_t>::max();
    number(value, 4);
  }
  void raw(std::string_view bytes) { bytes_ += bytes; }
  [[nodiscard]] bool fits() const { return fits_; }
  std::string take() { return std::move(bytes_); }

 private:
  std::string bytes_;
  bool fits_ = true;
};

void write_constant(Writer& out, const Constant& constant) {
  out.number(static_cast<std::uint8_t>(constant.tag), 1);
  switch (constant.tag) {
    case Tag::utf8:
      out.u2(constant.text.size());
      out.raw(constant.text);
      return;
    case Tag::integer:
    case Tag::float_: out.number(constant.number, 4); return;
    case Tag::long_:
    case Tag::double_: out.number(constant.number, 8); return;
    case Tag::method_handle:
      out.number(constant.first, 1);
      out.u2(constant.second);
      return;
    case Tag::class_:
    case Tag::string:
    case Tag::method_type:
    case Tag::module:
    case Tag::package: out.u2(constant.first); return;
    default:
      out.u2(constant.first);
      out.u2(constant.second);
  }
}

void write_attributes(Writer& out, const std::vector<Attribute>& attributes) {
  out.u2(attributes.size());
  for (const auto& attribute : attributes) {
    out.u2(attribute.name);
    out.u4(attribute.content.size());
    out.raw(attribute.content);
  }
}

void write_members(Writer& out, const std::vector<Member>& members) {
  out.u2(members.size());
  for (const auto& member : members) {
    out.u2(member.access);
    out.u2(member.name);
    out.u2(member.descriptor);
    write_attributes(out, member.attributes);
  }
}

}  // namespace

Result<ClassFile> ClassFile::parse(std::string_view bytes) {
  Reader in(bytes);
  ClassFile file;
  if (in.u4() != kMagic || in.failed()) return bad(in, "no magic number");
  file.minor = in.u2();
  file.major = in.u2();
  const auto count = in.u2();
  if (in.failed() || count == 0) return bad(in, "no constant pool");
  file.pool.resize(1);
  while (file.pool.size() < count) {
    Constant constant;
    if (!read_constant(in, constant) || in.failed()) return bad(in, "a constant that is none or is cut");
    const bool wide = is_wide(constant.tag);
    file.pool.push_back(std::move(constant));
    if (wide) file.pool.emplace_back();
  }
  if (file.pool.size() != count) return bad(in, "a long or double that reaches beyond the constant pool");
  file.access = in.u2();
  file.this_class = in.u2();
  file.super_class = in.u2();
  const auto interfaces = in.u2();
  for (std::uint16_t i = 0; i < interfaces && !in.failed(); ++i) file.interfaces.push_back(in.u2());
  file.fields = read_members(in);
  file.methods = read_members(in);
  file.attributes = read_attributes(in);
  if (in.failed()) return bad(in, "its end");
  if (!in.ended()) return bad(in, "more bytes than the class has");
  return file;
}

Result<std::string> ClassFile::write() const {
  Writer out;
  out.u4(kMagic);
  out.u2(minor);
  out.u2(major);
  out.u2(pool.size());
  for (std::size_t i = 1; i < pool.size(); ++i)
    if (pool[i].tag != Tag::hole) write_constant(out, pool[i]);
  out.u2(access);
  out.u2(this_class);
  out.u2(super_class);
  out.u2(interfaces.size());
  for (const auto index : interfaces) out.u2(index);
  write_members(out, fields);
  write_members(out, methods);
  write_attributes(out, attributes);
  if (!out.fits()) return fail(ErrorCode::protocol, "write a class file: a count does not fit its field");
  return out.take();
}

Result<std::string_view> ClassFile::text(std::uint16_t index) const {
  if (index >= pool.size() || pool[index].tag != Tag::utf8)
    return fail(ErrorCode::protocol, "not a class file: constant {} is no text", index);
  return std::string_view(pool[index].text);
}

Result<std::string_view> ClassFile::class_name(std::uint16_t index) const {
  if (index >= pool.size() || pool[index].tag != Tag::class_)
    return fail(ErrorCode::protocol, "not a class file: constant {} is no class", index);
  return text(pool[index].first);
}

Result<std::uint16_t> ClassFile::add(Constant constant) {
  const std::size_t slots = is_wide(constant.tag) ? 2 : 1;
  if (pool.size() + slots > std::numeric_limits<std::uint16_t>::max())
    return fail(ErrorCode::protocol, "the constant pool is full");
  const auto index = static_cast<std::uint16_t>(pool.size());
  pool.push_back(std::move(constant));
  if (slots == 2) pool.emplace_back();
  return index;
}

Result<std::uint16_t> ClassFile::add_text(std::string_view text) {
  Constant constant;
  constant.tag = Tag::utf8;
  constant.text = text;
  return add(std::move(constant));
}

Result<std::uint16_t> ClassFile::add_class(std::string_view name_with_slashes) {
  BHSIM_ASSIGN(const auto name, add_text(name_with_slashes));
  Constant constant;
  constant.tag = Tag::class_;
  constant.first = name;
  return add(std::move(constant));
}

std::string class_file_path(std::string_view class_name) {
  std::string path(class_name);
  std::replace(path.begin(), path.end(), '.', '/');
  return path + ".class";
}

Result<std::string> class_name_of(std::string_view bytes) {
  BHSIM_ASSIGN(const auto file, ClassFile::parse(bytes));
  BHSIM_ASSIGN(const auto slashed, file.class_name(file.this_class));
  std::string name(slashed);
  std::replace(name.begin(), name.end(), '/', '.');
  return name;
}

}  // namespace bhsim::hotswap
