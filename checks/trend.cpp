#include "checks/trend.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "framework/stats/trend.hpp"

namespace bhsim::checks {
namespace {

// The width of a slope's interval falls with the 1.5th power of the period when points come at a
// constant rate.
double periods_needed(const Trend& trend, double limit) {
  const double margin = std::abs(limit - trend.slope);
  const double half = (trend.interval.high - trend.interval.low) / 2;
  if (margin <= 0 || half <= margin) return margin <= 0 ? 10 : 1.1;
  return std::min(1000.0, std::pow(half / margin, 2.0 / 3.0));
}

// Whether y rose over more than half of the steps of x. Of points at one x the last counts: what
// belongs to it may come a moment later.
bool rises_step_by_step(const std::vector<TrendPoint>& points) {
  int steps = 0, risen = 0;
  std::optional<double> before;
  for (std::size_t i = 0; i < points.size(); ++i) {
    if (i + 1 < points.size() && points[i + 1].x == points[i].x) continue;
    if (before) {
      ++steps;
      if (points[i].y > *before) ++risen;
    }
    before = points[i].y;
  }
  return 2 * risen > steps;
}

}  // namespace

TrendFinding judge_trend(const std::vector<TrendPoint>& points, double limit,
                         const TrendRule& rule) {
  TrendFinding finding;
  finding.trend.points = points.size();
  if (points.size() < rule.fewest_points) {
    finding.longer = static_cast<double>(rule.fewest_points) /
                     static_cast<double>(std::max<std::size_t>(1, points.size()));
    return finding;
  }
  const auto [first, last] = std::ranges::minmax_element(points, {}, &TrendPoint::x);
  const double length = last->x - first->x;
  if (length <= 0) return finding;

  std::vector<double> values;
  std::vector<stats::Point> pairs;
  for (const auto& point : points) {
    pairs.push_back({point.x, point.y});
    values.push_back(point.y);
  }
  const auto fit = stats::theil_sen(pairs);
  const auto order = stats::mann_kendall(values);
  auto& trend = finding.trend;
  trend.slope = fit.slope;
  trend.interval = {fit.low, fit.high};
  trend.growth = fit.slope * length;
  trend.p = order.p_rising;

  const bool steps = rule.bursts > 0 && rises_step_by_step(points);
  const double least_leak = steps ? 0 : std::max(rule.least_growth, rule.bursts);
  const double harmless = steps ? 0 : rule.least_growth;
  if (fit.low > limit && trend.p < rule.p_rising && trend.growth > least_leak)
    finding.course = Course::rising;
  else if (fit.high <= limit || fit.high * length <= harmless)
    finding.course = Course::flat;
  else
    finding.course = Course::unclear;
  if (finding.course == Course::unclear) finding.longer = periods_needed(trend, limit);
  return finding;
}

}  // namespace bhsim::checks
