#include "framework/probes/continuity.hpp"

#include <gtest/gtest.h>

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

Time at(Nanos t) { return Time(t); }

TEST(ForcedCollections, TimesInsideAndShortlyAfter_AreForced) {
  ForcedCollections forced;
  EXPECT_FALSE(forced.contains(at(10s)));
  forced.begin(at(10s));
  EXPECT_TRUE(forced.contains(at(15s))) << "it is still going on";
  EXPECT_FALSE(forced.contains(at(9s)));
  forced.end(at(11s));
  EXPECT_TRUE(forced.contains(at(11s + 900ms)));
  EXPECT_FALSE(forced.contains(at(13s)));
}

TEST(ForcedCollections, OverHours_OnlyTheNewestAreKept) {
  ForcedCollections forced;
  for (int i = 0; i < 10'000; ++i) {
    forced.begin(at(i * 60s));
    forced.end(at(i * 60s + 1s));
  }
  EXPECT_TRUE(forced.contains(at(9'999 * 60s)));
  EXPECT_TRUE(forced.contains(at(9'970 * 60s)));
  EXPECT_FALSE(forced.contains(at(5 * 60s)));
}

}  // namespace
}  // namespace bhsim::probes
