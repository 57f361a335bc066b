// STAB · phase-9.2 section 9.2.3, criteria "Stability".

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <set>

#include "checks/families.hpp"
#include "checks/growth.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "checks/trend.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;

// An event of the engine belongs to an end of a JVM when it is no further away.
constexpr Nanos kSameEnd = std::chrono::seconds(5);

// --- STAB-01 -----------------------------------------------------------------------------------

// From when on something else than bhsim and the application had its hands in the run: the engine
// went away, or another program stopped the application through it.
std::optional<Time> disturbed_from(const History& history) {
  const auto outside = history.fact(history::fact::kOutside);
  if (!outside || !outside->is_object() || !outside->contains("t_ns")) return std::nullopt;
  return time_from_ns((*outside)["t_ns"].get<std::int64_t>());
}

// What a fault ended is planned; what it may have brought to its end is left out. One that was
// undone before the JVM was started, by that very start, has no part in its end.
bool met_a_fault(const Plan& plan, const History& history, const JvmSegment& jvm) {
  return std::ranges::any_of(history.faults(), [&](const Fault& fault) {
    const bool undone_before = fault.t_undo && *fault.t_undo <= jvm.t_start;
    return !undone_before && fault_span(plan, history, fault).contains(*jvm.t_end);
  });
}

// The ends that nobody planned: as the runner saw them, and as the engine told them. Without a
// measured phase the runner's word counts alone: then bhsim's own stop may be anywhere.
std::vector<std::string> unplanned_ends(const Plan& plan, const History& history,
                                        std::optional<Span> whole) {
  std::vector<std::string> ends;
  const auto faults = fault_spans(plan, history);
  const auto outside = disturbed_from(history);
  if (whole && outside) whole->to = std::min(whole->to, *outside);
  std::vector<Time> counted;
  std::set<std::string> containers;
  for (const auto& jvm : history.jvms()) {
    if (jvm.role != kLoadRole) continue;
    containers.insert(jvm.container);
    if (!jvm.t_end || jvm.planned_end || met_a_fault(plan, history, jvm)) continue;
    if (whole && *jvm.t_end < whole->from) continue;
    if (outside && *jvm.t_end >= *outside) continue;
    counted.push_back(*jvm.t_end);
    ends.push_back(fmt::format(
        "JVM {} ended {} after its start{}", jvm.segment, spoken(*jvm.t_end - jvm.t_start),
        jvm.exit_code ? fmt::format(" with exit code {}", *jvm.exit_code) : ""));
  }
  // bhsim stops the application after the measured time, and kills it in faults only. What else the
  // engine saw die, the runner may have taken for its own doing when it tidied up later.
  for (const auto& event : history.events()) {
    if (event.action != "die" || !containers.contains(event.container)) continue;
    if (!whole || !whole->contains(event.t) || contains(faults, event.t)) continue;
    const auto same = [&](Time t) { return std::chrono::abs(t - event.t) <= kSameEnd; };
    if (!std::ranges::any_of(counted, same))
      ends.push_back(fmt::format("the engine saw it die {} into the measured time ({})",
                                 spoken(event.t - whole->from), event.detail));
  }
  return ends;
}

// --- trends ------------------------------------------------------------------------------------

// A series that must not grow over time or swaps.
struct Series {
  std::string_view limit;  // id
  std::string_view name;
  std::string_view what;  // "loaded classes"
  double scale = 1;       // from the series' unit to that of the growth
  std::string_view unit;  // of the growth
  [[nodiscard]] Growing growing(Span life) const {
    return {limit, what, unit, fmt::format("series = '{}' AND {}", name, within("t", life))};
  }
};

Verdict hourly(const Plan& plan, const History& history, const Series& of, const TrendRule& rule) {
  const auto life = even_time(plan, history);
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  return hourly_growth(plan, of.growing(*life),
                       points_outside_faults(plan, history, of.name, *life), of.scale, *life, rule);
}

// What an agent needs for a swap it loads with its first ones (60 classes, measured): no growth.
constexpr std::ptrdiff_t kFirstSwaps = 3;

// Growth per swap: x is how many swaps had been delivered. At each instant of `counted` (in order)
// the series rose by one for a reason of its own, which is taken off.
Verdict per_swap(const Plan& plan, const History& history, const Series& of, const TrendRule& rule,
                 const std::vector<Time>& counted = {}) {
  const auto life = even_time(plan, history);
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  std::vector<Time> swaps;
  for (const auto& swap : history.swaps())
    if (swap.role == kLoadRole && swap.valid && life->contains(swap.t_write))
      swaps.push_back(swap.t_write);
  std::ranges::sort(swaps);
  if (static_cast<std::int64_t>(swaps.size()) < kFewestTrials)
    return inconclusive("{} swaps in {}; {} are needed", swaps.size(), spoken(life->length()),
                        kFewestTrials)
        .window(*life);
  std::vector<TrendPoint> pairs;
  for (const auto& point :
       thinned(points_outside_faults(plan, history, of.name, *life), *life, kBuckets)) {
    const auto done = std::ranges::upper_bound(swaps, point.t) - swaps.begin();
    if (done < kFirstSwaps) continue;
    const auto own = std::ranges::upper_bound(counted, point.t) - counted.begin();
    pairs.push_back(
        {static_cast<double>(done), (point.value - static_cast<double>(own)) * of.scale});
  }
  const auto limit = limit_of(plan, of.limit);
  return growth_verdict(judge_trend(pairs, limit.value, rule), limit, of.growing(*life), *life,
                        rule, "a swap");
}

// --- STAB-07 -----------------------------------------------------------------------------------

struct Quarter {
  std::int64_t landed = 0;
  std::int64_t tried = 0;
};

// Quarters of the swaps in order of time, not of the clock: swaps come in trains, and faults take
// some of them away.
std::array<Quarter, 4> quarters(const SwapTally& swaps) {
  std::vector<const Swap*> tried = swaps.landed;
  tried.insert(tried.end(), swaps.lost.begin(), swaps.lost.end());
  std::ranges::sort(tried, {}, &Swap::t_write);
  std::array<Quarter, 4> result;
  for (std::size_t i = 0; i < tried.size(); ++i) {
    auto& quarter = result[i * 4 / tried.size()];
    ++quarter.tried;
    if (tried[i]->outcome == history::SwapOutcome::landed) ++quarter.landed;
  }
  return result;
}

Verdict judge_quarter(const Quarter& quarter, int number, const config::Limit& limit) {
  const auto share = proportion(quarter.landed, quarter.tried);
  auto finding =
      compare(share.percent, limit)
          .because("{} of {} swaps landed in quarter {}", quarter.landed, quarter.tried, number)
          .samples(share.trials)
          .interval(share.interval);
  // A quarter of a short run holds few swaps: one lost by chance must not look like a watcher that
  // died.
  const bool few = quarter.tried < kFewestTrials;
  if (finding.status() == Status::fail && few && limit.value < 100 &&
      share.interval.high >= limit.value)
    return std::move(finding).but(Status::inconclusive).also(", too few to tell from chance");
  return finding;
}

}  // namespace

// STAB-01. Counted. The same JVM has to run from the first measured moment to the last, but for
// ends that bhsim planned. One that dies in the warm-up already is no better.
Verdict continuous_operation(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  const auto ends = unplanned_ends(plan, history, whole);
  if (!whole && ends.empty())
    return missing("measured phase", "the load has to outlast its warm-up");
  const auto is_load = [](const JvmSegment& jvm) { return jvm.role == kLoadRole; };
  const auto starts = std::ranges::count_if(history.jvms(), is_load);
  if (starts == 0) return missing("start of the application under load", "see table jvm");
  auto finding = compare(static_cast<double>(ends.size()), limit_of(plan, "STAB-01"))
                     .samples(starts)
                     .evidence("jvm", "role = 'load' AND planned_end = 0 AND t_end IS NOT NULL");
  if (whole)
    finding = std::move(finding).window(*whole).evidence(
        "event", "action = 'die' AND " + within("t", *whole));
  if (ends.empty())
    return std::move(finding).because("it ran for {} with {} planned starts and no unplanned end",
                                      spoken(whole->length()), starts);
  return std::move(finding)
      .because("{} unplanned ends: {}", ends.size(), fmt::join(ends, "; "))
      .counted();
}

// STAB-02. The floor is what forced full collections leave; what young collections leave still
// holds dead old objects.
Verdict no_heap_leak(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  const auto life = whole ? longest_life(history, *whole) : std::nullopt;
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  const TrendRule rule{.least_growth = 1, .fewest_points = 6};
  std::vector<TrendPoint> pairs;
  double floor = 0;
  for (const auto& point : points_in(history, series::kHeapLive, *life)) {
    pairs.push_back({to_seconds(point.t - life->from) / 3600, point.value / kMegabyte});
    floor = floor == 0 ? pairs.back().y : std::min(floor, pairs.back().y);
  }
  auto limit = limit_of(plan, "STAB-02");
  limit.value = std::max(limit.value, floor * limit_of(plan, "STAB-02.share").value / 100);
  // HotSpot keeps a little of every redefinition itself, whatever the agent does.
  const auto redefined = std::ranges::count_if(
      history.redefinitions(), [&](const auto& one) { return one.ok && life->contains(one.t); });
  limit.value += static_cast<double>(redefined) * limit_of(plan, "STAB-02.swap").value /
                 (to_seconds(life->length()) / 3600);
  const Series heap{"STAB-02", series::kHeapLive, "the heap's floor", 1, "MB"};
  return growth_verdict(judge_trend(pairs, limit.value, rule), limit, heap.growing(*life), *life,
                        rule, "an hour");
}

// STAB-03. A class loader kept per swap is a class a swap. What the JVM loads late by itself
// (lambdas, accessors, proxies) comes in bursts, ten in the first three minutes and up to 32 over
// the first 40 swaps, measured: what most swaps have no share in is a leak only when it is more.
Verdict no_class_leak(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  if (auto lacking = no_jvm_counters(history)) return *std::move(lacking);
  // HotSpot 17 counts each redefined class as one more loaded and never takes it back, whatever
  // becomes of the old version: measured, one for one.
  std::vector<Time> redefined;
  for (const auto& one : history.redefinitions())
    if (one.ok) redefined.push_back(one.t);
  std::ranges::sort(redefined);
  std::vector<Verdict> parts;
  parts.push_back(per_swap(plan, history,
                           {"STAB-03", series::kClassesLoaded, "loaded classes", 1, "classes"},
                           {.least_growth = 20, .bursts = 60}, redefined));
  parts.push_back(
      per_swap(plan, history,
               {"STAB-03.metaspace", series::kMetaspaceUsed, "metaspace", 1 / kMegabyte, "MB"},
               {.least_growth = 1}));
  return worst(std::move(parts));
}

// STAB-04. JIT, collector and recorder start and end threads as they need them: three.
Verdict no_thread_leak(const Plan& plan, const History& history) {
  return hourly(plan, history, {"STAB-04", series::kThreads, "threads", 1, "threads"},
                {.least_growth = 3});
}

// STAB-05. A few files come and go with logs, recordings and connections.
Verdict no_descriptor_leak(const Plan& plan, const History& history) {
  return hourly(plan, history,
                {"STAB-05", series::kDescriptors, "open descriptors", 1, "descriptors"},
                {.least_growth = 5});
}

// STAB-07. In every quarter of the swaps, so that a watcher that dies half-way shows.
Verdict swaps_succeed_throughout(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  const auto span = swapping(plan, history);
  if (!span) return missing("phase with swaps", "the load has to reach one");
  const auto swaps = valid_swaps(plan, history);
  if (swaps.tried() < kFewestTrials)
    return inconclusive("{} valid swaps ended outside faults; {} are needed", swaps.tried(),
                        kFewestTrials);
  const auto limit = limit_of(plan, "STAB-07");
  std::vector<Verdict> parts;
  int number = 0;
  for (const auto& quarter : quarters(swaps))
    parts.push_back(judge_quarter(quarter, ++number, limit));
  auto verdict = worst(std::move(parts));
  verdict.window = *span;
  verdict.evidence = {{"swap", "role = 'load' AND valid = 1 AND outcome = 'lost'"}};
  return verdict;
}

}  // namespace bhsim::checks
