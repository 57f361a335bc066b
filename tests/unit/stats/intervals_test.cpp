#include "framework/stats/intervals.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace bhsim::stats {
namespace {

// R. G. Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in
// Medicine 17 (1998), table I: 95 % intervals for four examples, by the score method (3) and by
// Clopper and Pearson (5).
struct Published {
  std::int64_t successes, trials;
  Interval score, exact;
};
constexpr Published kNewcombe[] = {
    {81, 263, {0.2553, 0.3662}, {0.2527, 0.3676}},
    {15, 148, {0.0624, 0.1605}, {0.0578, 0.1617}},
    {0, 20, {0.0000, 0.1611}, {0.0000, 0.1684}},
    {1, 29, {0.0061, 0.1718}, {0.0009, 0.1776}},
};

TEST(Wilson, AgreesWithNewcombesTable) {
  for (const auto& row : kNewcombe) {
    const auto interval = wilson(row.successes, row.trials);
    EXPECT_NEAR(interval.low, row.score.low, 5e-5) << row.successes << "/" << row.trials;
    EXPECT_NEAR(interval.high, row.score.high, 5e-5) << row.successes << "/" << row.trials;
  }
}

TEST(ClopperPearson, AgreesWithNewcombesTable) {
  for (const auto& row : kNewcombe) {
    const auto interval = clopper_pearson(row.successes, row.trials);
    EXPECT_NEAR(interval.low, row.exact.low, 5e-5) << row.successes << "/" << row.trials;
    EXPECT_NEAR(interval.high, row.exact.high, 5e-5) << row.successes << "/" << row.trials;
  }
}

TEST(Proportion, AllOrNone_TouchesTheEndExactly) {
  EXPECT_EQ(wilson(0, 50).low, 0);
  EXPECT_EQ(wilson(50, 50).high, 1);
  EXPECT_EQ(clopper_pearson(0, 50).low, 0);
  EXPECT_EQ(clopper_pearson(50, 50).high, 1);
  // The rule of three, exactly: 1 - 0.025^(1/50).
  EXPECT_NEAR(clopper_pearson(0, 50).high, 1 - std::pow(0.025, 1.0 / 50), 1e-12);
}

TEST(Proportion, NoTrialsOrNonsense_SaysNothing) {
  for (const auto& interval : {wilson(0, 0), wilson(3, 2), wilson(-1, 5), clopper_pearson(0, 0)}) {
    EXPECT_EQ(interval.low, 0);
    EXPECT_EQ(interval.high, 1);
  }
}

TEST(MeanInterval, UsesStudentsT) {
  // t(0.975, 4) = 2.776445 (any table); sd of 1..5 is sqrt(2.5).
  const std::vector<double> values = {1, 2, 3, 4, 5};
  const auto estimate = mean_interval(values);
  EXPECT_DOUBLE_EQ(estimate.value, 3);
  EXPECT_NEAR(estimate.interval.high - 3, 2.776445 * std::sqrt(2.5) / std::sqrt(5), 1e-6);
  EXPECT_TRUE(std::isinf(mean_interval(std::vector<double>{1}).interval.high));
}

TEST(QuantileRanks, MedianAgreesWithConoversTable) {
  // Nonparametric 95 % interval of the median (Conover, "Practical Nonparametric Statistics",
  // binomial table): n = 10 gives the 2nd and 9th, n = 20 the 6th and 15th, n = 6 the 1st and 6th;
  // with n = 5 none suffices.
  const auto expect = [](std::int64_t n, std::int64_t low, std::int64_t high) {
    const auto ranks = quantile_ranks(n, 0.5);
    EXPECT_EQ(ranks.low, low) << n;
    EXPECT_EQ(ranks.high, high) << n;
  };
  expect(10, 2, 9);
  expect(20, 6, 15);
  expect(6, 1, 6);
  expect(5, 0, 6);
  expect(0, 0, 1);
}

TEST(QuantileRanks, HighQuantileOfFewValues_HasNoUpperEnd) {
  const auto ranks = quantile_ranks(50, 0.99);
  EXPECT_EQ(ranks.high, 51);
  // Enough values: P(all below the quantile) = 0.99^n <= 0.025 from n = 368 on.
  EXPECT_EQ(quantile_ranks(367, 0.99).high, 368);
  EXPECT_EQ(quantile_ranks(368, 0.99).high, 368);
}

TEST(MedianInterval, TakesTheOrderStatistics) {
  const std::vector<double> values = {10, 9, 8, 7, 6, 5, 4, 3, 2, 1};
  const auto estimate = median_interval(values);
  EXPECT_DOUBLE_EQ(estimate.value, 5.5);
  EXPECT_DOUBLE_EQ(estimate.interval.low, 2);
  EXPECT_DOUBLE_EQ(estimate.interval.high, 9);
}

TEST(Normal, QuantileAndProbabilityAreInverse) {
  EXPECT_NEAR(normal_quantile(0.975), 1.959964, 1e-6);
  EXPECT_NEAR(normal_probability(1.959964), 0.975, 1e-6);
}

// M. Hollander and D. A. Wolfe, "Nonparametric Statistical Methods" (1973), p. 27: depression
// scores of nine patients before and after; R's wilcox.test(x, y, paired = TRUE, conf.int = TRUE)
// gives 0.46 and 0.010 to 0.786.
TEST(SignedRankInterval, AgreesWithTheExampleOfHollanderAndWolfe) {
  const std::vector<double> before = {1.83, 0.50, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.30};
  const std::vector<double> after = {0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29};
  std::vector<double> less;
  for (std::size_t i = 0; i < before.size(); ++i) less.push_back(before[i] - after[i]);
  const auto estimate = signed_rank_interval(less);
  EXPECT_NEAR(estimate.value, 0.46, 5e-4);
  EXPECT_NEAR(estimate.interval.low, 0.010, 5e-4);
  EXPECT_NEAR(estimate.interval.high, 0.786, 5e-4);
}

// Enumerated: all 2^6 and 2^10 signs.
TEST(SignedRankInterval, OfSix_IsTheirRange) {
  const std::vector<double> values = {1.1, 2.3, -0.4, 0.9, 3.0, 1.7};
  const auto estimate = signed_rank_interval(values);
  EXPECT_NEAR(estimate.value, 1.4, 1e-9);
  EXPECT_NEAR(estimate.interval.low, -0.4, 1e-9);
  EXPECT_NEAR(estimate.interval.high, 3.0, 1e-9);
}

TEST(SignedRankInterval, OfTen_AgreesWithEnumeration) {
  const std::vector<double> values = {0.8, -1.2, 2.4, 0.3, 1.9, -0.6, 40.0, 1.1, 0.2, 1.5};
  const auto estimate = signed_rank_interval(values);
  EXPECT_NEAR(estimate.value, 0.95, 1e-9);
  EXPECT_NEAR(estimate.interval.low, -0.05, 1e-9);
  EXPECT_NEAR(estimate.interval.high, 19.7, 1e-9);
}

TEST(SignedRankInterval, OfFive_IsInfinite) {
  const std::vector<double> values = {1, 2, 3, 4, 5};
  const auto estimate = signed_rank_interval(values);
  EXPECT_EQ(estimate.value, 3);
  EXPECT_EQ(estimate.interval.low, -kInfinity);
  EXPECT_EQ(estimate.interval.high, kInfinity);
}

// Where the exact distribution gives way to the normal one, nothing jumps.
TEST(SignedRankInterval, JustBelowAndAboveTheExactRanks_IsNearlyTheSame) {
  std::vector<double> values;
  for (std::size_t i = 0; i < kMostExactRanks; ++i)
    values.push_back(normal_quantile((static_cast<double>(i) + 0.5) / kMostExactRanks));
  const auto exact = signed_rank_interval(values);
  values.push_back(0);
  const auto normal = signed_rank_interval(values);
  EXPECT_NEAR(exact.interval.high, 0.14, 0.02);
  EXPECT_NEAR(exact.interval.low, normal.interval.low, 0.002);
  EXPECT_NEAR(exact.interval.high, normal.interval.high, 0.002);
}

}  // namespace
}  // namespace bhsim::stats
