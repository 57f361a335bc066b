#include "checks/creep.hpp"

#include <algorithm>
#include <cmath>

#include "framework/stats/trend.hpp"

namespace bhsim::checks {
namespace {

constexpr double kWide = 0.99;
constexpr double kRising = 0.01;

}  // namespace

Creep creep_of(const std::vector<TrendPoint>& windows, double least) {
  std::vector<stats::Point> points;
  std::vector<double> values;
  for (const auto& window : windows) {
    points.push_back({window.x, window.y});
    values.push_back(window.y);
  }
  const double factor = stats::autocorrelation_factor(values);
  const auto fit = stats::theil_sen(points, kConfidence, factor);
  const auto wide = stats::theil_sen(points, kWide, factor);
  const double length = windows.back().x - windows.front().x;
  const double at_first = fit.intercept + fit.slope * windows.front().x;
  const double scale = 100 * length / std::max(at_first, least);
  return {.percent = fit.slope * scale,
          .interval = {fit.low * scale, fit.high * scale},
          .wide = {wide.low * scale, wide.high * scale},
          .p_rising = stats::mann_kendall(values, factor).p_rising,
          .windows = windows.size()};
}

CreepCourse course_of(const Creep& creep, double limit_percent) {
  if (creep.wide.low > limit_percent && creep.p_rising < kRising) return CreepCourse::growing;
  if (creep.interval.high < limit_percent) return CreepCourse::steady;
  return CreepCourse::unclear;
}

double longer_for(const Creep& creep, double limit_percent) {
  const double margin = std::abs(limit_percent - creep.percent);
  const double half = (creep.interval.high - creep.interval.low) / 2;
  if (!std::isfinite(half)) return 2;
  // Nobody waits for more than a hundred times as long, and a little more is always needed.
  return std::clamp(margin > 0 ? half * half / (margin * margin) : 100, 1.1, 100.0);
}

}  // namespace bhsim::checks
