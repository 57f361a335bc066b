// PERF-09 · criteria "Performance": no performance degradation over time. How and why:
// docs/decisions/012-when-a-run-degrades.md.

#include <algorithm>
#include <cmath>

#include "checks/creep.hpp"
#include "checks/families.hpp"
#include "checks/latency.hpp"
#include "checks/limits.hpp"
#include "checks/over_time.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/summary.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;

// A window is made of that many quiet seconds and requests at least.
constexpr std::size_t kFewestQuietSeconds = 5;
constexpr std::int64_t kFewestRequests = 200;
// Beyond this the host's speed itself moved too much for what is divided by it.
constexpr double kMostSpinSpread = 25;  // %, upper quartile beyond the lower one

// What is made of one second.
struct QuietSecond {
  double x = 0;               // when, of the whole time, 0 to 1
  double cpu = 0;             // of the application, seconds a request, at the host's usual speed
  double generator = 0;       // the generator's own, seconds a request
  std::optional<double> p99;  // seconds, without the generator's lag
  std::int64_t planned = 0;
  std::int64_t within_slo = 0;
};

struct QuietWindow {
  double x = 0;  // the mean of its seconds
  std::vector<QuietSecond> seconds;
};

std::int64_t planned_in(const QuietWindow& window) {
  std::int64_t sum = 0;
  for (const auto& second : window.seconds) sum += second.planned;
  return sum;
}

// The host's speed near each second, as how much longer a fixed piece of work took than usual.
class HostSpeed {
 public:
  explicit HostSpeed(const History& history, Span life)
      : spins_(points_in(history, series::kHostSpin, life)) {
    std::vector<double> values;
    for (const auto& spin : spins_) values.push_back(spin.value);
    if (values.size() < 4) return;
    usual_ = stats::median(values);
    spread_ = quartile_spread_percent(values, 0);
  }
  [[nodiscard]] bool known() const { return usual_ > 0; }
  [[nodiscard]] double spread_percent() const { return spread_; }
  [[nodiscard]] double slower_at(Time t) const {
    std::vector<double> near;
    auto spin = std::ranges::lower_bound(spins_, t - kNear, {}, &Point::t);
    for (; spin != spins_.end() && spin->t <= t + kSecond + kNear; ++spin)
      near.push_back(spin->value);
    return near.empty() ? 1 : stats::median(near) / usual_;
  }

 private:
  static constexpr Nanos kNear = std::chrono::seconds(2);
  std::vector<Point> spins_;
  double usual_ = 0;
  double spread_ = 0;
};

std::vector<QuietSecond> quiet_seconds(const Plan& plan, const History& history, Span life,
                                       const HostSpeed& host) {
  std::vector<QuietSecond> quiet;
  const Counter cpu(history, series::kCpuApp);
  for (const auto& second : seconds_of(history, quiet_spans(plan, history, life))) {
    const auto used = cpu.grown({second.t, second.t + kSecond});
    if (!used || second.planned == 0) continue;
    const auto requests = static_cast<double>(second.planned);
    quiet.push_back(
        {.x = to_seconds(second.t - life.from) / to_seconds(life.length()),
         .cpu = *used / 1e9 / requests / host.slower_at(second.t),
         .generator = second.generator != nullptr ? second.generator->cpu_share / requests : 0,
         .p99 = p99_beyond_lag(second),
         .planned = second.planned,
         .within_slo = second.within_slo});
  }
  return quiet;
}

// As many windows as a creep is seen in at most, of equally many quiet seconds each, wherever they
// lie.
std::vector<QuietWindow> windows_of(const std::vector<QuietSecond>& quiet) {
  std::vector<QuietWindow> windows;
  std::int64_t planned = 0;
  for (const auto& second : quiet) planned += second.planned;
  if (planned == 0) return windows;
  const std::size_t for_requests = quiet.size() * kFewestRequests / planned + 1;
  const std::size_t size =
      std::max({kFewestQuietSeconds, for_requests, quiet.size() / kMostWindowsOfCreep + 1});
  for (std::size_t from = 0; from + size <= quiet.size(); from += size) {
    const auto first = quiet.begin() + static_cast<std::ptrdiff_t>(from);
    QuietWindow window{0, {first, first + static_cast<std::ptrdiff_t>(size)}};
    for (const auto& second : window.seconds) window.x += second.x / static_cast<double>(size);
    windows.push_back(std::move(window));
  }
  return windows;
}

// The figure of each window that has one.
template <typename Figure>
std::vector<TrendPoint> points_of(const std::vector<QuietWindow>& windows, Figure figure) {
  std::vector<TrendPoint> points;
  for (const auto& window : windows)
    if (const std::optional<double> value = figure(window)) points.push_back({window.x, *value});
  return points;
}

// By the lower quartile of the seconds: collections, the JIT compiler and neighbours only add.
std::optional<double> cpu_of(const QuietWindow& window, double QuietSecond::*figure) {
  std::vector<double> values;
  for (const auto& second : window.seconds) values.push_back(second.*figure);
  return stats::quantile(values, 0.25);
}

std::optional<double> p99_of(const QuietWindow& window) {
  std::vector<double> values;
  for (const auto& second : window.seconds)
    if (second.p99) values.push_back(*second.p99);
  if (2 * values.size() <= window.seconds.size()) return std::nullopt;
  return stats::median(values);
}

std::optional<double> missed_of(const QuietWindow& window) {
  std::int64_t kept = 0;
  for (const auto& second : window.seconds) kept += second.within_slo;
  return 1 - static_cast<double>(kept) / static_cast<double>(planned_in(window));
}

struct Part {
  std::string_view what;
  std::vector<TrendPoint> points;
  double least = 0;  // creep_of
};

Finding judged(const Part& part, const config::Limit& limit, Span life) {
  if (part.points.size() < kFewestWindowsOfCreep) {
    const double longer = static_cast<double>(kFewestWindowsOfCreep) /
                          static_cast<double>(std::max<std::size_t>(1, part.points.size()));
    return inconclusive(
               "{} windows of quiet seconds tell of {}; {} are needed, about {} of the same",
               part.points.size(), part.what, kFewestWindowsOfCreep,
               spoken(std::chrono::duration_cast<Nanos>(life.length() * longer)))
        .window(life);
  }
  const auto creep = creep_of(part.points, part.least);
  auto finding =
      compare(creep.percent, limit)
          .because("{} changed by {:+.1f} % ({:+.1f} to {:+.1f}) in {}", part.what, creep.percent,
                   creep.interval.low, creep.interval.high, spoken(life.length()))
          .samples(static_cast<std::int64_t>(creep.windows))
          .interval(creep.interval)
          .window(life);
  switch (course_of(creep, limit.value)) {
    case CreepCourse::growing:
      return std::move(finding).but(Status::fail);
    case CreepCourse::steady:
      return std::move(finding).but(Status::pass);
    case CreepCourse::unclear:
      break;
  }
  const auto enough =
      std::chrono::duration_cast<Nanos>(life.length() * longer_for(creep, limit.value));
  return std::move(finding)
      .but(Status::inconclusive)
      .also(", which the machine's own ups and downs may be: about {} would decide",
            spoken(enough));
}

// The generator does the same work for each request all the time: when its cost rises as well, it
// is the machine that grows slower.
Finding judged_cpu(const std::vector<QuietWindow>& windows, const HostSpeed& host,
                   const config::Limit& limit, Span life) {
  const auto of_application =
      points_of(windows, [](const auto& w) { return cpu_of(w, &QuietSecond::cpu); });
  auto finding = judged({"CPU a request", of_application, 0}, limit, life);
  if (finding.status() == Status::inconclusive) return finding;
  if (host.spread_percent() > kMostSpinSpread)
    return std::move(finding)
        .but(Status::inconclusive)
        .also(", but the host's own speed varied by {:.0f} %", host.spread_percent());
  if (finding.status() != Status::fail) return finding;
  auto beside = of_application;
  const auto of_generator =
      points_of(windows, [](const auto& w) { return cpu_of(w, &QuietSecond::generator); });
  for (std::size_t i = 0; i < beside.size(); ++i) {
    if (of_generator[i].y <= 0)
      return std::move(finding)
          .but(Status::inconclusive)
          .also(", but nothing tells whether the machine as such grew slower");
    beside[i].y /= of_generator[i].y;
  }
  if (course_of(creep_of(beside, 0), limit.value) == CreepCourse::growing) return finding;
  return std::move(finding)
      .but(Status::inconclusive)
      .also(", but the load generator's own CPU a request rose as well: the machine grew slower");
}

}  // namespace

// PERF-09. Three figures, in windows without swaps and faults of the longest life of the JVM: CPU a
// request, p99, and the share of requests that missed the objective. An application that takes
// fewer milliseconds than anybody notices may take twice as few: a p99 is held against a quarter of
// the objective at least, and goodput against all that was planned.
Verdict no_degradation(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  const auto life = whole ? longest_life(history, *whole) : std::nullopt;
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  const HostSpeed host(history, *life);
  if (!host.known())
    return missing("sample of 'host.spin'", "bhsim measures the host's speed each second")
        .window(*life);
  const auto windows = windows_of(quiet_seconds(plan, history, *life, host));
  const auto limit = limit_of(plan, "PERF-09");
  std::vector<Verdict> parts;
  parts.push_back(
      judged_cpu(windows, host, limit, *life)
          .evidence("sample", "series IN ('cpu.app', 'host.spin') AND " + within("t", *life)));
  parts.push_back(
      judged({"p99", points_of(windows, p99_of), to_seconds(plan.load.slo) / 4}, limit, *life)
          .evidence("load_second", within("t", *life)));
  parts.push_back(
      judged({"the share of requests that missed the objective", points_of(windows, missed_of), 1},
             limit, *life));
  return worst(std::move(parts));
}

}  // namespace bhsim::checks
