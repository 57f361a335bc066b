#pragma once
// Pairs of fresh JVMs with and without the agent: how many of them a time holds, and when they are.
// Pure. Why it is measured so: docs/decisions/024-what-the-agent-costs.md.

#include <cstdint>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/plan.hpp"
#include "framework/config/timeline.hpp"

namespace bhsim::config {

// The fewest pairs with an agent from whose values an interval of 95 % can be had by signed ranks
// (two in 2^6 are 3 %).
inline constexpr std::int64_t kFewestPairs = 6;
// What a JVM needs until requests cost about the same all the time, and what a median of windows of
// 250 ms needs.
inline constexpr Nanos kPairWarmUpMin = std::chrono::seconds(13);
inline constexpr Nanos kPairMeasuredMin = std::chrono::seconds(12);
// Less warm-up leaves compilers at work while PERF-01 is measured.
inline constexpr Nanos kPairWarm = std::chrono::seconds(16);

// How the duration of a run is divided.
struct Division {
  Nanos load{};   // of the phases
  Nanos pairs{};  // of the pairs; 0 without any
};
// Refused when it is too short for the phases or for the fewest pairs, with the shortest that
// works.
Result<Division> divide(const Simulation& simulation, const Contract& contract, Nanos duration);
// The shortest duration that `divide` takes.
Nanos shortest_duration(const Simulation& simulation, const Contract& contract);

// As many as `length` holds. Where it holds fewer than are needed, measured time and then warm-up
// shrink towards their minimum. Every `floor_every`-th is of the floor; without an agent all are.
std::vector<PlannedPair> plan_pairs(const TimelineRequest& request, Nanos length);

}  // namespace bhsim::config
