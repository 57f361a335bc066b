#pragma once
// Confidence intervals. `confidence` is two-sided, between 0 and 1: 0.95.

#include <cstdint>
#include <limits>
#include <span>

namespace bhsim::stats {

// The bound of an interval for which there is too little data.
inline constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Interval {
  double low = 0;
  double high = 0;
};

// Wilson's score interval of a proportion: near its nominal coverage on average, also at 0 of n.
// Needs 0 <= successes <= trials and trials > 0; [0, 1] otherwise.
Interval wilson(std::int64_t successes, std::int64_t trials, double confidence = 0.95);
// Clopper and Pearson's exact interval: never covers less than promised, so it is wider. As above.
Interval clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence = 0.95);

// Mean with Student's t. The interval is infinite with fewer than two values.
struct Estimate {
  double value = 0;
  Interval interval;
};
Estimate mean_interval(std::span<const double> values, double confidence = 0.95);
// Median with the interval of order statistics (binomial, exact, so at least `confidence`);
// infinite where n is too small for that.
Estimate median_interval(std::span<const double> values, double confidence = 0.95);

// Centre of values that scatter symmetrically, by Hodges and Lehmann, with the interval that goes
// with Wilcoxon's signed-rank test (exact up to kMostExactRanks values, then by the normal
// approximation; what R's wilcox.test(conf.int = TRUE, exact = TRUE) gives). One value far off
// neither moves nor widens it much, unlike a mean's. Infinite with so few values that no interval
// has the confidence: below six for 95 %.
Estimate signed_rank_interval(std::span<const double> values, double confidence = 0.95);
inline constexpr std::size_t kMostExactRanks = 200;

// The 1-based ranks of the order statistics between which the quantile `q` lies, by the binomial
// distribution, at least with `confidence`; 0 and n + 1 where no order statistic suffices.
struct Ranks {
  std::int64_t low = 0;
  std::int64_t high = 0;
};
Ranks quantile_ranks(std::int64_t n, double q, double confidence = 0.95);

// The value below which a standard normal variable falls with probability p (0 < p < 1).
double normal_quantile(double p);
// The probability that a standard normal variable is below z.
double normal_probability(double z);

}  // namespace bhsim::stats
