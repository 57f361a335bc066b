// RES · phase-9.2 section 9.2.6.

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "checks/families.hpp"
#include "checks/growth.hpp"
#include "checks/latency.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/intervals.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;
namespace fact = history::fact;

using namespace std::chrono_literals;

constexpr Nanos kMetricsRow = std::chrono::seconds(10);  // phase-9.2: `sleep 10`

std::vector<double> ascending(const std::vector<Point>& points) {
  std::vector<double> values;
  for (const auto& point : points) values.push_back(point.value);
  std::ranges::sort(values);
  return values;
}

// Samples come once a second; half of them say where a series was.
std::optional<std::string> sample_gap(std::string_view series, std::size_t samples, Nanos watched) {
  const double seconds = to_seconds(watched);
  if (static_cast<double>(samples) >= 0.5 * seconds) return std::nullopt;
  return fmt::format("only {} samples of '{}' in {:.0f} s", samples, series, seconds);
}

// So much of it.
Nanos outside_faults(const Plan& plan, const History& history, Span span) {
  return total(subtract({span}, fault_spans(plan, history)));
}

// What share of the ten-second slots has a sample of each column of resource-metrics.csv.
double slots_with_samples(const Plan& plan, const History& history, Span whole) {
  constexpr std::array<std::string_view, 4> kColumns = {series::kContainerMemory, series::kCpuApp,
                                                        series::kThreads, series::kDescriptors};
  std::int64_t slots = 0;
  std::int64_t filled = 0;
  for (const auto& span : undisturbed(plan, history, whole)) {
    for (Time t = span.from; t + kMetricsRow <= span.to; t += kMetricsRow) {
      ++slots;
      const auto has = [&](std::string_view column) {
        const auto& all = history.samples(column);
        const auto next = std::ranges::lower_bound(all, t, {}, &Point::t);
        return next != all.end() && next->t < t + kMetricsRow;
      };
      if (std::ranges::all_of(kColumns, has)) ++filled;
    }
  }
  return slots == 0 ? 100 : 100 * static_cast<double>(filled) / static_cast<double>(slots);
}

// The growth of a counter over the pairs of neighbouring samples that lie in one span; a counter
// that fell began anew.
double counted_in(const History& history, std::string_view series, const std::vector<Span>& spans) {
  double sum = 0;
  for (const auto& span : spans) {
    const auto points = points_in(history, series, span);
    for (std::size_t i = 1; i < points.size(); ++i)
      sum += std::max(0.0, points[i].value - points[i - 1].value);
  }
  return sum;
}

std::int64_t memory_kills(const Plan& plan, const History& history) {
  const auto faults = fault_spans(plan, history);
  std::int64_t kills = 0;
  std::int64_t told = 0;
  std::vector<std::string> containers;
  for (const auto& jvm : history.jvms()) {
    if (jvm.role != kLoadRole) continue;
    containers.push_back(jvm.container);
    if (jvm.oom_killed && !(jvm.t_end && contains(faults, *jvm.t_end))) ++kills;
  }
  for (const auto& event : history.events()) {
    if (event.action != "oom" || contains(faults, event.t)) continue;
    if (std::ranges::find(containers, event.container) != containers.end()) ++told;
  }
  return std::max(kills, told);
}

// --- RES-02 ------------------------------------------------------------------------------------

// One look of the JVM at its threads to the next, about a second.
struct AllocationStep {
  Span time;
  double bytes = 0;
  double requests = 0;
  double swaps = 0;  // how many began and ended in it; parts of those that reach beyond it
};

// How much of `part` lies in `span`, 0 to 1.
double share_in(Span part, Span span) {
  const Nanos common = std::min(part.to, span.to) - std::max(part.from, span.from);
  return common <= Nanos{} ? 0 : to_seconds(common) / to_seconds(part.length());
}

// The steps that are wholly in `spans`.
std::vector<AllocationStep> allocation_steps(const History& history,
                                             const std::vector<Span>& spans) {
  constexpr Nanos kLongest = 3s;  // a longer one reaches over a gap
  std::vector<AllocationStep> steps;
  for (const auto& span : spans) {
    const auto points = points_in(history, series::kAllocated, span);
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Span time{points[i - 1].t, points[i].t};
      if (time.length() <= kLongest && time.length() > Nanos{})
        steps.push_back({.time = time, .bytes = points[i].value - points[i - 1].value});
    }
  }
  const auto step_at = [&steps](Time t) {
    const auto next =
        std::ranges::upper_bound(steps, t, {}, [](const auto& step) { return step.time.to; });
    return next;
  };
  for (const auto& row : history.load())
    for (auto step = step_at(row.t); step != steps.end() && step->time.from < row.t + kSecond;
         ++step)
      step->requests +=
          static_cast<double>(row.planned) * share_in({row.t, row.t + kSecond}, step->time);
  for (const auto& window : history.windows(history::WindowKind::swap))
    for (auto step = step_at(window.t0); step != steps.end() && step->time.from < window.t1; ++step)
      step->swaps += share_in({window.t0, window.t1}, step->time);
  return steps;
}

// What a swap allocates beside its requests: by trains, since a swap takes a part of a step and
// steps are not finer.
struct AllocationOfSwaps {
  double of_request = 0, of_swap = 0;
  stats::Interval of_swap_interval;
  double swaps = 0;
  std::size_t quiet_steps = 0, trains = 0;
};
AllocationOfSwaps allocation_of_swaps(const std::vector<AllocationStep>& steps) {
  AllocationOfSwaps result;
  double quiet_bytes = 0, quiet_requests = 0;
  for (const auto& step : steps) {
    if (step.swaps > 0) continue;
    ++result.quiet_steps;
    quiet_bytes += step.bytes;
    quiet_requests += step.requests;
  }
  result.of_request = quiet_requests > 0 ? quiet_bytes / quiet_requests : 0;
  std::vector<double> by_train;
  double excess = 0, train_excess = 0, train_swaps = 0;
  const auto end_train = [&] {
    if (train_swaps >= 1) by_train.push_back(train_excess / train_swaps);
    train_excess = train_swaps = 0;
  };
  std::optional<Time> end;
  for (const auto& step : steps) {
    if (step.swaps > 0 && end && *end != step.time.from) end_train();
    if (step.swaps > 0) {
      const double more = step.bytes - result.of_request * step.requests;
      excess += more;
      train_excess += more;
      train_swaps += step.swaps;
      result.swaps += step.swaps;
      end = step.time.to;
    } else {
      end_train();
    }
  }
  end_train();
  result.trains = by_train.size();
  if (result.swaps > 0) result.of_swap = excess / result.swaps;
  if (by_train.size() > 1)
    result.of_swap_interval = stats::mean_interval(by_train, kConfidence).interval;
  return result;
}

// What the threads were seen to allocate up to an instant, between two looks by proportion.
std::optional<double> allocated_until(const std::vector<Point>& points, Time t) {
  const auto next = std::ranges::lower_bound(points, t, {}, &Point::t);
  if (next == points.end() || next == points.begin()) return std::nullopt;
  const auto& before = *std::prev(next);
  const double part = to_seconds(t - before.t) / to_seconds(next->t - before.t);
  return before.value + part * (next->value - before.value);
}

// By the GC log, without the threads: a collection finds more than the one before had left.
struct HeapTotals {
  double by_log = 0, by_threads = 0;
  Span time{};
};
std::optional<HeapTotals> heap_totals(const History& history, Span life) {
  const auto points = points_in(history, series::kAllocated, life);
  std::optional<HeapTotals> totals;
  std::optional<double> left, begun;
  for (const auto& pause : history.gc()) {
    if (!life.contains(pause.t) || pause.capacity_bytes == 0) continue;
    const auto seen = allocated_until(points, pause.t);
    if (!seen) continue;
    if (!totals) {
      totals.emplace();
      totals->time.from = pause.t;
      begun = seen;
    } else {
      totals->by_log += std::max(0.0, static_cast<double>(pause.before_bytes) - *left);
      totals->by_threads = *seen - *begun;
      totals->time.to = pause.t;
    }
    left = static_cast<double>(pause.after_bytes);
  }
  if (!totals || totals->by_threads <= 0) return std::nullopt;
  return totals;
}

// Regions that are given up half-full look allocated: a tenth is usual, and not counted.
Verdict allocation_unseen(const Plan& plan, const History& history, Span life) {
  constexpr double kUsual = 1.1;
  const auto totals = heap_totals(history, life);
  if (!totals)
    return inconclusive(
        "two collections are needed to know what threads allocate that live less than a second");
  double swaps = 0;
  for (const auto& window : history.windows(history::WindowKind::swap))
    swaps += share_in({window.t0, window.t1}, totals->time);
  if (swaps < 1) return inconclusive("there is no swap between two collections");
  const double unseen =
      std::max(0.0, totals->by_log - kUsual * totals->by_threads) / swaps / kMegabyte;
  return compare(unseen, limit_of(plan, "RES-02"))
      .because("{:.1f} MB a swap by threads that live less than a second, by the GC log", unseen)
      .samples(static_cast<std::int64_t>(swaps))
      .evidence("gc", within("t", totals->time));
}

Verdict allocation_seen(const Plan& plan, const History& history, Span life) {
  constexpr std::size_t kFewestQuiet = 10, kFewestTrains = 3;
  const auto steps = allocation_steps(history, subtract({life}, fault_spans(plan, history)));
  if (steps.empty())
    return missing("sample of 'allocated'",
                   "it needs monitoring.jfr-enabled: true and a JVM that lets attach")
        .window(life);
  const auto found = allocation_of_swaps(steps);
  if (found.swaps < kFewestTrials || found.quiet_steps < kFewestQuiet ||
      found.trains < kFewestTrains || found.of_request <= 0)
    return inconclusive(
               "{:.0f} swaps in {} trains and {} s without one are seen in {}; {}, {} and {} are "
               "needed",
               found.swaps, found.trains, found.quiet_steps, spoken(life.length()), kFewestTrials,
               kFewestTrains, kFewestQuiet)
        .window(life);
  const double value = found.of_swap / kMegabyte;
  const Interval interval{found.of_swap_interval.low / kMegabyte,
                          found.of_swap_interval.high / kMegabyte};
  const auto limit = limit_of(plan, "RES-02");
  auto finding = compare(value, limit)
                     .because("{:.1f} MB a swap ({:.1f} to {:.1f}) beside {:.1f} KB a request",
                              value, interval.low, interval.high, found.of_request / 1024)
                     .samples(static_cast<std::int64_t>(found.swaps))
                     .interval(interval)
                     .window(life)
                     .evidence("sample", "series = 'allocated' AND " + within("t", life))
                     .evidence("cost", "kind = 'allocation'");
  if (holds(interval.low, limit) != holds(interval.high, limit))
    return std::move(finding)
        .but(Status::inconclusive)
        .also(": the limit is between the two; four times as many trains would tell");
  return std::move(finding).unless(sample_gap("allocated", steps.size() + 1, life.length()));
}

}  // namespace

// RES-02. In the longest life of the measured phases, those without swaps included: by what the
// threads were seen to allocate, and by what the heap tells beyond that.
Verdict no_excessive_allocation(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return std::move(*not_claimed);
  const auto whole = measured(plan, history);
  const auto life = whole ? longest_life(history, *whole) : std::nullopt;
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  std::vector<Verdict> parts;
  parts.push_back(allocation_seen(plan, history, *life));
  parts.push_back(allocation_unseen(plan, history, *life));
  return worst(std::move(parts));
}

// RES-03. The range that the thread count keeps to, without the one per cent at either end.
Verdict threads_stable(const Plan& plan, const History& history) {
  const auto span = swapping(plan, history);
  const auto life = span ? longest_life(history, *span) : std::nullopt;
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  const auto values = ascending(points_outside_faults(plan, history, series::kThreads, *life));
  if (values.empty())
    return missing("sample of 'threads'", "the side-car reads /proc").window(*life);
  const double low = quantile(values, 1).value;
  const double high = quantile(values, 99).value;
  return compare(high - low, limit_of(plan, "RES-03"))
      .because("between {:.0f} and {:.0f} threads in {}", low, high, spoken(life->length()))
      .samples(static_cast<std::int64_t>(values.size()))
      .window(*life)
      .evidence("sample", "series = 'threads' AND " + within("t", *life))
      .unless(sample_gap("threads", values.size(), outside_faults(plan, history, *life)));
}

// RES-04. The most that were open at once, but for what a fault opens.
Verdict descriptors_bounded(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto values = ascending(points_outside_faults(plan, history, series::kDescriptors, *whole));
  if (values.empty())
    return missing("sample of 'descriptors'", "the side-car reads /proc").window(*whole);
  return compare(values.back(), limit_of(plan, "RES-04"))
      .because("at most {:.0f} descriptors were open", values.back())
      .samples(static_cast<std::int64_t>(values.size()))
      .window(*whole)
      .evidence("sample", "series = 'descriptors' AND " + within("t", *whole))
      .unless(sample_gap("descriptors", values.size(), outside_faults(plan, history, *whole)));
}

// RES-06. By what the writer of the file says, and by whether the samples that a row is made of
// were there. One row of grace: where the last interval ends is chance.
Verdict resource_metrics_complete(const Plan& plan, const History& history) {
  const auto rows = history.fact(fact::kResourceRows);
  if (!rows || !rows->is_object())
    return missing("fact 'resource_metrics'", "resource-metrics.csv has to be written");
  const auto expected = rows->value("expected", std::int64_t{0});
  const auto written = rows->value("written", std::int64_t{0});
  if (expected <= 0) return inconclusive("the run was too short for a row of resource-metrics.csv");
  // Its rows hold the heap: without the JVM's counters there can be none, which is no fault of the
  // application's work.
  if (written == 0)
    if (auto lacking = no_jvm_counters(history)) return *std::move(lacking);
  const auto whole = measured(plan, history);
  const double by_file =
      std::min(100.0, 100 * static_cast<double>(written + 1) / static_cast<double>(expected));
  const double by_sample = whole ? slots_with_samples(plan, history, *whole) : 100;
  return compare(std::min(by_file, by_sample), limit_of(plan, "RES-06"))
      .because(
          "{} of {} rows were written; {:.1f} % of the ten-second slots have all their samples",
          written, expected, by_sample)
      .samples(expected)
      .evidence("fact", "name = 'resource_metrics'");
}

// RES-07. Kills for want of memory are counted; throttling is a share of the scheduling periods
// outside faults and the warm-up of a JVM, which compiles with all the CPU that it gets.
Verdict within_container_limits(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto kills = memory_kills(plan, history);
  const auto memory = points_in(history, series::kContainerMemory, *whole);
  std::vector<Verdict> parts;
  parts.push_back(compare(static_cast<double>(kills), limit_of(plan, "RES-07"))
                      .because("{} kills for want of memory", kills)
                      .samples(static_cast<std::int64_t>(memory.size()))
                      .window(*whole)
                      .evidence("jvm", "role = 'load' AND oom_killed = 1")
                      .evidence("event", "action = 'oom'")
                      .counted()
                      .unless(sample_gap("container.memory", memory.size(), whole->length())));
  const auto spans = undisturbed_and_warm(plan, history, *whole);
  const auto samples = points_in(history, series::kPeriods, *whole).size();
  const double periods = counted_in(history, series::kPeriods, spans);
  const double throttled = counted_in(history, series::kThrottledPeriods, spans);
  // A container without a quota has no periods: nothing throttles it.
  const double percent = periods > 0 ? 100 * throttled / periods : 0;
  parts.push_back(
      compare(percent, limit_of(plan, "RES-07.throttled"))
          .because("{:.2f} % of {:.0f} scheduling periods were throttled", percent, periods)
          .samples(static_cast<std::int64_t>(samples))
          .window(*whole)
          .evidence("sample", "series IN ('cpu.periods', 'cpu.throttled_periods')")
          .unless(sample_gap("cpu.periods", samples, whole->length())));
  return worst(std::move(parts));
}

}  // namespace bhsim::checks
