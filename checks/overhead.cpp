// PERF · what the agent costs: phase-9.2 section 9.2.1 and criteria "Performance". Two sources that
// must agree: the agent's own threads, to the nanosecond, and pairs of fresh JVMs with and without
// it (docs/decisions/024-what-the-agent-costs.md).

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <set>

#include "checks/families.hpp"
#include "checks/growth.hpp"
#include "checks/limits.hpp"
#include "checks/pairs.hpp"
#include "checks/select.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/intervals.hpp"
#include "framework/stats/summary.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;
using history::Pair;
using history::PairJvm;
using history::PairThread;

constexpr std::int64_t kFewestPairs = 6;  // below it no interval of 95 % by signed ranks is finite
constexpr double kMostPairs = 1000;       // more than anybody will run
constexpr std::size_t kFewestPairWindows = 20;
constexpr Nanos kLeastSteady = std::chrono::seconds(20);
constexpr Nanos kWidestGap = std::chrono::seconds(3);  // between samples that come once a second

std::optional<Finding> without_agent(const Plan& plan) {
  if (plan.agent.present()) return std::nullopt;
  return not_applicable("the run has no agent that could cost something");
}

// One quantity, pair by pair.
struct PairValues {
  std::vector<double> agent;  // of the pairs with the agent on side a
  std::vector<double> floor;  // of those without one
  std::int64_t useless = 0;   // in trouble, or without this quantity
  std::string trouble;        // of the first of them
};

template <typename Value>
PairValues values_of(const History& history, const Value& value) {
  PairValues values;
  for (const auto& pair : history.pairs()) {
    const std::optional<double> one = value(pair);
    if (one) {
      (pair.floor ? values.floor : values.agent).push_back(*one);
      continue;
    }
    if (values.useless++ == 0)
      values.trouble =
          fmt::format("pair {}: {}", pair.id, pair.trouble.empty() ? "not measured" : pair.trouble);
  }
  return values;
}

const PairJvm* side_of(const History& history, std::int64_t pair, std::string_view side) {
  const auto& all = history.pair_jvms();
  const auto found = std::ranges::find_if(
      all, [&](const PairJvm& jvm) { return jvm.pair == pair && jvm.side == side; });
  return found == all.end() ? nullptr : &*found;
}

// What both sides have of something, as a difference. That requests failed or waited is nothing to
// memory and start.
template <typename Of>
PairValues pair_differences(const History& history, const Of& of) {
  return values_of(history, [&](const Pair& pair) -> std::optional<double> {
    const auto* a = side_of(history, pair.id, "a");
    const auto* b = side_of(history, pair.id, "b");
    const std::optional<double> of_a = a ? of(*a) : std::nullopt, of_b = b ? of(*b) : std::nullopt;
    if (!of_a || !of_b) return std::nullopt;
    return *of_a - *of_b;
  });
}

// How many pairs make the interval so narrow that it lies on one side of the limit: it narrows with
// their root.
std::string pairs_needed(std::size_t pairs, const stats::Estimate& estimate, double limit) {
  const double half = (estimate.interval.high - estimate.interval.low) / 2;
  const double margin = std::abs(limit - estimate.value);
  const double needed = margin > 0 ? static_cast<double>(pairs) * std::pow(half / margin, 2) : 1e9;
  if (needed > kMostPairs)
    return fmt::format("no number of pairs would tell {:.2f} from {:.2f}", estimate.value, limit);
  return fmt::format("about {:.0f} pairs would do",
                     std::max(std::ceil(needed), static_cast<double>(pairs) + 1));
}

// Decided by the interval: wholly beyond the limit, wholly within, or neither.
Finding by_interval(const stats::Estimate& estimate, std::size_t pairs, const Limit& limit,
                    std::string_view what) {
  const auto& [low, high] = estimate.interval;
  auto finding = compare(estimate.value, limit)
                     .because("{} {:.2f} {} over {} pairs ({:.2f} to {:.2f})", what, estimate.value,
                              limit.unit, pairs, low, high)
                     .samples(static_cast<std::int64_t>(pairs))
                     .interval({low, high});
  if (!holds(low, limit)) return std::move(finding).but(Status::fail);
  if (holds(high, limit)) return std::move(finding).but(Status::pass);
  return std::move(finding)
      .but(Status::inconclusive)
      .also("; {}", pairs_needed(pairs, estimate, limit.value));
}

// Nothing when there are pairs enough.
std::optional<Finding> too_few(const PairValues& values) {
  const auto pairs = static_cast<std::int64_t>(values.agent.size());
  if (pairs >= kFewestPairs) return std::nullopt;
  auto finding =
      inconclusive("{} pairs with and without the agent; {} are needed", pairs, kFewestPairs)
          .samples(pairs)
          .evidence("pair");
  if (values.useless > 0)
    return std::move(finding).also("; {} say nothing, the first is {}", values.useless,
                                   values.trouble);
  return finding;
}

// A pass on what is left when much was thrown away would be a choice: the agent itself may be what
// makes pairs useless.
std::optional<std::string> thrown_away(const PairValues& values) {
  const auto all = static_cast<std::int64_t>(values.agent.size() + values.floor.size());
  if (values.useless * 4 <= all + values.useless) return std::nullopt;
  return fmt::format("{} of {} pairs say nothing, the first is {}", values.useless,
                     all + values.useless, values.trouble);
}

std::string told_floor(const std::vector<double>& floor, std::string_view unit) {
  if (floor.empty()) return "; no pair without an agent tells the floor";
  double largest = 0;
  for (const double value : floor)
    if (std::abs(value) > std::abs(largest)) largest = value;
  return fmt::format("; two without an agent differ by {:+.2f} {} at most ({} pairs)", largest,
                     unit, floor.size());
}

// A quantity that is judged as it is.
Verdict judge_difference(const Plan& plan, const PairValues& values, std::string_view id,
                         std::string_view what) {
  if (auto few = too_few(values)) return *std::move(few);
  const auto limit = limit_of(plan, id);
  return by_interval(stats::signed_rank_interval(values.agent, kConfidence), values.agent.size(),
                     limit, what)
      .also("{}", told_floor(values.floor, limit.unit))
      .evidence("pair_jvm")
      .unless(thrown_away(values));
}

// --- PERF-01 -----------------------------------------------------------------------------------

double root_mean_square(const std::vector<double>& values) {
  double squares = 0;
  for (const double value : values) squares += value * value;
  return std::sqrt(squares / static_cast<double>(values.size()));
}

// What responses showed of the swaps: without them the cost of swapping was not measured.
std::optional<Finding> not_swapped(const History& history) {
  std::int64_t swaps = 0, served = 0;
  for (const auto& pair : history.pairs()) {
    swaps += pair.swaps;
    served += pair.served;
  }
  if (swaps == 0 || served * 2 >= swaps) return std::nullopt;
  return inconclusive(
             "of {} swaps in the pairs {} were seen in a response: what swapping costs was "
             "not measured",
             swaps, served)
      .evidence("pair", "served < swaps");
}

Verdict cost_by_pairs(const Plan& plan, const History& history) {
  const auto values = values_of(history, [&](const Pair& pair) -> std::optional<double> {
    if (!pair.trouble.empty()) return std::nullopt;
    return cost_percent(history, pair.id);
  });
  if (auto few = too_few(values)) return *std::move(few);
  const auto limit = limit_of(plan, "PERF-01");
  auto finding = by_interval(stats::signed_rank_interval(values.agent, kConfidence),
                             values.agent.size(), limit, "a request costs CPU more by")
                     .also("{}", told_floor(values.floor, limit.unit))
                     .evidence("pair_window")
                     .evidence("pair", "trouble = ''");
  if (values.floor.empty()) return std::move(finding).but(Status::inconclusive);
  if (!holds(root_mean_square(values.floor), limit))
    return std::move(finding)
        .but(Status::inconclusive)
        .also(": that is too much for this limit, so the machine was not quiet enough");
  return std::move(finding).unless(thrown_away(values));
}

// Started by the JVM when it needs them: in one of two equal JVMs, and not in the other. As in
// pair_thread, digits are '#'.
bool is_of_the_jvm(std::string_view thread) {
  constexpr std::array<std::string_view, 6> kHeads = {"C# Compiler", "G# ",  "GC Thread",
                                                      "VM ",         "JFR ", "Attach Listener"};
  return std::ranges::any_of(kHeads, [&](auto head) { return thread.starts_with(head); });
}

// As threads are named in pair_thread.
std::string as_kernel_name(std::string name) {
  constexpr std::size_t kLongest = 15;
  name = name.substr(0, kLongest);
  std::ranges::replace_if(
      name, [](char c) { return c >= '0' && c <= '9'; }, '#');
  return name;
}

// By the name that the profile gives, and whatever no JVM without the agent has.
std::set<std::string> agent_threads(const Plan& plan, const History& history) {
  std::set<std::int64_t> floor;
  for (const auto& pair : history.pairs())
    if (pair.floor) floor.insert(pair.id);
  const auto has_agent = [&](const PairThread& thread) {
    return thread.side == "a" && !floor.contains(thread.pair);
  };
  std::set<std::string> plain;
  for (const auto& thread : history.pair_threads())
    if (!has_agent(thread)) plain.insert(thread.name);
  const auto prefix = as_kernel_name(plan.agent.thread_prefix);
  std::set<std::string> own;
  for (const auto& thread : history.pair_threads()) {
    if (!has_agent(thread)) continue;
    const bool named = !prefix.empty() && thread.name.starts_with(prefix);
    if (named || (!plain.contains(thread.name) && !is_of_the_jvm(thread.name)))
      own.insert(thread.name);
  }
  return own;
}

Verdict cost_by_threads(const Plan& plan, const History& history) {
  const auto own = agent_threads(plan, history);
  const auto prefix = as_kernel_name(plan.agent.thread_prefix);
  if (!prefix.empty() &&
      std::ranges::none_of(own, [&](const auto& name) { return name.starts_with(prefix); }))
    return inconclusive("no thread was called '{}…', as the profile says", prefix)
        .evidence("pair_thread", "side = 'a'");
  std::map<std::int64_t, double> seconds;
  for (const auto& thread : history.pair_threads())
    if (thread.side == "a" && own.contains(thread.name))
      seconds[thread.pair] += to_seconds(thread.cpu);
  auto values = values_of(history, [&](const Pair& pair) -> std::optional<double> {
    const auto* a = side_of(history, pair.id, "a");
    if (a == nullptr || !pair.trouble.empty()) return std::nullopt;
    const double rest = to_seconds(a->cpu) - seconds[pair.id];
    if (rest <= 0) return std::nullopt;
    return 100 * seconds[pair.id] / rest;
  });
  if (auto few = too_few(values)) return *std::move(few);
  return by_interval(stats::signed_rank_interval(values.agent, kConfidence), values.agent.size(),
                     limit_of(plan, "PERF-01"), "of the application's CPU its own threads take")
      .also(" ({})", own.empty() ? "it has none that the JVM without it has not"
                                 : fmt::format("{}", fmt::join(own, ", ")))
      .evidence("pair_thread", "side = 'a'")
      .unless(thrown_away(values));
}

// --- PERF-02 -----------------------------------------------------------------------------------

// Measured time without swaps and faults. A forced collection is no work of the agent's threads.
std::vector<Span> steady(const Plan& plan, const History& history, Span whole) {
  auto masks = fault_spans(plan, history);
  for (const auto& window : history.windows(history::WindowKind::swap))
    masks.push_back({window.t0, window.t1});
  return subtract({whole}, std::move(masks));
}

struct Growth {
  Nanos length{};
  double sum = 0;
  std::vector<double> rates;  // by second
};

// Of a counter, from sample to sample in one span; one that fell began anew.
Growth growth_in(const History& history, std::string_view name, const std::vector<Span>& spans) {
  Growth growth;
  for (const auto& span : spans) {
    const auto points = points_in(history, name, span);
    for (std::size_t i = 1; i < points.size(); ++i) {
      const Nanos length = points[i].t - points[i - 1].t;
      const double grown = points[i].value - points[i - 1].value;
      if (grown < 0 || length <= Nanos{} || length > kWidestGap) continue;
      growth.length += length;
      growth.sum += grown;
      growth.rates.push_back(grown / static_cast<double>(length.count()));
    }
  }
  return growth;
}

}  // namespace

std::optional<double> cost_percent(const History& history, std::int64_t pair) {
  std::vector<std::pair<double, double>> used;  // of one core, by both
  for (const auto& window : history.pair_windows())
    if (window.pair == pair && window.length_a > Nanos{} && window.length_b > Nanos{})
      used.emplace_back(to_seconds(window.cpu_a) / to_seconds(window.length_a),
                        to_seconds(window.cpu_b) / to_seconds(window.length_b));
  if (used.size() < kFewestPairWindows) return std::nullopt;
  const double ratio = stats::median_log_ratio(used);
  if (std::isnan(ratio)) return std::nullopt;
  return 100 * std::expm1(ratio);
}

// PERF-01. The threads' own figure is exact, and has what they do in bursts; the pairs also have
// what the agent makes the application's threads do.
Verdict agent_overhead(const Plan& plan, const History& history) {
  if (auto none = without_agent(plan)) return *std::move(none);
  if (history.pairs().empty())
    return inconclusive(
        "the run has no pairs of JVMs with and without the agent; `bhsim run "
        "baseline` has them");
  if (auto idle = not_swapped(history)) return *std::move(idle);
  return worst({cost_by_threads(plan, history), cost_by_pairs(plan, history)});
}

// PERF-02. In the load part: the agent's threads by the name that its profile gives them.
Verdict agent_cpu_at_rest(const Plan& plan, const History& history) {
  if (auto none = without_agent(plan)) return *std::move(none);
  if (plan.agent.thread_prefix.empty())
    return inconclusive(
        "the agent's threads cannot be told from the application's: the profile "
        "'{}' has no 'thread_prefix'",
        plan.agent.name);
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto& samples = history.samples(series::kCpuAgent);
  if (samples.empty())
    return missing("sample of 'cpu.agent'", "the side-car reads /proc").window(*whole);
  if (std::ranges::all_of(samples, [](const Point& point) { return point.value == 0; }))
    return inconclusive("no thread is called '{}…', as the profile says, or none ever ran",
                        plan.agent.thread_prefix)
        .window(*whole)
        .evidence("sample", "series = 'cpu.agent'");
  const auto growth = growth_in(history, series::kCpuAgent, steady(plan, history, *whole));
  if (growth.length < kLeastSteady)
    return inconclusive("{} of samples without swaps and faults; {} are needed",
                        spoken(growth.length), spoken(kLeastSteady))
        .window(*whole);
  const auto interval = stats::mean_interval(growth.rates, kConfidence).interval;
  const double share = 100 * growth.sum / static_cast<double>(growth.length.count());
  return compare(share, limit_of(plan, "PERF-02"))
      .because("the agent's threads took {:.2f} % of one core over {} without swaps", share,
               spoken(growth.length))
      .samples(static_cast<std::int64_t>(growth.rates.size()))
      .interval({100 * interval.low, 100 * interval.high})
      .window(*whole)
      .evidence("sample", "series = 'cpu.agent' AND " + within("t", *whole));
}

// PERF-03. The heap that full collections leave, and what is resident beside the heap.
Verdict agent_memory(const Plan& plan, const History& history) {
  if (auto none = without_agent(plan)) return *std::move(none);
  const auto megabytes = [](const PairJvm& jvm) -> std::optional<double> {
    if (!jvm.heap_live || !jvm.beside_heap) return std::nullopt;
    return static_cast<double>(*jvm.heap_live + *jvm.beside_heap) / kMegabyte;
  };
  return judge_difference(plan, pair_differences(history, megabytes), "PERF-03",
                          "with the agent the JVM holds more memory by");
}

// PERF-10. One JVM starts while the other idles.
Verdict agent_start(const Plan& plan, const History& history) {
  if (auto none = without_agent(plan)) return *std::move(none);
  const auto seconds = [](const PairJvm& jvm) -> std::optional<double> {
    return to_seconds(jvm.start);
  };
  return judge_difference(plan, pair_differences(history, seconds), "PERF-10",
                          "with the agent the start takes longer by");
}

}  // namespace bhsim::checks
