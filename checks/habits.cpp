// RES-01, RES-05 · phase-9.2 section 9.2.6: heap and CPU keep to habits of their own.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iterator>
#include <nlohmann/json.hpp>
#include <sstream>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/over_time.hpp"
#include "checks/trend.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/intervals.hpp"
#include "framework/stats/summary.hpp"
#include "framework/stats/trend.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;

// --- RES-01 ------------------------------------------------------------------------------------

constexpr std::size_t kFewestCollections = 8;
// What died in the old generation stays there until a full collection or a concurrent cycle cleans
// it: a heap that fills up between two of those is no heap that grows.
constexpr std::int64_t kFewestCleaned = 3;

struct Collections {
  std::vector<TrendPoint> left;  // x from 0 to 1 over the span, y in percent of the heap's size
  std::int64_t cleaned = 0;      // how often the old generation was
};

// What collections left of the heap, of the largest size that it had: a heap that shrinks is not
// fuller. A collection that reclaims nothing by design (remark, cleanup) tells nothing, and of the
// several that bhsim forces at once the first tells all.
Collections collections_in(const Plan& plan, const History& history, Span span) {
  const auto masks = fault_spans(plan, history);
  std::vector<Span> forced;
  for (const auto& window : history.windows(history::WindowKind::gc))
    forced.push_back({window.t0, window.t1});
  std::vector<const history::GcPause*> pauses;
  std::int64_t size = 0;
  Collections found;
  for (const auto& pause : history.gc()) {
    if (!span.contains(pause.t) || contains(masks, pause.t)) continue;
    if (!pause.forced && contains(forced, pause.t)) continue;
    const bool full = pause.kind.starts_with("Pause Full");
    if (full || pause.kind.starts_with("Pause Cleanup")) ++found.cleaned;
    if (!full && !pause.kind.starts_with("Pause Young")) continue;
    size = std::max(size, pause.capacity_bytes);
    pauses.push_back(&pause);
  }
  if (size <= 0) return {};
  for (const auto* pause : pauses)
    found.left.push_back(
        {to_seconds(pause->t - span.from) / to_seconds(span.length()),
         100 * static_cast<double>(pause->after_bytes) / static_cast<double>(size)});
  return found;
}

// How far the values lie from their line, by 95 of 100.
double distance_from_line(const std::vector<TrendPoint>& points) {
  std::vector<stats::Point> pairs;
  for (const auto& point : points) pairs.push_back({point.x, point.y});
  const auto line = stats::theil_sen(pairs);
  std::vector<double> distances;
  for (const auto& point : points)
    distances.push_back(std::abs(point.y - line.intercept - line.slope * point.x));
  return stats::quantile(distances, 0.95);
}

// --- RES-05 ------------------------------------------------------------------------------------

// A spike is a second with that much of a core more than usual, half as much again as usual, and
// beyond what the seconds of this load differ by. Of a warm JVM the JIT compiler and the collector
// take less than 0.25 now and then, measured; a machine that is shared takes time away and gives
// none.
constexpr double kSpikeCores = 0.4;
constexpr double kSpikeShare = 0.5;
constexpr double kSpikeDeviations = 6;
// So long a young JVM compiles, after a swap it compiles anew, and after a collection of the whole
// heap the collector puts its books in order.
constexpr Nanos kYoung = std::chrono::seconds(60);
constexpr Nanos kRecompiles = std::chrono::seconds(5);
constexpr Nanos kAfterCollection = std::chrono::seconds(2);
constexpr double kFewestCalmSeconds = 60;
// Once or twice may be the machine or the compiler; what recurs is a habit.
constexpr std::int64_t kChance = 2;

// Collections of the whole heap, by bhsim or by the JVM, whose concurrent work is the collector's:
// LOAD-04 judges that. A cycle begins with a young collection and ends with its cleanup.
std::vector<Span> whole_heap_collections(const History& history) {
  std::vector<Span> spans;
  for (const auto& window : history.windows(history::WindowKind::gc))
    spans.push_back({window.t0, window.t1 + kAfterCollection});
  std::optional<Time> cycle;
  for (const auto& pause : history.gc()) {
    const Time begin = pause.t - pause.pause;
    if (pause.kind.find("(Concurrent Start)") != std::string::npos) cycle = begin;
    const bool ends = pause.kind.starts_with("Pause Cleanup");
    if (ends || pause.kind.starts_with("Pause Full"))
      spans.push_back({ends ? cycle.value_or(begin) : begin, pause.t + kAfterCollection});
    if (ends) cycle.reset();
  }
  return spans;
}

std::vector<Span> calm_spans(const Plan& plan, const History& history, Span whole) {
  std::vector<Span> masks = swap_spans(plan, history);
  for (auto& mask : masks) mask.to += kRecompiles;
  std::ranges::copy(whole_heap_collections(history), std::back_inserter(masks));
  for (const auto& jvm : history.jvms())
    if (jvm.role == kLoadRole)
      masks.push_back({jvm.t_start, jvm.t_ready.value_or(jvm.t_start) + kYoung});
  return subtract(quiet_spans(plan, history, whole), std::move(masks));
}

struct Use {
  Span span;
  double cores = 0;
};

// Between neighbouring samples that lie in one span.
std::vector<Use> cpu_in(const History& history, const std::vector<Span>& spans) {
  std::vector<Use> uses;
  for (const auto& span : spans) {
    const auto points = points_in(history, series::kCpuApp, span);
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Span between{points[i - 1].t, points[i].t};
      const double seconds = to_seconds(between.length());
      const double grown = points[i].value - points[i - 1].value;
      if (seconds >= 0.5 && seconds <= 2 && grown >= 0)
        uses.push_back({between, grown / 1e9 / seconds});
    }
  }
  return uses;
}

struct Usual {
  double cores = 0;
  double spike = 0;  // from so many on
};

Usual usual_of(const std::vector<Use>& uses) {
  std::vector<double> cores;
  for (const auto& use : uses) cores.push_back(use.cores);
  const double usual = stats::median(cores);
  const double deviation = 1.4826 * stats::mad(cores);
  return {usual,
          usual + std::max({kSpikeCores, kSpikeShare * usual, kSpikeDeviations * deviation})};
}

// When it rose so high; seconds that follow each other are one spike.
std::vector<Time> spikes_in(const std::vector<Use>& uses, double least) {
  std::vector<Time> spikes;
  std::optional<Time> until;
  for (const auto& use : uses) {
    if (use.cores < least) continue;
    if (!until || use.span.from > *until) spikes.push_back(use.span.from);
    until = use.span.to;
  }
  return spikes;
}

// Of the application's container; nothing when nobody told. "0-2,5" are four.
std::optional<double> cores_of(const History& history) {
  const auto versions = history.fact(history::fact::kVersions);
  if (!versions || !versions->is_object()) return std::nullopt;
  const auto set = versions->value("application_cpuset", std::string());
  double cores = 0;
  std::istringstream ranges(set);
  for (std::string range; std::getline(ranges, range, ',');) {
    int first = 0, last = 0;
    const int numbers = std::sscanf(range.c_str(), "%d-%d", &first, &last);
    if (numbers < 1) return std::nullopt;
    cores += numbers == 2 ? last - first + 1 : 1;
  }
  return cores > 0 ? std::optional(cores) : std::nullopt;
}

}  // namespace

// RES-01. By what collections leave: what lies between them is garbage, whose amount the collector
// chooses. A heap that stabilises does not rise any more in the last half, and stays near its line.
Verdict heap_predictable(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  const auto life = whole ? longest_life(history, *whole) : std::nullopt;
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  const Span half{life->from + life->length() / 2, life->to};
  const auto found = collections_in(plan, history, half);
  const auto count = std::ssize(found.left);
  const auto longer = [&](double times) {
    return spoken(std::chrono::duration_cast<Nanos>(life->length() * std::min(times, 100.0)));
  };
  const auto told = [&](double value, std::string_view limit) {
    return compare(value, limit_of(plan, limit))
        .samples(count)
        .window(half)
        .evidence("gc",
                  within("t", half) + " AND (kind LIKE 'Pause Young%' OR kind LIKE 'Pause Full%')");
  };
  const TrendRule rule{.fewest_points = kFewestCollections};
  const auto course = judge_trend(found.left, limit_of(plan, "RES-01").value, rule);
  if (course.course == Course::too_little)
    return inconclusive(
               "{} collections in the last half of {}; {} are needed, about {} of the same", count,
               spoken(life->length()), kFewestCollections, longer(course.longer))
        .window(half);
  const auto& trend = course.trend;
  auto rise = told(trend.slope, "RES-01")
                  .because(
                      "what collections leave of the heap rises by {:.1f} % of its size "
                      "({:.1f} to {:.1f}) over the last half of {}",
                      trend.slope, trend.interval.low, trend.interval.high, spoken(life->length()))
                  .interval(trend.interval);
  if (course.course == Course::unclear)
    rise = std::move(rise)
               .but(Status::inconclusive)
               .also(": about {} would decide", longer(course.longer));
  const double distance = distance_from_line(found.left);
  auto band = told(distance, "RES-01.band")
                  .because(
                      "95 of 100 collections left the heap within {:.1f} % of its size "
                      "around that line",
                      distance);
  for (auto* part : {&rise, &band})
    if (part->status() == Status::fail && found.cleaned < kFewestCleaned)
      *part = std::move(*part)
                  .but(Status::inconclusive)
                  .also(
                      ", but the old generation was cleaned {} times, and {} would tell what of it "
                      "is garbage: about {}",
                      found.cleaned, kFewestCleaned,
                      longer(static_cast<double>(kFewestCleaned) /
                             static_cast<double>(std::max<std::int64_t>(1, found.cleaned))));
  return worst({std::move(rise), std::move(band)});
}

// RES-05. In seconds that nothing planned touches, of a JVM that is warm.
Verdict cpu_spikes_only_in_swaps(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto uses = cpu_in(history, calm_spans(plan, history, *whole));
  double seconds = 0;
  for (const auto& use : uses) seconds += to_seconds(use.span.length());
  const auto longer = [&](double times) {
    return spoken(std::chrono::duration_cast<Nanos>(whole->length() * std::min(times, 100.0)));
  };
  if (seconds < kFewestCalmSeconds)
    return inconclusive(
               "{:.0f} s of a warm JVM away from swaps, faults and collections; {:.0f} are needed, "
               "about {} of the same",
               seconds, kFewestCalmSeconds, longer(kFewestCalmSeconds / std::max(1.0, seconds)))
        .window(*whole);
  const auto usual = usual_of(uses);
  const auto cores = cores_of(history);
  if (cores && usual.spike > *cores)
    return inconclusive(
               "the usual {:.2f} of {:.0f} cores leave no room for a spike, which is {:.2f} or "
               "more: a lower load, or more cores, would tell",
               usual.cores, *cores, usual.spike)
        .window(*whole);
  const auto count = std::ssize(spikes_in(uses, usual.spike));
  const double hours = seconds / 3600;
  const auto share = stats::clopper_pearson(count, std::ssize(uses), kConfidence);
  const auto per_hour = [&](double part) {
    return part * static_cast<double>(uses.size()) / hours;
  };
  const double an_hour = static_cast<double>(count) / hours;
  const auto limit = limit_of(plan, "RES-05");
  auto finding = compare(an_hour, limit)
                     .because(
                         "{} spikes to {:.2f} cores or more, where {:.2f} are usual, in "
                         "{:.0f} s away from swaps, faults and collections",
                         count, usual.spike, usual.cores, seconds)
                     .samples(std::ssize(uses))
                     .interval({per_hour(share.low), per_hour(share.high)})
                     .window(*whole)
                     .evidence("sample", "series = 'cpu.app' AND " + within("t", *whole));
  const bool beyond_chance = count > kChance && !holds(per_hour(share.low), limit);
  if (finding.status() != Status::fail || beyond_chance) return finding;
  return std::move(finding)
      .but(Status::inconclusive)
      .also(", which may be chance: about {} would tell",
            longer(an_hour / std::max(limit.value, 0.1)));
}

}  // namespace bhsim::checks
