#include "framework/stats/summary.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace bhsim::stats {
namespace {

using Values = std::vector<double>;

TEST(Quantile, InterpolatesAsRAndNumPyDo) {
  // R 4: quantile(c(1, 2, 3, 4, 10), c(.1, .25, .9)); numpy.percentile gives the same.
  const Values values = {10, 3, 1, 4, 2};
  EXPECT_DOUBLE_EQ(quantile(values, 0.1), 1.4);
  EXPECT_DOUBLE_EQ(quantile(values, 0.25), 2);
  EXPECT_DOUBLE_EQ(quantile(values, 0.9), 7.6);
  EXPECT_DOUBLE_EQ(quantile(values, 0), 1);
  EXPECT_DOUBLE_EQ(quantile(values, 1), 10);
}

TEST(Quantile, NoValues_IsNaN) {
  EXPECT_TRUE(std::isnan(quantile({}, 0.5)));
  EXPECT_TRUE(std::isnan(median({})));
  EXPECT_TRUE(std::isnan(mad({})));
  EXPECT_TRUE(std::isnan(mean({})));
}

TEST(Median, EvenCount_IsTheMiddleOfTheTwo) {
  EXPECT_DOUBLE_EQ(median(Values{4, 1, 3, 2}), 2.5);
  EXPECT_DOUBLE_EQ(median(Values{7}), 7);
}

TEST(Mad, ExampleOfTheLiterature) {
  // Wikipedia, "Median absolute deviation": {1, 1, 2, 2, 4, 6, 9} has median 2 and MAD 1.
  EXPECT_DOUBLE_EQ(mad(Values{1, 1, 2, 2, 4, 6, 9}), 1);
}

TEST(StandardDeviation, IsOfTheSample) {
  // By hand: squared distances from 5 sum to 32; 32 / 7.
  EXPECT_DOUBLE_EQ(standard_deviation(Values{2, 4, 4, 4, 5, 5, 7, 9}), std::sqrt(32.0 / 7));
  EXPECT_TRUE(std::isnan(standard_deviation(Values{1})));
}

TEST(HodgesLehmann, IsTheMedianOfAllPairwiseMeans) {
  // By hand, the ten means of {1, 2, 3, 10}: 1 1.5 2 2 2.5 3 5.5 6 6.5 10.
  EXPECT_DOUBLE_EQ(hodges_lehmann(Values{10, 1, 3, 2}), 2.75);
}

TEST(HodgesLehmann, ManyValues_KeepTheCentre) {
  Values values;
  for (int i = 0; i < 50'000; ++i) values.push_back(i);
  EXPECT_NEAR(hodges_lehmann(values), 24'999.5, 25);
}

TEST(LogRatio, IsAntisymmetricAndNeedsPositiveValues) {
  EXPECT_DOUBLE_EQ(log_ratio(3, 2), -log_ratio(2, 3));
  EXPECT_DOUBLE_EQ(std::exp(log_ratio(1.05, 1)), 1.05);
  EXPECT_TRUE(std::isnan(log_ratio(0, 1)));
  EXPECT_TRUE(std::isnan(log_ratio(1, -1)));
}

TEST(MedianLogRatio, LeavesOutWhatHasNoRatio) {
  const std::vector<std::pair<double, double>> pairs = {{2, 1}, {0, 1}, {1, 1}, {8, 1}, {3, 0}};
  EXPECT_NEAR(median_log_ratio(pairs), std::log(2), 1e-12);
  EXPECT_TRUE(std::isnan(median_log_ratio({})));
}

}  // namespace
}  // namespace bhsim::stats
