#include "framework/stats/trend.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <vector>

#include "framework/stats/intervals.hpp"
#include "framework/stats/summary.hpp"

namespace bhsim::stats {
namespace {

// Groups of neighbours in order of x, as many groups as allowed, each replaced by its medians.
std::vector<Point> condensed(std::span<const Point> points) {
  std::vector<Point> sorted(points.begin(), points.end());
  std::stable_sort(sorted.begin(), sorted.end(), [](Point a, Point b) { return a.x < b.x; });
  if (sorted.size() <= kMostTheilSen) return sorted;
  std::vector<Point> result;
  result.reserve(kMostTheilSen);
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t group = 0; group < kMostTheilSen; ++group) {
    const std::size_t from = group * sorted.size() / kMostTheilSen;
    const std::size_t to = (group + 1) * sorted.size() / kMostTheilSen;
    x.clear();
    y.clear();
    for (std::size_t i = from; i < to; ++i) {
      x.push_back(sorted[i].x);
      y.push_back(sorted[i].y);
    }
    result.push_back({median(x), median(y)});
  }
  return result;
}

// The sum of a term over the sizes of the groups of equal values.
template <typename Term>
double sum_over(const std::map<double, std::int64_t>& groups, Term term) {
  double sum = 0;
  for (const auto& [value, count] : groups) sum += term(static_cast<double>(count));
  return sum;
}

// Var(S) of Kendall's S when either variable has ties.
double variance_of_s(const std::vector<Point>& points) {
  std::map<double, std::int64_t> x;
  std::map<double, std::int64_t> y;
  for (const auto& p : points) {
    ++x[p.x];
    ++y[p.y];
  }
  const double n = static_cast<double>(points.size());
  const auto v = [](double t) { return t * (t - 1) * (2 * t + 5); };
  const auto pairs = [](double t) { return t * (t - 1); };
  const auto triples = [](double t) { return t * (t - 1) * (t - 2); };
  double variance = (v(n) - sum_over(x, v) - sum_over(y, v)) / 18;
  if (n > 2) variance += sum_over(x, triples) * sum_over(y, triples) / (9 * triples(n));
  if (n > 1) variance += sum_over(x, pairs) * sum_over(y, pairs) / (2 * pairs(n));
  return std::max(0.0, variance);
}

// Ranks from 1, of equal values their mean.
std::vector<double> ranks_of(const std::vector<double>& values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](auto a, auto b) { return values[a] < values[b]; });
  std::vector<double> ranks(values.size());
  for (std::size_t from = 0; from < order.size();) {
    std::size_t to = from + 1;
    while (to < order.size() && values[order[to]] == values[order[from]]) ++to;
    for (std::size_t i = from; i < to; ++i)
      ranks[order[i]] = static_cast<double>(from + to + 1) / 2;
    from = to;
  }
  return ranks;
}

int sign(double d) { return d > 0 ? 1 : (d < 0 ? -1 : 0); }

}  // namespace

Slope theil_sen(std::span<const Point> points, double confidence, double variance_factor) {
  const std::vector<Point> used = condensed(points);
  std::vector<double> slopes;
  slopes.reserve(used.size() * (used.size() + 1) / 2);
  for (std::size_t i = 0; i < used.size(); ++i) {
    for (std::size_t j = i + 1; j < used.size(); ++j) {
      const double dx = used[j].x - used[i].x;
      if (dx > 0) slopes.push_back((used[j].y - used[i].y) / dx);
    }
  }
  Slope result;
  result.points = static_cast<std::int64_t>(points.size());
  if (slopes.empty()) {
    result.slope = result.intercept = std::numeric_limits<double>::quiet_NaN();
    result.low = -kInfinity;
    result.high = kInfinity;
    return result;
  }
  std::sort(slopes.begin(), slopes.end());
  const auto n = static_cast<std::int64_t>(slopes.size());
  const auto middle = static_cast<std::size_t>(n / 2);
  result.slope = n % 2 == 1 ? slopes[middle] : (slopes[middle - 1] + slopes[middle]) / 2;
  // Sen: the M1-th smallest and (M2+1)-th smallest slope, M = (n -+ C) / 2 with C = z sqrt(Var S);
  // rounded outwards.
  const double c =
      normal_quantile(0.5 + confidence / 2) * std::sqrt(variance_of_s(used) * variance_factor);
  const auto below = static_cast<std::int64_t>(std::floor((static_cast<double>(n) - c) / 2));
  result.low = below >= 1 ? slopes[static_cast<std::size_t>(below - 1)] : -kInfinity;
  result.high = below >= 1 ? slopes[static_cast<std::size_t>(n - below)] : kInfinity;
  std::vector<double> residuals;
  residuals.reserve(used.size());
  for (const auto& p : used) residuals.push_back(p.y - result.slope * p.x);
  result.intercept = median(residuals);
  return result;
}

MannKendall mann_kendall(std::span<const double> values, double variance_factor) {
  std::vector<Point> points;
  points.reserve(values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    points.push_back({static_cast<double>(i), values[i]});
  points = condensed(points);
  MannKendall result;
  for (std::size_t i = 0; i < points.size(); ++i) {
    for (std::size_t j = i + 1; j < points.size(); ++j) result.s += sign(points[j].y - points[i].y);
  }
  result.variance = variance_of_s(points) * variance_factor;
  if (result.variance <= 0) return result;
  const double s = static_cast<double>(result.s);
  const double deviation = std::sqrt(result.variance);
  result.z = (s - sign(s)) / deviation;
  // One-sided with the correction of its own side, so that both are conservative.
  result.p_rising = normal_probability(-(s - 1) / deviation);
  result.p_falling = normal_probability((s + 1) / deviation);
  result.p_two_sided = std::min(1.0, 2 * normal_probability(-std::abs(result.z)));
  return result;
}

double autocorrelation_factor(std::span<const double> values) {
  if (values.size() < 4) return 1;
  std::vector<Point> points;
  for (std::size_t i = 0; i < values.size(); ++i)
    points.push_back({static_cast<double>(i), values[i]});
  points = condensed(points);
  const double slope = theil_sen(points).slope;
  std::vector<double> rest;
  rest.reserve(points.size());
  for (const auto& p : points) rest.push_back(p.y - slope * p.x);
  auto ranks = ranks_of(rest);
  const double centre = mean(ranks);
  double squares = 0;
  for (auto& rank : ranks) {
    rank -= centre;
    squares += rank * rank;
  }
  if (squares <= 0) return 1;
  const double n = static_cast<double>(ranks.size());
  double sum = 0;
  for (std::size_t lag = 1; lag + 2 < ranks.size(); ++lag) {
    double products = 0;
    for (std::size_t i = 0; i + lag < ranks.size(); ++i) products += ranks[i] * ranks[i + lag];
    if (products <= 0) break;
    const double left = n - static_cast<double>(lag);
    sum += left * (left - 1) * (left - 2) * products / squares;
  }
  return 1 + 2 * sum / (n * (n - 1) * (n - 2));
}

}  // namespace bhsim::stats
