#pragma once
// The instructions in a method's Code attribute: where each begins. Source: JVMS 17, chapter 6.

#include <cstdint>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/hotswap/class_file.hpp"

namespace bhsim::hotswap {

struct Instruction {
  std::size_t offset = 0;  // in the code
  std::uint8_t opcode = 0;
};

// Where the code array lies in the content of a Code attribute.
struct CodeRange {
  std::size_t begin = 0;
  std::size_t length = 0;
};
Result<CodeRange> code_range(std::string_view code_attribute);

// Total on any input: the instructions in order, or an Error with the offset.
Result<std::vector<Instruction>> instructions(std::string_view code);

// The method's attribute of that name; null when it has none (abstract, native).
Attribute* find_attribute(const ClassFile& file, std::vector<Attribute>& attributes,
                          std::string_view name);

}  // namespace bhsim::hotswap
