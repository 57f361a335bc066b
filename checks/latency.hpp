#pragma once
// Latencies of many requests: histograms merged, never percentiles averaged.

#include <string>
#include <vector>

#include "checks/select.hpp"

namespace bhsim::checks {

// Values in seconds.
struct Quantile {
  double value = 0;
  Interval interval;  // 95 %, by the ranks that a binomial count would take
  std::int64_t samples = 0;
};

// `percent` of the corrected latencies (from the planned start) of those rows; requests that never
// ended have waited for the timeout at least, and are in the histograms or not as the load engine
// says. Nothing when there is no histogram; throws std::invalid_argument when one cannot be read.
std::optional<Quantile> corrected_quantile(const std::vector<const LoadSecond*>& rows,
                                           double percent);

// The same of the generator's lag in a span, and in one second.
std::optional<Quantile> lag_quantile(const History& history, Span span, double percent);
std::optional<Quantile> lag_quantile(const history::GeneratorSecond& second, double percent);

// The starts of those seconds in which that lag was at most `seconds` at `percent`, ascending; also
// of those in which nothing was sent while a connection was free: those a target has stalled.
std::vector<Time> seconds_with_lag_within(const History& history, double seconds, double percent);

// Of plain values, ascending; by nearest rank.
Quantile quantile(const std::vector<double>& ascending, double percent);

// How much worse the upper quartile is than the lower one, as percent of the lower, or of `least`
// where that is larger: a spread of microseconds is not unpredictable. By the lower one, not the
// median, which lies in the slow mode as soon as half of the values do. At least four values, in
// any order.
double quartile_spread_percent(std::vector<double> values, double least);

}  // namespace bhsim::checks
