#include "framework/runner/images.hpp"

#include <gtest/gtest.h>

#include <functional>

namespace bhsim::runner {
namespace {

using engine::TarEntry;

std::vector<TarEntry> context() {
  return {{.path = "Dockerfile", .content = "FROM scratch\n"},
          {.path = "a", .mode = 0755, .content = "x"},
          {.path = "b", .content = "y"}};
}

std::string address(const std::vector<TarEntry>& entries) { return address_of(entries).value(); }

TEST(ImageAddress, OfEqualContexts_IsEqual) { EXPECT_EQ(address(context()), address(context())); }

TEST(ImageAddress, ChangesWithEachPartOfAnEntry) {
  const auto before = address(context());
  const auto changed = [&](const std::function<void(TarEntry&)>& change) {
    auto entries = context();
    change(entries[1]);
    return address(entries) != before;
  };
  EXPECT_TRUE(changed([](TarEntry& entry) { entry.path = "c"; }));
  EXPECT_TRUE(changed([](TarEntry& entry) { entry.mode = 0644; }));
  EXPECT_TRUE(changed([](TarEntry& entry) { entry.uid = 10001; }));
  EXPECT_TRUE(changed([](TarEntry& entry) { entry.content = "z"; }));
  EXPECT_TRUE(changed([](TarEntry& entry) { entry.type = TarEntry::Type::symlink; }));
}

// Bytes must not be able to move from one entry to the next without a change.
TEST(ImageAddress, KnowsWhereAnEntryEnds) {
  std::vector<TarEntry> one{{.path = "a", .content = "xb"}, {.path = "c", .content = ""}};
  std::vector<TarEntry> two{{.path = "a", .content = "x"}, {.path = "c", .content = "b"}};
  EXPECT_NE(address(one), address(two));
}

TEST(ImageAddress, IsATagThatTheEngineTakes) {
  const auto found = address(context());
  EXPECT_EQ(found.size(), 16U);
  EXPECT_EQ(found.find_first_not_of("0123456789abcdef"), std::string::npos);
}

TEST(ImageAddress, OfAFile_IsThatOfItsContent) {
  const auto folder = TemporaryDirectory::create("bhsim-images");
  ASSERT_TRUE(folder);
  ASSERT_TRUE(write_file(folder->path() / "any", "x"));
  auto entries = context();
  entries[1].content.clear();
  entries[1].from = folder->path() / "any";
  EXPECT_EQ(address(entries), address(context()));
  ASSERT_TRUE(write_file(folder->path() / "any", "y"));
  EXPECT_NE(address(entries), address(context()));
}

TEST(ImageAddress, OfAFileThatIsGone_IsAnErrorThatNamesIt) {
  std::vector<TarEntry> entries{{.path = "a", .content = {}, .from = "/nonexistent/a"}};
  const auto found = address_of(entries);
  ASSERT_FALSE(found);
  EXPECT_NE(found.error().message.find("/nonexistent/a"), std::string::npos);
}

}  // namespace
}  // namespace bhsim::runner
