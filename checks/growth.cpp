#include "checks/growth.hpp"

#include <algorithm>

#include "checks/limits.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;

// The newest value of a series at an instant; nothing before the first.
class Latest {
 public:
  explicit Latest(const std::vector<Point>& points) : points_(points) {}
  std::optional<double> at(Time t) {
    while (next_ < points_.size() && points_[next_].t <= t) ++next_;
    if (next_ == 0) return std::nullopt;
    return points_[next_ - 1].value;
  }

 private:
  const std::vector<Point>& points_;
  std::size_t next_ = 0;
};

// The most that the heap had held, at each instant at which it held more than ever before.
std::vector<Point> highest_heap(const History& history, Time from) {
  std::vector<Point> held;
  for (const auto& point : history.samples(series::kHeapUsed)) held.push_back(point);
  for (const auto& pause : history.gc())
    held.push_back({pause.t, static_cast<double>(pause.before_bytes)});
  std::erase_if(held, [from](const Point& point) { return point.t < from; });
  std::ranges::stable_sort(held, {}, &Point::t);
  std::vector<Point> highest;
  for (const auto& point : held)
    if (highest.empty() || point.value > highest.back().value) highest.push_back(point);
  return highest;
}

// The JVM whose life it is.
Time start_of(const History& history, Span life) {
  Time start = life.from;
  for (const auto& jvm : history.jvms())
    if (jvm.role == kLoadRole && jvm.t_start <= life.from) start = jvm.t_start;
  return start;
}

}  // namespace

std::optional<Span> even_time(const Plan& plan, const History& history) {
  const auto span = swapping(plan, history);
  return span ? longest_life(history, *span) : std::nullopt;
}

Verdict growth_verdict(const TrendFinding& found, const config::Limit& limit, const Growing& of,
                       Span life, const TrendRule& rule, std::string_view rate) {
  const auto& trend = found.trend;
  const auto longer = [&] {
    return spoken(std::chrono::duration_cast<Nanos>(life.length() * found.longer));
  };
  if (found.course == Course::too_little)
    return inconclusive("{} values of {} in {}; {} are needed, about {} of the same", trend.points,
                        of.what, spoken(life.length()), rule.fewest_points, longer())
        .window(life)
        .evidence("sample", of.evidence);
  auto verdict = compare(trend.slope, limit)
                     .because("growth of {}: {:.3g} {} {} ({:.3g} to {:.3g}), {:.3g} in {}",
                              of.what, trend.slope, of.unit, rate, trend.interval.low,
                              trend.interval.high, trend.growth, spoken(life.length()))
                     .samples(static_cast<std::int64_t>(trend.points))
                     .interval(trend.interval)
                     .window(life)
                     .evidence("sample", of.evidence);
  if (found.course == Course::rising) return std::move(verdict).but(Status::fail);
  if (found.course == Course::flat && !holds(trend.slope, limit))
    return std::move(verdict)
        .but(Status::pass)
        .also("; not above {:.3g} {} in all, what a healthy JVM grows by itself", rule.least_growth,
              of.unit);
  if (found.course == Course::flat) return std::move(verdict).but(Status::pass);
  return std::move(verdict).but(Status::inconclusive).also(": about {} would decide", longer());
}

Verdict hourly_growth(const Plan& plan, const Growing& of, const std::vector<Point>& points,
                      double scale, Span life, const TrendRule& rule) {
  std::vector<TrendPoint> pairs;
  for (const auto& point : thinned(points, life, kBuckets))
    pairs.push_back({to_seconds(point.t - life.from) / 3600, point.value * scale});
  const auto limit = limit_of(plan, of.limit);
  return growth_verdict(judge_trend(pairs, limit.value, rule), limit, of, life, rule, "an hour");
}

std::vector<Point> resident_beyond_heap(const Plan& plan, const History& history, Span life) {
  const auto highest = highest_heap(history, start_of(history, life));
  Latest held(highest);
  Latest committed(history.samples(series::kHeapCommitted));
  std::vector<Point> beyond;
  for (const auto& point : points_outside_faults(plan, history, series::kRss, life)) {
    const auto most = held.at(point.t);
    const auto limit = committed.at(point.t);
    if (most && limit) beyond.push_back({point.t, point.value - std::min(*most, *limit)});
  }
  return beyond;
}

}  // namespace bhsim::checks
