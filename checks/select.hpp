#pragma once
// The selections that several checks share: which spans of a run count, and the rows in them.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "checks/verdict.hpp"

namespace bhsim::checks {

using history::Fault;
using history::JvmSegment;
using history::LoadSecond;
using history::Point;
using history::Swap;

inline constexpr std::string_view kLoadRole = "load";
inline constexpr std::string_view kBadSwapsRole = "bad-swaps";

// --- spans -------------------------------------------------------------------------------------

// How a run ended. Only a completed one can prove what has to hold to its end.
struct Ending {
  bool completed = false;
  std::string how;         // "interrupted: SIGINT", "it was never sealed"
  std::string because_of;  // the check for whose failure bhsim ended it: that failure stands
};
Ending ending(const History& history);

// The measured phases, never beyond the last row of a run that was cut short. Of a run that was
// killed before it could write its phases down: as planned, from the first row of the load.
std::optional<Span> measured(const Plan& plan, const History& history);
// The phase named, or the first to the last phase that swaps by plan, within `measured`.
std::optional<Span> swapping(const Plan& plan, const History& history);

// Spans in order, disjoint. `subtract` keeps what of `from` no mask covers.
std::vector<Span> subtract(std::vector<Span> from, std::vector<Span> masks);
Nanos total(const std::vector<Span>& spans);
bool contains(const std::vector<Span>& spans, Time t);

// What of `whole` service-level statistics look at: outside faults with their recovery, planned
// outages and full collections that bhsim forced. A fault that was never seen to recover masks
// until the contract's start time is over.
std::vector<Span> undisturbed(const Plan& plan, const History& history, Span whole);
// The same without the time in which a JVM that was started anew is as cold as at the start of the
// run, whose warm-up is not measured either: for latencies.
std::vector<Span> undisturbed_and_warm(const Plan& plan, const History& history, Span whole);
inline constexpr Nanos kWarmUp = std::chrono::seconds(20);

// Where a fault may show, as `undisturbed` takes it: [intent, recovered].
Span fault_span(const Plan& plan, const History& history, const Fault& fault);
std::vector<Span> fault_spans(const Plan& plan, const History& history);

// --- load --------------------------------------------------------------------------------------

struct LoadTotals {
  std::int64_t seconds = 0;  // that have rows
  std::int64_t expected_seconds = 0;
  std::int64_t planned = 0;
  std::int64_t ok = 0;
  std::int64_t within_slo = 0;
  std::array<std::int64_t, history::kOutcomes> outcomes{};
};

// Of those that did not end ok, how many were too many to be kept one by one.
std::int64_t failures_dropped(const History& history);
// The rows whose second lies wholly in one of the spans, which are in order and disjoint.
std::vector<const LoadSecond*> load_in(const History& history, const std::vector<Span>& spans);
LoadTotals totals(const std::vector<const LoadSecond*>& rows, const std::vector<Span>& spans);
// Why these rows do not suffice for a pass: none, seconds without rows, or fewer requests than the
// plan's rate makes (rows of an operation lack). Nothing when they do.
std::optional<std::string> gap(const Plan& plan, const LoadTotals& totals);

// --- swaps -------------------------------------------------------------------------------------

// Nothing when swaps can be judged; otherwise "not applicable" with why: no agent, or no swap
// directory in the contract.
std::optional<Finding> swapping_not_claimed(const Plan& plan);

struct SwapTally {
  std::vector<const Swap*> landed, lost;
  std::int64_t superseded = 0;
  std::int64_t unseen = 0;
  std::int64_t in_faults = 0;  // begun in a fault's span: judged by nobody
  std::int64_t planned = 0;
  [[nodiscard]] std::int64_t tried() const {
    return static_cast<std::int64_t>(landed.size() + lost.size());
  }
};
// The valid swaps under load.
SwapTally valid_swaps(const Plan& plan, const History& history);
// Seconds from the first byte to the first response by the new generation, ascending. A lost swap
// counts with the agent's limit, the least that it took.
std::vector<double> swap_latencies(const Plan& plan, const SwapTally& swaps);

// --- series ------------------------------------------------------------------------------------

std::vector<Point> points_in(const History& history, std::string_view series, Span span);
// Growth of a cumulative counter of nanoseconds over its time, in percent. Nothing for fewer than
// two points.
std::optional<double> percent_of_time(const std::vector<Point>& counter);
// Set when a run has no sample at all of the JVM's own counters, which heap, metaspace and loaded
// classes are read from.
std::optional<Finding> no_jvm_counters(const History& history);
// The same outside faults with their recovery: what it does while it is broken on purpose, and when
// what has piled up meanwhile reaches it, is no habit of its own.
std::vector<Point> points_outside_faults(const Plan& plan, const History& history,
                                         std::string_view series, Span span);
// The longest start of the application under load, as the part of it that lies in `span`, without
// its warm-up. Trends do not reach over a restart.
std::optional<Span> longest_life(const History& history, Span span);
// At most `buckets` points, each the median of its stretch of time: neighbouring samples are not
// independent.
std::vector<Point> thinned(const std::vector<Point>& points, Span span, std::size_t buckets);

// "43.2 s", "4 h 10 m": for sentences.
std::string spoken(Nanos length);
// A condition for rows of a table with that time column.
std::string within(std::string_view column, Span span);

}  // namespace bhsim::checks
