#pragma once
// Trends that one outlier cannot make or hide.

#include <cstdint>
#include <span>

namespace bhsim::stats {

struct Point {
  double x = 0;
  double y = 0;
};

// Slope and intercept by Theil and Sen: the median of the slopes of all pairs, with Sen's interval
// (1968; ties of y and equal x corrected). Quadratic: with more points than kMostTheilSen,
// neighbours are first condensed to their medians, which keeps slope and robustness and widens the
// interval a little. With fewer than two different x: slope NaN.
struct Slope {
  double slope = 0;  // y for each x
  double low = 0;    // the interval; infinite where n is too small for the confidence
  double high = 0;
  double intercept = 0;  // median of y - slope * x
  std::int64_t points = 0;
};
// `variance_factor` widens the interval where the values depend on their neighbours (see below).
Slope theil_sen(std::span<const Point> points, double confidence = 0.95,
                double variance_factor = 1);
inline constexpr std::size_t kMostTheilSen = 1500;

// Mann and Kendall's test for a monotonic trend in a series in order of time, corrected for ties,
// with continuity correction; the normal approximation holds from about ten values on. Condensed
// like theil_sen beyond kMostTheilSen values.
struct MannKendall {
  std::int64_t s = 0;   // concordant minus discordant pairs
  double variance = 0;  // of s
  double z = 0;
  double p_rising = 1;   // one-sided: small when the values rise
  double p_falling = 1;  // one-sided: small when the values fall
  double p_two_sided = 1;
};
MannKendall mann_kendall(std::span<const double> values, double variance_factor = 1);

// By how much the variance of Kendall's S is larger than that of independent values, when what
// disturbs one value disturbs its neighbours as well: Hamed and Rao (1998), of the ranks without
// their trend, over the lags up to the first whose autocorrelation is not positive. At least 1, and
// 1 with fewer than four values: neighbours that alternate never make a test sharper.
double autocorrelation_factor(std::span<const double> values);

}  // namespace bhsim::stats
