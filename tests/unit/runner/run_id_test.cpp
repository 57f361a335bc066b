#include <gtest/gtest.h>

#include "framework/runner/run.hpp"

namespace bhsim::runner {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(RunId, IsTheStartInUtcAndAPieceOfChance) {
  EXPECT_EQ(new_run_id(wall_from_ns(1764036664 * kSecond), 0x7f3a), "20251125-021104-7f3a");
}

TEST(RunId, OfLittleChance_HasTheSameLength) {
  EXPECT_EQ(new_run_id(wall_from_ns(0), 0xfff0001), "19700101-000000-0001");
}

TEST(RunId, SortsByTime) {
  EXPECT_LT(new_run_id(wall_from_ns(1764036664 * kSecond), 0xffff),
            new_run_id(wall_from_ns(1764036665 * kSecond), 0));
}

}  // namespace
}  // namespace bhsim::runner
