#include "framework/stats/intervals.hpp"

#include <algorithm>
#include <boost/math/distributions/beta.hpp>
#include <boost/math/distributions/binomial.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <vector>

#include "framework/stats/summary.hpp"

namespace bhsim::stats {
namespace {

bool makes_sense(std::int64_t successes, std::int64_t trials) {
  return trials > 0 && successes >= 0 && successes <= trials;
}

// The smallest q with P(V <= q) >= tail, V the sum of those of the ranks 1 … n that a fair coin
// chooses.
std::size_t signed_rank_quantile(std::size_t n, double tail) {
  const std::size_t sums = n * (n + 1) / 2;
  if (n > kMostExactRanks) {
    const double m = static_cast<double>(n);
    const double sd = std::sqrt(m * (m + 1) * (2 * m + 1) / 24);
    const double q = m * (m + 1) / 4 + normal_quantile(tail) * sd;
    return static_cast<std::size_t>(std::max(0.0, std::ceil(q)));
  }
  std::vector<double> probability(sums + 1, 0.0);
  probability[0] = 1;
  for (std::size_t rank = 1; rank <= n; ++rank)
    for (std::size_t sum = sums + 1; sum-- > 0;)
      probability[sum] = (probability[sum] + (sum >= rank ? probability[sum - rank] : 0.0)) / 2;
  double below = 0;
  for (std::size_t q = 0; q <= sums; ++q) {
    below += probability[q];
    if (below >= tail) return q;
  }
  return sums;
}

}  // namespace

double normal_quantile(double p) { return boost::math::quantile(boost::math::normal(), p); }
double normal_probability(double z) { return boost::math::cdf(boost::math::normal(), z); }

Interval wilson(std::int64_t successes, std::int64_t trials, double confidence) {
  if (!makes_sense(successes, trials)) return {0, 1};
  const double n = static_cast<double>(trials);
  const double p = static_cast<double>(successes) / n;
  const double z = normal_quantile(0.5 + confidence / 2);
  const double centre = p + z * z / (2 * n);
  const double half = z * std::sqrt(p * (1 - p) / n + z * z / (4 * n * n));
  const double scale = 1 + z * z / n;
  // The ends are exactly 0 and 1 there; rounding must not say otherwise.
  return {successes == 0 ? 0 : std::max(0.0, (centre - half) / scale),
          successes == trials ? 1 : std::min(1.0, (centre + half) / scale)};
}

Interval clopper_pearson(std::int64_t successes, std::int64_t trials, double confidence) {
  if (!makes_sense(successes, trials)) return {0, 1};
  const double k = static_cast<double>(successes);
  const double n = static_cast<double>(trials);
  const double tail = (1 - confidence) / 2;
  using boost::math::beta_distribution;
  const double low = successes == 0 ? 0 : quantile(beta_distribution<>(k, n - k + 1), tail);
  const double high =
      successes == trials ? 1 : quantile(complement(beta_distribution<>(k + 1, n - k), tail));
  return {low, high};
}

Estimate mean_interval(std::span<const double> values, double confidence) {
  const double centre = mean(values);
  if (values.size() < 2) return {centre, {-kInfinity, kInfinity}};
  const double n = static_cast<double>(values.size());
  const double t = boost::math::quantile(boost::math::students_t(n - 1), 0.5 + confidence / 2);
  const double half = t * standard_deviation(values) / std::sqrt(n);
  return {centre, {centre - half, centre + half}};
}

Ranks quantile_ranks(std::int64_t n, double q, double confidence) {
  if (n <= 0) return {0, 1};
  const double tail = (1 - confidence) / 2;
  // X_(r) lies above the quantile with P(B < r), below with P(B >= r), B binomial (n, q): the
  // outermost ranks whose tails are each small enough.
  const boost::math::binomial b(static_cast<double>(n), q);
  Ranks ranks{0, n + 1};
  std::int64_t from = 0;
  std::int64_t to = n;
  while (from < to) {  // the largest `low` with P(B < low) <= tail
    const std::int64_t middle = from + (to - from + 1) / 2;
    if (cdf(b, static_cast<double>(middle - 1)) <= tail) {
      from = middle;
    } else {
      to = middle - 1;
    }
  }
  ranks.low = from;
  from = 1;
  to = n + 1;
  while (from < to) {  // the smallest `high` with P(B >= high) <= tail
    const std::int64_t middle = from + (to - from) / 2;
    if (cdf(complement(b, static_cast<double>(middle - 1))) <= tail) {
      to = middle;
    } else {
      from = middle + 1;
    }
  }
  ranks.high = from;
  return ranks;
}

Estimate median_interval(std::span<const double> values, double confidence) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  const auto n = static_cast<std::int64_t>(sorted.size());
  const Ranks ranks = quantile_ranks(n, 0.5, confidence);
  Estimate estimate{median(values), {-kInfinity, kInfinity}};
  if (ranks.low >= 1) estimate.interval.low = sorted[static_cast<std::size_t>(ranks.low - 1)];
  if (ranks.high <= n) estimate.interval.high = sorted[static_cast<std::size_t>(ranks.high - 1)];
  return estimate;
}

Estimate signed_rank_interval(std::span<const double> values, double confidence) {
  Estimate estimate{hodges_lehmann(values), {-kInfinity, kInfinity}};
  const std::size_t rank = signed_rank_quantile(values.size(), (1 - confidence) / 2);
  if (values.empty() || rank == 0) return estimate;
  std::vector<double> averages;
  averages.reserve(values.size() * (values.size() + 1) / 2);
  for (std::size_t i = 0; i < values.size(); ++i)
    for (std::size_t j = i; j < values.size(); ++j) averages.push_back((values[i] + values[j]) / 2);
  std::sort(averages.begin(), averages.end());
  estimate.interval = {averages[rank - 1], averages[averages.size() - rank]};
  return estimate;
}

}  // namespace bhsim::stats
