#pragma once
// What the checks over time look at: seconds of the load with all that is known of each, and
// counters as they grow. Away from swaps, faults and collections, and beside them.

#include <optional>
#include <string_view>
#include <vector>

#include "checks/select.hpp"

namespace bhsim::checks {

// Where a swap may show: from 0.2 s before its first byte to a second after its generation was
// first served, or after the agent's limit where it never was. In order, not merged.
std::vector<Span> swap_spans(const Plan& plan, const History& history);

// A step of the load, where it happened; none whose phase did not.
struct LoadStep {
  Span raised;
  double factor = 1;
  Span phase;
};
std::vector<LoadStep> load_steps(const Plan& plan, const History& history);

// What of `whole` is left without swaps, steps of the load and what settles after them, faults with
// their recovery, planned outages and full collections that bhsim forced.
std::vector<Span> quiet_spans(const Plan& plan, const History& history, Span whole);

// A second of the load, all operations together.
struct Second {
  Time t;
  std::int64_t planned = 0;
  std::int64_t within_slo = 0;
  std::vector<const LoadSecond*> rows;
  const history::GeneratorSecond* generator = nullptr;  // nothing: not told
};
// Those that lie wholly in one of the spans, which are in order and disjoint.
std::vector<Second> seconds_of(const History& history, const std::vector<Span>& spans);

// The p99 of a second in seconds, without what the generator's own lag explains of it: on a machine
// that holds up the generator, latency from the planned start holds that as well. Nothing where
// either is not told.
std::optional<double> p99_beyond_lag(const Second& second);

// A cumulative series, read between its samples.
class Counter {
 public:
  Counter(const History& history, std::string_view series) : points_(history.samples(series)) {}
  // By how much it grew in `span`; nothing without samples on both sides, none of them further away
  // than five seconds, nor when it began anew in between.
  [[nodiscard]] std::optional<double> grown(Span span) const;

 private:
  [[nodiscard]] std::optional<double> at(Time t) const;
  const std::vector<Point>& points_;
};

}  // namespace bhsim::checks
