#include "framework/stats/trend.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

namespace bhsim::stats {
namespace {

// Expected figures computed apart with exact fractions (Python), by the formulas of P. K. Sen,
// "Estimates of the Regression Coefficient Based on Kendall's Tau", JASA 63 (1968), and M. G.
// Kendall, "Rank Correlation Methods" (1970), chapter 4.
const std::vector<Point> kRepeatedX = {{1, 10}, {1, 22}, {1, 21}, {2, 30},
                                       {3, 22}, {3, 30}, {4, 40}, {5, 40}};

TEST(TheilSen, RepeatedXAndTiedY_AgreeWithTheExactComputation) {
  const auto slope = theil_sen(kRepeatedX);
  EXPECT_DOUBLE_EQ(slope.slope, 5.5);
  EXPECT_DOUBLE_EQ(slope.low, 0);
  EXPECT_DOUBLE_EQ(slope.high, 10);
  EXPECT_DOUBLE_EQ(slope.intercept, 14.5);
  EXPECT_EQ(slope.points, 8);
}

TEST(TheilSen, OrderOfThePoints_DoesNotMatter) {
  auto reversed = kRepeatedX;
  std::reverse(reversed.begin(), reversed.end());
  const auto a = theil_sen(kRepeatedX);
  const auto b = theil_sen(reversed);
  EXPECT_EQ(a.slope, b.slope);
  EXPECT_EQ(a.low, b.low);
  EXPECT_EQ(a.high, b.high);
}

TEST(TheilSen, QuarterOfOutliers_DoesNotMoveTheSlope) {
  std::vector<Point> points;
  for (int i = 0; i < 100; ++i) points.push_back({i * 1.0, i % 4 == 0 ? 1e9 : 3.0 * i + 7});
  EXPECT_NEAR(theil_sen(points).slope, 3, 0.5);
}

TEST(TheilSen, NoTwoDifferentX_HasNoSlope) {
  const std::vector<Point> points = {{1, 2}, {1, 3}};
  const auto slope = theil_sen(points);
  EXPECT_TRUE(std::isnan(slope.slope));
  EXPECT_TRUE(std::isinf(slope.high));
}

TEST(TheilSen, TwoPoints_IntervalIsUnbounded) {
  const auto slope = theil_sen(std::vector<Point>{{0, 0}, {1, 5}});
  EXPECT_DOUBLE_EQ(slope.slope, 5);
  EXPECT_TRUE(std::isinf(slope.low));
  EXPECT_TRUE(std::isinf(slope.high));
}

TEST(TheilSen, ManyPoints_AreCondensedAndKeepSlopeAndInterval) {
  std::mt19937_64 random(1);
  std::normal_distribution<double> noise(0, 10);
  std::vector<Point> points;
  for (int i = 0; i < 20'000; ++i) points.push_back({i * 1.0, 0.01 * i + noise(random)});
  const auto slope = theil_sen(points);
  EXPECT_LT(slope.low, 0.01);
  EXPECT_GT(slope.high, 0.01);
  EXPECT_LT(slope.high - slope.low, 0.001);
  EXPECT_EQ(slope.points, 20'000);
}

TEST(TheilSen, Interval_CoversTheTruthAsOftenAsPromised) {
  std::mt19937_64 random(2);
  std::exponential_distribution<double> noise(1);  // skewed on purpose
  int covered = 0;
  constexpr int kRuns = 1000;
  for (int run = 0; run < kRuns; ++run) {
    std::vector<Point> points;
    for (int i = 0; i < 25; ++i) points.push_back({i * 1.0, 0.1 * i + noise(random)});
    const auto slope = theil_sen(points);
    covered += slope.low <= 0.1 && 0.1 <= slope.high ? 1 : 0;
  }
  // 95 % of 1000, minus four standard deviations.
  EXPECT_GE(covered, 922);
}

TEST(MannKendall, SeriesWithTies_AgreesWithTheExactComputation) {
  const auto test = mann_kendall(std::vector<double>{3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8});
  EXPECT_EQ(test.s, 25);
  EXPECT_DOUBLE_EQ(test.variance, 207);
  EXPECT_NEAR(test.z, 1.668115, 1e-6);
  EXPECT_NEAR(test.p_rising, 0.0476464, 1e-6);
  EXPECT_NEAR(test.p_falling, 0.9646286, 1e-6);
  EXPECT_NEAR(test.p_two_sided, 0.0952928, 1e-6);
}

TEST(MannKendall, StrictlyFalling_IsSeenWithTheVarianceOfTheTextbook) {
  // n (n-1) (2n+5) / 18 = 125 for ten values without ties.
  const auto test = mann_kendall(std::vector<double>{10, 9, 8, 7, 6, 5, 4, 3, 2, 1});
  EXPECT_EQ(test.s, -45);
  EXPECT_DOUBLE_EQ(test.variance, 125);
  EXPECT_NEAR(test.p_falling, 4.1515352e-05, 1e-10);
  EXPECT_GT(test.p_rising, 0.9999);
}

TEST(MannKendall, AllEqualOrTooFew_SaysNothing) {
  for (const std::vector<double>& values : {std::vector<double>{}, {1}, {5, 5, 5, 5, 5, 5}}) {
    const auto test = mann_kendall(values);
    EXPECT_EQ(test.s, 0);
    EXPECT_EQ(test.p_two_sided, 1);
    EXPECT_EQ(test.p_rising, 1);
  }
}

// Values that drift together. Expected figures by pymannkendall 1.4.3,
// hamed_rao_modification_test(values, lag=1): the autocorrelation is 0.5207 at lag 1 and negative
// at lag 2. The interval by the order statistics 53 of 190 from either side, with numpy.
const std::vector<double> kDrifting = {10.03, 10.61, 11.17, 10.92, 10.26, 9.84,  9.91,
                                       10.73, 11.58, 11.94, 11.69, 11.05, 10.87, 11.31,
                                       12.19, 12.66, 12.43, 11.98, 11.74, 12.22};

TEST(Autocorrelation, OfDriftingValues_AgreesWithThePublishedImplementation) {
  const double factor = autocorrelation_factor(kDrifting);
  EXPECT_NEAR(factor, 1.8851503759398498, 1e-12);
  const auto test = mann_kendall(kDrifting, factor);
  EXPECT_EQ(test.s, 108);
  EXPECT_NEAR(test.variance, 1790.8928571428573, 1e-9);
  EXPECT_NEAR(test.z, 2.5284185943577353, 1e-12);
  EXPECT_NEAR(test.p_two_sided, 0.011457765385144869, 1e-12);
}

TEST(Autocorrelation, WidensTheIntervalOfTheSlope) {
  std::vector<Point> points;
  for (std::size_t i = 0; i < kDrifting.size(); ++i)
    points.push_back({static_cast<double>(i), kDrifting[i]});
  const auto slope = theil_sen(points, 0.95, autocorrelation_factor(kDrifting));
  EXPECT_NEAR(slope.slope, 0.11498452012383908, 1e-12);
  EXPECT_NEAR(slope.low, 0.039, 1e-9);
  EXPECT_NEAR(slope.high, 0.18083333333333332, 1e-9);
}

TEST(Autocorrelation, OfAlternatingEqualOrFewValues_IsOne) {
  EXPECT_EQ(autocorrelation_factor(std::vector<double>{1, 9, 1, 9, 1, 9, 1, 9, 1, 9}), 1);
  EXPECT_EQ(autocorrelation_factor(std::vector<double>(12, 5)), 1);
  EXPECT_EQ(autocorrelation_factor(std::vector<double>{1, 2, 4}), 1);
  EXPECT_EQ(autocorrelation_factor(std::vector<double>{}), 1);
}

}  // namespace
}  // namespace bhsim::stats
