#include "checks/latency.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "framework/stats/histogram.hpp"
#include "framework/stats/intervals.hpp"
#include "framework/stats/summary.hpp"

namespace bhsim::checks {
namespace {

void merge(stats::Histogram& into, const std::string& bytes) {
  if (bytes.empty()) return;
  const auto decoded = stats::Histogram::decode(bytes);
  if (!decoded)
    throw std::invalid_argument("a histogram cannot be read: " + decoded.error().message);
  into.merge(*decoded);
}

std::optional<Quantile> quantile_of(const stats::Histogram& histogram, double percent) {
  if (histogram.empty()) return std::nullopt;
  const auto n = static_cast<std::int64_t>(histogram.count());
  const auto ranks = stats::quantile_ranks(n, percent / 100, kConfidence);
  const auto at_rank = [&](std::int64_t rank) {
    const double share =
        static_cast<double>(std::clamp<std::int64_t>(rank, 1, n)) / static_cast<double>(n);
    return to_seconds(histogram.percentile(100 * share));
  };
  return Quantile{
      to_seconds(histogram.percentile(percent)), {at_rank(ranks.low), at_rank(ranks.high)}, n};
}

}  // namespace

std::optional<Quantile> corrected_quantile(const std::vector<const LoadSecond*>& rows,
                                           double percent) {
  stats::Histogram all;
  for (const auto* row : rows) merge(all, row->corrected);
  return quantile_of(all, percent);
}

std::optional<Quantile> lag_quantile(const History& history, Span span, double percent) {
  stats::Histogram all;
  for (const auto& second : history.generator())
    if (span.contains(second.t)) merge(all, second.lag);
  return quantile_of(all, percent);
}

std::optional<Quantile> lag_quantile(const history::GeneratorSecond& second, double percent) {
  stats::Histogram lag;
  merge(lag, second.lag);
  return quantile_of(lag, percent);
}

std::vector<Time> seconds_with_lag_within(const History& history, double seconds, double percent) {
  std::vector<Time> within;
  for (const auto& second : history.generator()) {
    const auto found = lag_quantile(second, percent);
    if (!found || found->value <= seconds) within.push_back(second.t);
  }
  std::ranges::sort(within);
  return within;
}

Quantile quantile(const std::vector<double>& ascending, double percent) {
  if (ascending.empty()) throw std::invalid_argument("a quantile of no values");
  const auto n = static_cast<std::int64_t>(ascending.size());
  const auto value = [&](std::int64_t rank) {
    return ascending[static_cast<std::size_t>(std::clamp<std::int64_t>(rank, 1, n) - 1)];
  };
  const auto ranks = stats::quantile_ranks(n, percent / 100, kConfidence);
  const auto rank = static_cast<std::int64_t>(std::ceil(percent / 100 * static_cast<double>(n)));
  return {value(rank), {value(ranks.low), value(ranks.high)}, n};
}

double quartile_spread_percent(std::vector<double> values, double least) {
  if (values.size() < 4) throw std::invalid_argument("quartiles of fewer than four values");
  const double lower = stats::quantile(values, 0.25);
  const double spread = stats::quantile(values, 0.75) - lower;
  const double base = std::max(lower, least);
  return base <= 0 ? 0 : 100 * spread / base;
}

}  // namespace bhsim::checks
