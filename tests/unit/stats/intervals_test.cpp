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

}  // namespace
}  // namespace bhsim::stats
