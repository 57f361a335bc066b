#include "framework/hotswap/bytecode.hpp"

#include <array>

namespace bhsim::hotswap {
namespace {

constexpr std::uint8_t kTableSwitch = 0xaa;
constexpr std::uint8_t kLookupSwitch = 0xab;
constexpr std::uint8_t kWide = 0xc4;
constexpr std::uint8_t kIinc = 0x84;
constexpr std::uint8_t kLast = 0xc9;  // jsr_w

// The length of each instruction with its operands, by opcode; 0: depends on what follows.
constexpr std::array<std::uint8_t, kLast + 1> make_lengths() {
  std::array<std::uint8_t, kLast + 1> lengths{};
  for (auto& length : lengths) length = 1;
  const auto set = [&](unsigned first, unsigned last, std::uint8_t length) {
    for (unsigned opcode = first; opcode <= last; ++opcode) lengths[opcode] = length;
  };
  set(0x10, 0x10, 2);  // bipush
  set(0x11, 0x11, 3);  // sipush
  set(0x12, 0x12, 2);  // ldc
  set(0x13, 0x14, 3);  // ldc_w, ldc2_w
  set(0x15, 0x19, 2);  // loads
  set(0x36, 0x3a, 2);  // stores
  set(kIinc, kIinc, 3);
  set(0x99, 0xa8, 3);  // branches, jsr
  set(0xa9, 0xa9, 2);  // ret
  set(kTableSwitch, kLookupSwitch, 0);
  set(0xb2, 0xb8, 3);  // field access, calls
  set(0xb9, 0xba, 5);  // invokeinterface, invokedynamic
  set(0xbb, 0xbb, 3);  // new
  set(0xbc, 0xbc, 2);  // newarray
  set(0xbd, 0xbd, 3);  // anewarray
  set(0xc0, 0xc1, 3);  // checkcast, instanceof
  set(kWide, kWide, 0);
  set(0xc5, 0xc5, 4);  // multianewarray
  set(0xc6, 0xc7, 3);  // ifnull, ifnonnull
  set(0xc8, 0xc9, 5);  // goto_w, jsr_w
  return lengths;
}
constexpr auto kLengths = make_lengths();

std::uint8_t byte_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint8_t>(bytes[at]);
}

std::uint32_t u4_at(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value = value << 8U | byte_at(bytes, at + i);
  return value;
}

// 0 when the operands lie outside of the code or make no sense.
std::size_t length_at(std::string_view code, std::size_t at) {
  const std::uint8_t opcode = byte_at(code, at);
  if (opcode > kLast) return 0;
  if (kLengths[opcode] != 0) return kLengths[opcode];
  const std::size_t left = code.size() - at;
  if (opcode == kWide) return left < 2 ? 0 : byte_at(code, at + 1) == kIinc ? 6 : 4;
  const std::size_t padding = 3 - at % 4;  // operands are aligned to the start of the code
  const std::size_t operands = 1 + padding;
  if (opcode == kTableSwitch) {
    if (left < operands + 12) return 0;
    const auto low = static_cast<std::int32_t>(u4_at(code, at + operands + 4));
    const auto high = static_cast<std::int32_t>(u4_at(code, at + operands + 8));
    if (high < low) return 0;
    return operands + 12 + (static_cast<std::size_t>(std::int64_t{high} - low) + 1) * 4;
  }
  if (left < operands + 8) return 0;
  return operands + 8 + std::size_t{u4_at(code, at + operands + 4)} * 8;
}

}  // namespace

Result<CodeRange> code_range(std::string_view code_attribute) {
  // max_stack, max_locals, code_length, code …
  if (code_attribute.size() < 8) {
    return fail(ErrorCode::protocol, "class file: a Code attribute of {} bytes",
                code_attribute.size());
  }
  const CodeRange range{8, u4_at(code_attribute, 4)};
  if (range.length > code_attribute.size() - range.begin) {
    return fail(ErrorCode::protocol, "class file: code of {} bytes in an attribute of {}",
                range.length, code_attribute.size());
  }
  return range;
}

Result<std::vector<Instruction>> instructions(std::string_view code) {
  std::vector<Instruction> all;
  std::size_t at = 0;
  while (at < code.size()) {
    const std::size_t length = length_at(code, at);
    if (length == 0 || length > code.size() - at) {
      return fail(ErrorCode::protocol, "class file: bad instruction {:#x} at byte {} of the code",
                  byte_at(code, at), at);
    }
    all.push_back({at, byte_at(code, at)});
    at += length;
  }
  return all;
}

Attribute* find_attribute(const ClassFile& file, std::vector<Attribute>& attributes,
                          std::string_view name) {
  for (Attribute& attribute : attributes) {
    const auto text = file.text(attribute.name);
    if (text && *text == name) return &attribute;
  }
  return nullptr;
}

}  // namespace bhsim::hotswap
