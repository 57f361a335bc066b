#pragma once
// What describes a sample of numbers. Pure; none may hold a NaN.

#include <span>
#include <utility>

namespace bhsim::stats {

// Quantile `q` (0 to 1) by linear interpolation between the order statistics (type 7 of Hyndman and
// Fan, what R and NumPy do by default). NaN when there are no values.
double quantile(std::span<const double> values, double q);
double median(std::span<const double> values);
double mean(std::span<const double> values);
// Of the sample (n - 1). NaN with fewer than two values.
double standard_deviation(std::span<const double> values);
// Median absolute deviation from the median, as it is: times 1.4826 it estimates a normal
// distribution's sigma.
double mad(std::span<const double> values);
// The median of all pairwise means (i <= j): a centre that is robust and nearly as efficient as the
// mean. Quadratic in time and memory: at most kMostHodgesLehmann values are used, evenly chosen
// from the sorted ones when there are more.
double hodges_lehmann(std::span<const double> values);
inline constexpr std::size_t kMostHodgesLehmann = 2000;
// ln(a / b); NaN unless both are above 0. Its mean over pairs, raised again, is a ratio that does
// not depend on which is first.
double log_ratio(double a, double b);
// The median of log_ratio over those pairs of which both numbers are above 0; NaN without any.
double median_log_ratio(std::span<const std::pair<double, double>> pairs);

}  // namespace bhsim::stats
