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

TEST(ImageAddress, OfEqualContexts_IsEqual) {
  EXPECT_EQ(address_of(context()), address_of(context()));
}

TEST(ImageAddress, ChangesWithEachPartOfAnEntry) {
  const auto before = address_of(context());
  const auto changed = [&](const std::function<void(TarEntry&)>& change) {
    auto entries = context();
    change(entries[1]);
    return address_of(entries) != before;
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
  EXPECT_NE(address_of(one), address_of(two));
}

TEST(ImageAddress, IsATagThatTheEngineTakes) {
  const auto address = address_of(context());
  EXPECT_EQ(address.size(), 16U);
  EXPECT_EQ(address.find_first_not_of("0123456789abcdef"), std::string::npos);
}

}  // namespace
}  // namespace bhsim::runner
