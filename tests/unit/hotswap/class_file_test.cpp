#include "framework/hotswap/class_file.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <random>

#include "class_files.hpp"
#include "framework/base/files.hpp"
#include "framework/hotswap/bytecode.hpp"
#include "framework/hotswap/marker.hpp"
#include "framework/hotswap/variants.hpp"

namespace bhsim::hotswap {
namespace {

using test::subject;

TEST(ClassFile, WrittenBack_GivesTheSameBytes) {
  for (const char* name : {"Subject", "named.deep.Named", "named.deep.Named$Inner", "Shared"}) {
    const std::string bytes = subject(name);
    const auto file = ClassFile::parse(bytes);
    ASSERT_TRUE(file) << name << ": " << file.error().message;
    const auto again = file->write();
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, bytes) << name;
  }
}

TEST(ClassFile, EveryClassOfTheApplication_GivesTheSameBytesAndItsMethodsInstructions) {
  int classes = 0;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(test::application_classes())) {
    if (entry.path().extension() != ".class") continue;
    const auto bytes = read_file(entry.path());
    ASSERT_TRUE(bytes);
    auto file = ClassFile::parse(*bytes);
    ASSERT_TRUE(file) << entry.path() << ": " << file.error().message;
    EXPECT_EQ(*file->write(), *bytes) << entry.path();
    for (Member& method : file->methods) {
      const Attribute* code = find_attribute(*file, method.attributes, "Code");
      if (code == nullptr) continue;
      const auto range = code_range(code->content);
      ASSERT_TRUE(range);
      const auto all =
          instructions(std::string_view(code->content).substr(range->begin, range->length));
      EXPECT_TRUE(all) << entry.path() << ": " << all.error().message;
    }
    ++classes;
  }
  EXPECT_GT(classes, 10);
}

TEST(ClassFile, OwnName_IsToldWithDots) {
  EXPECT_EQ(class_name_of(subject("named.deep.Named")).value(), "named.deep.Named");
  EXPECT_EQ(class_name_of(subject("Subject")).value(), "Subject");
  EXPECT_EQ(class_file_path("named.deep.Named"), "named/deep/Named.class");
}

TEST(ClassFile, LongAndDouble_TakeTwoSlots) {
  const auto file = ClassFile::parse(subject("Subject"));
  ASSERT_TRUE(file);
  int wide = 0;
  for (std::size_t i = 1; i + 1 < file->pool.size(); ++i) {
    const Tag tag = file->pool[i].tag;
    if (tag != Tag::long_ && tag != Tag::double_) continue;
    ++wide;
    EXPECT_EQ(file->pool[i + 1].tag, Tag::hole);
  }
  EXPECT_GE(wide, 2);
}

TEST(ClassFile, CutAnywhere_IsAnErrorAndNeverAClass) {
  const std::string bytes = subject("Subject");
  for (std::size_t length = 0; length < bytes.size(); ++length) {
    const auto file = ClassFile::parse(std::string_view(bytes).substr(0, length));
    ASSERT_FALSE(file) << length;
    EXPECT_EQ(file.error().code, ErrorCode::protocol);
  }
}

TEST(ClassFile, BytesBehindTheEnd_AreAnError) {
  const auto file = ClassFile::parse(subject("Subject") + "x");
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("1 bytes too many"), std::string::npos);
}

TEST(ClassFile, UnknownTag_IsToldWithItsOffset) {
  std::string bytes = subject("Subject");
  bytes[10] = 99;
  const auto file = ClassFile::parse(bytes);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("tag 99 at byte 10"), std::string::npos);
}

TEST(ClassFile, LongInTheLastSlot_IsAnError) {
  // Magic, version 61, a pool of two slots (one usable), a long.
  const std::string bytes("\xca\xfe\xba\xbe\0\0\0\x3d\0\2\5\0\0\0\0\0\0\0\1", 19);
  const auto file = ClassFile::parse(bytes);
  ASSERT_FALSE(file);
  EXPECT_NE(file.error().message.find("last slot"), std::string::npos);
}

// What libFuzzer does for hours (tests/fuzz/classfile_fuzz.cpp), for a second and from one seed.
TEST(ClassFile, ManyDamagedFiles_AreReadOrRefusedAndNeverMore) {
  const std::string good = subject("Subject");
  std::mt19937 random(20261125);
  int read = 0;
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = good;
    const int changes = 1 + static_cast<int>(random() % 4);
    for (int i = 0; i < changes; ++i) bytes[random() % bytes.size()] = static_cast<char>(random());
    if (random() % 4 == 0) bytes.resize(random() % (bytes.size() + 1));
    const auto file = ClassFile::parse(bytes);
    if (!file) continue;
    ++read;
    ASSERT_EQ(file->write().value(), bytes);
    for (const VariantKind& kind : variant_kinds()) {
      if (kind.name == "huge") continue;
      (void)make_variant(bytes, {.kind = std::string(kind.name), .generation = round});
    }
  }
  EXPECT_GT(read, 1000);
}

}  // namespace
}  // namespace bhsim::hotswap
