#include "checks/creep.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace bhsim::checks {
namespace {

constexpr double kLimit = 5;

// As many windows of a run as are judged: grows by that share of 100 to its end, and is disturbed
// by `noise` percent, of which `kept` lasts from one window to the next.
std::vector<TrendPoint> run_of(double growth_percent, double noise, double kept, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, 1);
  std::vector<TrendPoint> windows;
  double lasting = normal(random);
  for (std::size_t i = 0; i < kMostWindowsOfCreep; ++i) {
    const double x = (static_cast<double>(i) + 0.5) / kMostWindowsOfCreep;
    windows.push_back({x, 100 + growth_percent * x + noise * lasting});
    lasting = kept * lasting + std::sqrt(1 - kept * kept) * normal(random);
  }
  return windows;
}

TEST(Creep_, OfALine_IsItsGrowthFromTheFirstToTheLastWindow) {
  const auto creep = creep_of({{0, 50}, {0.25, 55}, {0.5, 60}, {0.75, 65}, {1, 70}}, 0);
  EXPECT_NEAR(creep.percent, 40, 1e-9);
  EXPECT_EQ(creep.windows, 5U);
}

TEST(Creep_, OfNextToNothing_IsHeldAgainstTheLeast) {
  const auto creep = creep_of({{0, 1}, {0.25, 2}, {0.5, 3}, {0.75, 4}, {1, 5}}, 100);
  EXPECT_NEAR(creep.percent, 4, 1e-9);
}

TEST(Creep_, OfAQuietMachine_IsSteadyOrGrowing) {
  EXPECT_EQ(course_of(creep_of(run_of(0, 1, 0, 1), 0), kLimit), CreepCourse::steady);
  EXPECT_EQ(course_of(creep_of(run_of(15, 1, 0, 1), 0), kLimit), CreepCourse::growing);
  EXPECT_EQ(course_of(creep_of(run_of(-30, 1, 0, 1), 0), kLimit), CreepCourse::steady);
}

TEST(Creep_, OfARestlessMachine_IsUnclearAndSaysHowMuchLonger) {
  const auto creep = creep_of(run_of(0, 20, 0, 3), 0);
  ASSERT_EQ(course_of(creep, kLimit), CreepCourse::unclear);
  EXPECT_GT(longer_for(creep, kLimit), 1.5);
  EXPECT_LE(longer_for(creep, kLimit), 100);
}

// A machine that is taken away by 0 to 20 %, for minutes at a time.
TEST(Creep_, OfMachinesThatHaveUpsAndDowns_RaisesHardlyAnyFalseAlarm) {
  for (const double kept : {0.0, 0.5}) {
    int alarms = 0;
    for (unsigned seed = 1; seed <= 500; ++seed)
      if (course_of(creep_of(run_of(0, 10, kept, seed), 0), kLimit) == CreepCourse::growing)
        ++alarms;
    EXPECT_LE(alarms, kept == 0 ? 1 : 10) << kept;
  }
}

TEST(Creep_, ThatDoublesTheCost_IsFoundOnSuchMachines) {
  int found = 0;
  for (unsigned seed = 1; seed <= 100; ++seed)
    if (course_of(creep_of(run_of(100, 10, 0.5, seed), 0), kLimit) == CreepCourse::growing) ++found;
  EXPECT_GE(found, 90);
}

TEST(Creep_, ThatIsTwiceTheLimit_IsHardlyEverPassed) {
  int passed = 0;
  for (unsigned seed = 1; seed <= 500; ++seed)
    if (course_of(creep_of(run_of(20, 10, 0.5, seed), 0), kLimit) == CreepCourse::steady) ++passed;
  EXPECT_LE(passed, 10);
}

}  // namespace
}  // namespace bhsim::checks
