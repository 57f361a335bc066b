#pragma once
// From a simulation's schedules and a duration to phases, swaps, faults and collections with their
// times. Pure. Why it is done so: docs/decisions/020-when-swaps-and-faults-happen.md.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/plan.hpp"

namespace bhsim::config {

// The same numbers from the same seed on every machine and with every standard library
// (SplitMix64).
class Dice {
 public:
  explicit Dice(std::uint64_t seed) : state_(seed) {}
  // From 0 to n − 1; n > 0.
  std::size_t below(std::size_t n);
  template <typename T>
  void shuffle(std::vector<T>& items) {
    for (std::size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[below(i)]);
  }

 private:
  std::uint64_t state_;
};

// The shortest duration that gives each phase its minimum.
Nanos shortest_duration(const std::vector<SimulationPhase>& phases);

// Lengths in whole seconds (but for the longest, which takes the rest) that add up to `duration`:
// each its share, or the nearest of its bounds; what one bound takes or gives is shared out among
// the others. Refused below shortest_duration and above the sum of the maxima.
Result<std::vector<PlannedPhase>> plan_phases(const std::vector<SimulationPhase>& phases,
                                              Nanos duration);

// For a run shorter than the simulation's own duration: `every` and `quiet` of its swaps shrink in
// proportion, so that about as many fit, but not below what a SwapSchedule has by default.
void fit_swaps(Simulation& simulation, Nanos duration);

// The classes that this agent can swap at all.
std::vector<std::string> swappable(const Contract& contract, const AgentProfile& agent);

// What of the timeline an application has to bear.
struct Timetable {
  std::vector<PlannedPhase> phases;
  std::vector<PlannedSwap> swaps;
  std::vector<PlannedFault> faults;
  std::vector<Nanos> collections;
  std::vector<PlannedStep> steps;
};

// What is delivered at one instant, in order: such swaps stand next to each other. The spans lie in
// `swaps`, which therefore cannot be a temporary.
std::vector<std::span<const PlannedSwap>> deliveries(const std::vector<PlannedSwap>& swaps);
std::vector<std::span<const PlannedSwap>> deliveries(const std::vector<PlannedSwap>&&) = delete;

struct TimelineRequest {
  const Simulation& simulation;
  const Contract& contract;
  const AgentProfile& agent;
  Nanos duration{};
  std::uint64_t seed = 0;
};
Result<Timetable> plan_timeline(const TimelineRequest& request);

// The simulation's variants: bad swaps, each followed by a valid one of the same class, and those
// that are valid themselves; generations go on from `next_generation`. More rounds in longer runs.
std::vector<PlannedSwap> plan_bad_swaps(const TimelineRequest& request,
                                        std::int64_t next_generation);

// Valid swaps of one class after the other, `every` so long from half of that on and never in the
// last two seconds of `length`; generations from 1, classes by `salt`. None when the agent cannot
// swap.
std::vector<PlannedSwap> plan_even_swaps(const TimelineRequest& request, std::uint64_t salt,
                                         Nanos every, Nanos length);

// A kill is reckoned to be over after its outage and this: the warm-up of a new JVM until requests
// are served in time again.
inline constexpr Nanos kRecovery = std::chrono::seconds(30);
// The shortest pause that a prober of ten a second sees beyond doubt, and the longest that is
// planned.
inline constexpr Nanos kPauseMin = std::chrono::milliseconds(500);
inline constexpr Nanos kPauseMax = std::chrono::seconds(3);
// What a step of the load is held against lies in the time before it, and what it settles to after.
inline constexpr Nanos kBeforeStep = std::chrono::seconds(12);
inline constexpr Nanos kSettling = std::chrono::seconds(38);
// No two faults begin closer together than this, however short a phase.
inline constexpr Nanos kFaultSpacingMin = std::chrono::seconds(10);

}  // namespace bhsim::config
