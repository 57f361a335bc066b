#include "framework/hotswap/bytecode.hpp"

#include <gtest/gtest.h>

namespace bhsim::hotswap {
namespace {

std::vector<std::size_t> offsets(std::string_view code) {
  const auto all = instructions(code);
  EXPECT_TRUE(all) << all.error().message;
  std::vector<std::size_t> found;
  if (all) {
    for (const Instruction& instruction : *all) found.push_back(instruction.offset);
  }
  return found;
}

using std::string_view_literals::operator""sv;

TEST(Bytecode, FixedLengths_AreStepped) {
  // iconst_0, bipush 1, sipush 2, ldc 3, invokeinterface, return
  EXPECT_EQ(offsets("\x03\x10\x01\x11\x00\x02\x12\x03\xb9\x00\x01\x01\x00\xb1"sv),
            (std::vector<std::size_t>{0, 1, 3, 6, 8, 13}));
}

TEST(Bytecode, Wide_CountsItsInstruction) {
  // wide iload 1; wide iinc 1, 2; return
  EXPECT_EQ(offsets("\xc4\x15\x00\x01\xc4\x84\x00\x01\x00\x02\xb1"sv),
            (std::vector<std::size_t>{0, 4, 10}));
}

TEST(Bytecode, Switches_ArePaddedToFour) {
  // nop, tableswitch 1 to 2 at 1 (padding 2), return
  EXPECT_EQ(offsets("\x00\xaa\x00\x00\x00\x00\x00\x20\x00\x00\x00\x01\x00\x00\x00\x02"
                    "\x00\x00\x00\x18\x00\x00\x00\x19\xb1"sv),
            (std::vector<std::size_t>{0, 1, 24}));
  // lookupswitch of one pair at 0 (padding 3), return
  EXPECT_EQ(
      offsets(
          "\xab\x00\x00\x00\x00\x00\x00\x20\x00\x00\x00\x01\x00\x00\x00\x07\x00\x00\x00\x18\xb1"sv),
      (std::vector<std::size_t>{0, 20}));
}

TEST(Bytecode, SwitchLargerThanTheCode_IsAnError) {
  EXPECT_FALSE(instructions("\xaa\x00\x00\x00\x00\x00\x00\x20\x80\x00\x00\x00\x7f\xff\xff\xff"sv));
  EXPECT_FALSE(instructions("\xab\x00\x00\x00\x00\x00\x00\x20\xff\xff\xff\xff"sv));
  EXPECT_FALSE(instructions("\xab\x00\x00"sv));
}

TEST(Bytecode, InstructionCutOff_IsAnErrorWithItsOffset) {
  const auto all = instructions("\x03\x11\x00"sv);
  ASSERT_FALSE(all);
  EXPECT_NE(all.error().message.find("0x11 at byte 1"), std::string::npos);
}

TEST(Bytecode, CodeLongerThanItsAttribute_IsAnError) {
  EXPECT_FALSE(code_range("\0\1\0\1\0\0\0\2\xb1"sv));
  EXPECT_FALSE(code_range("\0\1\0\1"sv));
  EXPECT_TRUE(code_range("\0\1\0\1\0\0\0\1\xb1"sv));
}

}  // namespace
}  // namespace bhsim::hotswap
