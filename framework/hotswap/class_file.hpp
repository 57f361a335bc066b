#pragma once
// A Java class file, read as far as the variants need: the constant pool and the members as
// structures, attributes as bytes. Source: Java Virtual Machine Specification 17, chapter 4.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"

namespace bhsim::hotswap {

enum class Tag : std::uint8_t {
  hole = 0,  // index 0, and the second slot of a long or double
  utf8 = 1,
  integer = 3,
  float_ = 4,
  long_ = 5,
  double_ = 6,
  class_ = 7,
  string = 8,
  field_ref = 9,
  method_ref = 10,
  interface_method_ref = 11,
  name_and_type = 12,
  method_handle = 15,
  method_type = 16,
  dynamic = 17,
  invoke_dynamic = 18,
  module = 19,
  package = 20,
};

struct Constant {
  Tag tag = Tag::hole;
  std::uint16_t first = 0;   // an index, or the kind of a method handle
  std::uint16_t second = 0;  // an index
  std::uint64_t number = 0;  // bits of an integer, float, long or double
  std::string text;          // of a utf8: the modified UTF-8 as it stands in the file
};

struct Attribute {
  std::uint16_t name = 0;  // index of a utf8
  std::string content;
};

struct Member {
  std::uint16_t access = 0, name = 0, descriptor = 0;
  std::vector<Attribute> attributes;
};

struct ClassFile {
  std::uint16_t minor = 0, major = 0;
  std::vector<Constant> pool;  // [0] is a hole
  std::uint16_t access = 0, this_class = 0, super_class = 0;
  std::vector<std::uint16_t> interfaces;
  std::vector<Member> fields, methods;
  std::vector<Attribute> attributes;

  // Total on any input: a ClassFile whose write() gives the same bytes again, or an Error
  // (ErrorCode::protocol) with the offset. Indices are not followed here.
  static Result<ClassFile> parse(std::string_view bytes);
  // An Error when a count or length no longer fits its field.
  [[nodiscard]] Result<std::string> write() const;

  // The text of a utf8, or an Error when the index is none.
  [[nodiscard]] Result<std::string_view> text(std::uint16_t index) const;
  // The name of a class constant, with slashes.
  [[nodiscard]] Result<std::string_view> class_name(std::uint16_t index) const;
  // Appends constants and returns their index; an Error when the pool is full.
  Result<std::uint16_t> add(Constant constant);
  Result<std::uint16_t> add_text(std::string_view text);
  Result<std::uint16_t> add_class(std::string_view name_with_slashes);
};

// "com.example.orders.OrderPolicy" → "com/example/orders/OrderPolicy.class"
std::string class_file_path(std::string_view class_name);
// The name that the bytes themselves say, with dots.
Result<std::string> class_name_of(std::string_view bytes);

}  // namespace bhsim::hotswap
