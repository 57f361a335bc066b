// RES · phase-9.2 section 9.2.6.

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "checks/families.hpp"
#include "checks/latency.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;
namespace fact = history::fact;

constexpr Nanos kMetricsRow = std::chrono::seconds(10);  // phase-9.2: `sleep 10`

std::vector<double> ascending(const std::vector<Point>& points) {
  std::vector<double> values;
  for (const auto& point : points) values.push_back(point.value);
  std::ranges::sort(values);
  return values;
}

// Samples come once a second; half of them say where a series was.
std::optional<std::string> sample_gap(std::string_view series, std::size_t samples, Span span) {
  const double seconds = to_seconds(span.length());
  if (static_cast<double>(samples) >= 0.5 * seconds) return std::nullopt;
  return fmt::format("only {} samples of '{}' in {:.0f} s", samples, series, seconds);
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

}  // namespace

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
      .unless(sample_gap("threads", values.size(), *life));
}

// RES-04. The most that were open at once.
Verdict descriptors_bounded(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto values = ascending(points_in(history, series::kDescriptors, *whole));
  if (values.empty())
    return missing("sample of 'descriptors'", "the side-car reads /proc").window(*whole);
  return compare(values.back(), limit_of(plan, "RES-04"))
      .because("at most {:.0f} descriptors were open", values.back())
      .samples(static_cast<std::int64_t>(values.size()))
      .window(*whole)
      .evidence("sample", "series = 'descriptors' AND " + within("t", *whole))
      .unless(sample_gap("descriptors", values.size(), *whole));
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
                      .unless(sample_gap("container.memory", memory.size(), *whole)));
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
          .unless(sample_gap("cpu.periods", samples, *whole)));
  return worst(std::move(parts));
}

}  // namespace bhsim::checks
