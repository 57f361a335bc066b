#include "framework/stats/summary.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

namespace bhsim::stats {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

double quantile(std::span<const double> values, double q) {
  if (values.empty()) return kNaN;
  std::vector<double> copy(values.begin(), values.end());
  const double place = std::clamp(q, 0.0, 1.0) * static_cast<double>(copy.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(place);
  std::nth_element(copy.begin(), copy.begin() + below, copy.end());
  const double low = copy[static_cast<std::size_t>(below)];
  const double fraction = place - static_cast<double>(below);
  if (fraction == 0) return low;
  const double high = *std::min_element(copy.begin() + below + 1, copy.end());
  return low + fraction * (high - low);
}

double median(std::span<const double> values) { return quantile(values, 0.5); }

double mean(std::span<const double> values) {
  if (values.empty()) return kNaN;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

double standard_deviation(std::span<const double> values) {
  if (values.size() < 2) return kNaN;
  const double centre = mean(values);
  double sum = 0;
  for (const double v : values) sum += (v - centre) * (v - centre);
  return std::sqrt(sum / static_cast<double>(values.size() - 1));
}

double mad(std::span<const double> values) {
  const double centre = median(values);
  std::vector<double> distances;
  distances.reserve(values.size());
  for (const double v : values) distances.push_back(std::abs(v - centre));
  return median(distances);
}

double hodges_lehmann(std::span<const double> values) {
  std::vector<double> sorted(values.begin(), values.end());
  std::sort(sorted.begin(), sorted.end());
  if (sorted.size() > kMostHodgesLehmann) {
    std::vector<double> chosen;
    for (std::size_t i = 0; i < kMostHodgesLehmann; ++i)
      chosen.push_back(sorted[(2 * i + 1) * sorted.size() / (2 * kMostHodgesLehmann)]);
    sorted = std::move(chosen);
  }
  std::vector<double> means;
  means.reserve(sorted.size() * (sorted.size() + 1) / 2);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    for (std::size_t j = i; j < sorted.size(); ++j) means.push_back((sorted[i] + sorted[j]) / 2);
  }
  return median(means);
}

double log_ratio(double a, double b) { return a > 0 && b > 0 ? std::log(a / b) : kNaN; }

double median_log_ratio(std::span<const std::pair<double, double>> pairs) {
  std::vector<double> ratios;
  for (const auto& [a, b] : pairs)
    if (a > 0 && b > 0) ratios.push_back(log_ratio(a, b));
  return median(ratios);
}

}  // namespace bhsim::stats
