#include "framework/config/pairs.hpp"

#include <algorithm>
#include <cmath>

#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

using std::chrono::seconds;

// Reckoned beside the starts of the two JVMs: networks, volumes and containers made; connections;
// full collections; everything removed.
constexpr Nanos kPairBefore = seconds(1);
constexpr Nanos kPairSettle = seconds(1);
constexpr Nanos kPairAfter = seconds(1);
constexpr Nanos kFirstSwap = seconds(1);

Nanos beside(const Contract& contract) {
  return kPairBefore + contract.start_typical * 2 + kPairSettle + kPairAfter;
}

// With one of the floor among them.
std::int64_t fewest(const PairSchedule& schedule) {
  std::int64_t pairs = kFewestPairs;
  while (pairs - pairs / schedule.floor_every < kFewestPairs) ++pairs;
  return pairs;
}

Nanos least(const PairSchedule& schedule, const Contract& contract) {
  return (beside(contract) + std::min(schedule.warm_up, kPairWarmUpMin) +
          std::min(schedule.measured, kPairMeasuredMin)) *
         fewest(schedule);
}

Nanos share_of(Nanos duration, double share) {
  return std::chrono::floor<seconds>(Nanos(std::llround(to_seconds(duration) * share * 1e9)) +
                                     Nanos(1000));
}

}  // namespace

Nanos shortest_duration(const Simulation& simulation, const Contract& contract) {
  const Nanos phases = shortest_duration(simulation.phases);
  if (!simulation.pairs) return phases;
  const double share = simulation.pairs->share;
  const double shortest = std::max(to_seconds(phases) / (1 - share),
                                   to_seconds(least(*simulation.pairs, contract)) / share);
  // Whole seconds: what rounding takes from one part lacks there.
  return seconds(std::llround(std::ceil(shortest)) + 1);
}

Result<Division> divide(const Simulation& simulation, const Contract& contract, Nanos duration) {
  if (!simulation.pairs) return Division{duration, {}};
  const Nanos shortest = shortest_duration(simulation, contract);
  if (duration < shortest)
    return fail(ErrorCode::config,
                "--duration={}: too short for its phases and {} pairs of JVMs; the shortest that "
                "works is {}",
                spoken(duration), fewest(*simulation.pairs), spoken(shortest));
  const Nanos pairs = share_of(duration, simulation.pairs->share);
  return Division{duration - pairs, pairs};
}

std::vector<PlannedPair> plan_pairs(const TimelineRequest& request, Nanos length) {
  std::vector<PlannedPair> out;
  if (!request.simulation.pairs) return out;
  const auto& schedule = *request.simulation.pairs;
  const Nanos beside_it = beside(request.contract);
  Nanos warm_up = schedule.warm_up, measured = schedule.measured;
  auto count = length / (beside_it + warm_up + measured);
  if (count < fewest(schedule)) {
    count = fewest(schedule);
    const Nanos room = std::chrono::floor<seconds>(length / count) - beside_it;
    measured = std::clamp<Nanos>(room - warm_up, std::min(measured, kPairMeasuredMin), measured);
    warm_up = std::clamp<Nanos>(room - measured, std::min(warm_up, kPairWarmUpMin), warm_up);
  }
  for (std::int64_t id = 1; id <= count; ++id) {
    PlannedPair pair;
    pair.id = id;
    pair.length = beside_it + warm_up + measured;
    pair.at = pair.length * (id - 1);
    pair.floor = !request.agent.present() || id % schedule.floor_every == 0;
    pair.plain_first = id % 2 == 0;
    pair.warm_up = warm_up;
    pair.measured = measured;
    if (!pair.floor)
      pair.swaps =
          plan_even_swaps(request, static_cast<std::uint64_t>(id) << 20U, schedule.swap_every,
                          warm_up + measured + schedule.swap_every / 2 - kFirstSwap);
    // The first comes at once: the agent has to be as warm as the application.
    for (auto& swap : pair.swaps) swap.at -= warm_up + schedule.swap_every / 2 - kFirstSwap;
    out.push_back(std::move(pair));
  }
  return out;
}

}  // namespace bhsim::config
