#include "framework/base/files.hpp"

#include <gtest/gtest.h>

namespace bhsim {
namespace {

TEST(Files, WhatIsWritten_IsReadBackAndLeavesNothingBeside) {
  const auto folder = TemporaryDirectory::create("files-test");
  ASSERT_TRUE(folder);
  const auto path = folder->path() / "a";
  ASSERT_TRUE(write_file(path, "one"));
  ASSERT_TRUE(write_file(path, "two"));
  EXPECT_EQ(read_file(path).value(), "two");
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder->path()), {}), 1);
}

TEST(Files, AMissingFile_IsNotFoundAndNamed) {
  const auto read = read_file("/nonexistent/file");
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, ErrorCode::not_found);
  EXPECT_NE(read.error().message.find("/nonexistent/file"), std::string::npos);
}

TEST(Files, AFileOverTheLimit_IsRefused) {
  const auto folder = TemporaryDirectory::create("files-test");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() / "big", std::string(11, 'x')));
  EXPECT_FALSE(read_file(folder->path() / "big", 10));
  EXPECT_TRUE(read_file(folder->path() / "big", 11));
}

TEST(Files, AFolderThatCannotBeWritten_IsAnIoError) {
  const auto written = write_file("/proc/nothing-here", "x");
  ASSERT_FALSE(written);
  EXPECT_EQ(written.error().code, ErrorCode::io);
}

TEST(Files, ATemporaryDirectory_IsGoneWithItsContentAfterwards) {
  Path path;
  {
    const auto folder = TemporaryDirectory::create("files-test");
    ASSERT_TRUE(folder);
    path = folder->path();
    ASSERT_TRUE(write_file(path / "a", "x"));
  }
  EXPECT_FALSE(std::filesystem::exists(path));
}

// FIPS 180-2, appendix B.1 and B.2.
TEST(Sha256, PublishedVectors_AreMet) {
  EXPECT_EQ(sha256_hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Sha256 digest;
  digest.update("abcdbcdecdefdefgefghfghi");
  digest.update("ghijhijkijkljklmklmnlmnomnopnopq");
  EXPECT_EQ(digest.hex(), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

}  // namespace
}  // namespace bhsim
