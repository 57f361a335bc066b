#include "checks/trend.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <random>

#include "checks/latency.hpp"

namespace bhsim::checks {
namespace {

// `count` values over one hour: `slope` an hour, normal noise.
std::vector<TrendPoint> line(std::size_t count, double slope, double noise, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, noise);
  std::vector<TrendPoint> points;
  for (std::size_t i = 0; i < count; ++i) {
    const double x = static_cast<double>(i) / static_cast<double>(count);
    points.push_back({x, 50 + slope * x + normal(random)});
  }
  return points;
}

const TrendRule kLeak{.least_growth = 0.25, .fewest_points = 6};

TEST(Trend_, TooFewPoints_SayHowMuchLonger) {
  const auto found = judge_trend(line(3, 0, 0.1, 1), 1, kLeak);
  EXPECT_EQ(found.course, Course::too_little);
  EXPECT_DOUBLE_EQ(found.longer, 2);
}

TEST(Trend_, AllAtOneX_IsTooLittle) {
  EXPECT_EQ(judge_trend(std::vector<TrendPoint>(20, {1, 1}), 1, kLeak).course, Course::too_little);
}

TEST(Trend_, GrowthAboveTheLimit_Rises) {
  EXPECT_EQ(judge_trend(line(20, 5, 0.1, 1), 1, kLeak).course, Course::rising);
}

TEST(Trend_, GrowthBelowTheLimit_IsFlat) {
  EXPECT_EQ(judge_trend(line(20, 0.3, 0.1, 1), 1, kLeak).course, Course::flat);
}

TEST(Trend_, FallingValues_AreFlat) {
  EXPECT_EQ(judge_trend(line(20, -5, 0.1, 1), 1, kLeak).course, Course::flat);
}

TEST(Trend_, NoiseThatHidesTheLimit_IsUnclearAndSaysHowMuchLonger) {
  const auto found = judge_trend(line(8, 0, 3, 2), 1, kLeak);
  EXPECT_EQ(found.course, Course::unclear);
  EXPECT_GT(found.longer, 1);
}

TEST(Trend_, GrowthThatIsLessThanTheLeast_IsNoLeak) {
  const TrendRule threads{.least_growth = 3};
  EXPECT_EQ(judge_trend(line(60, 2.5, 0.05, 1), 1, threads).course, Course::flat);
  EXPECT_EQ(judge_trend(line(60, 4, 0.05, 1), 1, threads).course, Course::rising);
}

// Loaded classes of a young JVM: most swaps add none, a few add many.
TEST(Trend_, GrowthInBursts_IsUnclear_AndStepByStepALeak) {
  const TrendRule classes{.least_growth = 20, .bursts = 60};
  std::vector<TrendPoint> bursts, steps;
  for (int swap = 0; swap < 40; ++swap)
    bursts.push_back({static_cast<double>(swap), std::floor(swap / 4.0) * 3});
  for (int swap = 0; swap < 18; ++swap)
    steps.push_back({static_cast<double>(swap), static_cast<double>(swap)});
  EXPECT_EQ(judge_trend(bursts, 0.1, classes).course, Course::unclear);
  EXPECT_EQ(judge_trend(bursts, 0.1, {.least_growth = 20}).course, Course::rising);
  EXPECT_EQ(judge_trend(steps, 0.1, classes).course, Course::rising);
  bursts.resize(16);
  EXPECT_EQ(judge_trend(bursts, 0.1, classes).course, Course::flat);
}

TEST(Trend_, MoreThanBurstsAreMadeOf_IsALeakHoweverItComes) {
  std::vector<TrendPoint> bursts;
  for (int swap = 0; swap < 100; ++swap)
    bursts.push_back({static_cast<double>(swap), std::floor(swap / 4.0) * 4});
  EXPECT_EQ(judge_trend(bursts, 0.1, {.least_growth = 10, .bursts = 60}).course, Course::rising);
}

// Forty checks each night: an alarm of one in a thousand healthy runs is one a month.
TEST(Trend_, FlatSeriesOfNoise_RaiseNoFalseAlarm) {
  int alarms = 0;
  for (unsigned seed = 1; seed <= 1000; ++seed)
    if (judge_trend(line(10, 0, 0.5, seed), 1, kLeak).course == Course::rising) ++alarms;
  EXPECT_LE(alarms, 1);
}

TEST(Trend_, StepAtTheBeginning_IsNoLeak) {
  std::vector<TrendPoint> points = line(60, 0, 0.2, 3);
  for (std::size_t i = 10; i < points.size(); ++i) points[i].y += 8;
  const TrendRule threads{.least_growth = 3};
  EXPECT_NE(judge_trend(points, 1, threads).course, Course::rising);
}

TEST(QuartileSpread, OfEqualValues_IsNothing) {
  EXPECT_DOUBLE_EQ(quartile_spread_percent({2, 2, 2, 2, 2}, 0), 0);
}

TEST(QuartileSpread, OfTwoModes_IsWideWhicheverIsTheMedian) {
  EXPECT_GT(quartile_spread_percent({1, 1, 1, 9, 9, 9, 9, 9}, 0), 500);
}

TEST(QuartileSpread, OfTinyValues_IsHeldAgainstTheLeast) {
  EXPECT_LT(quartile_spread_percent({0.001, 0.001, 0.003, 0.003}, 0.01), 25);
}

TEST(QuartileSpread, OfFewerThanFourValues_IsRefused) {
  EXPECT_THROW(quartile_spread_percent({1, 2, 3}, 0), std::invalid_argument);
}

TEST(Quantile_, ByNearestRank) {
  std::vector<double> values;
  for (int i = 1; i <= 100; ++i) values.push_back(i);
  const auto p95 = quantile(values, 95);
  EXPECT_DOUBLE_EQ(p95.value, 95);
  EXPECT_LT(p95.interval.low, 95);
  EXPECT_GT(p95.interval.high, 95);
}

}  // namespace
}  // namespace bhsim::checks
