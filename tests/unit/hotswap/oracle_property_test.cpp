// Random runs of a simulated application, judged by the oracle as they come and by a slow model
// that sees everything at once and knows only the definitions in oracle.hpp.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "framework/hotswap/oracle.hpp"

namespace bhsim::hotswap {
namespace {

using history::Swap;
using history::SwapOutcome;
using namespace std::chrono_literals;

constexpr Nanos kSwapWithin = 3s;
constexpr Nanos kReorder = 1s;
constexpr Nanos kSuperseded = 1s;

struct World {
  std::vector<Swap> swaps;             // of one class, in order
  std::vector<Observation> responses;  // in the order in which they arrive
};

struct Habits {
  double lost = 0;       // share of valid swaps that the agent never applies
  double goes_back = 0;  // share of responses that an older generation serves
  Nanos slowest_landing = 40ms;
  Nanos slowest_response = 30ms;
  Nanos between_swaps = 2s;
};

// The truth: at each instant one generation is in force, and a response shows the one at some
// instant of its own.
World make_world(std::mt19937_64& random, const Habits& habits) {
  const auto upto = [&](Nanos most) {
    return Nanos(
        static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most.count() + 1)));
  };
  const auto chance = [&](double share) {
    return std::uniform_real_distribution(0.0, 1.0)(random) < share;
  };
  World world;
  std::vector<std::pair<Time, std::int64_t>> force = {{Time(0s), 0}};
  Time t(1s);
  for (std::int64_t generation = 1; generation <= 12; ++generation) {
    Swap swap;
    swap.class_name = "A";
    swap.generation = generation;
    swap.t_write = t;
    swap.valid = !chance(0.2);
    const Time lands = t + 1ms + upto(habits.slowest_landing);
    t += 1ms + upto(habits.between_swaps);
    // The agent reads the file when it gets to it: a swap that the next write overtakes is never
    // seen.
    if (swap.valid && !chance(habits.lost) && lands < t) force.emplace_back(lands, generation);
    world.swaps.push_back(swap);
  }
  const auto in_force = [&](Time when) {
    std::int64_t generation = 0;
    for (const auto& [since, number] : force) generation = since <= when ? number : generation;
    return generation;
  };
  const Time end = t + 5s;
  std::vector<std::pair<Time, Observation>> arriving;
  for (Time sent(0s); sent < end; sent += 1ms + upto(20ms)) {
    const Time done = sent + 1us + upto(habits.slowest_response);
    const Time served = sent + upto(done - sent);
    std::int64_t generation = in_force(served);
    if (generation > 0 && chance(habits.goes_back))
      generation = static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(generation));
    arriving.emplace_back(done + upto(kReorder / 2), Observation{0, generation, sent, done});
  }
  std::ranges::stable_sort(arriving, {}, [](const auto& item) { return item.first; });
  for (const auto& [when, observation] : arriving) world.responses.push_back(observation);
  return world;
}

// --- the slow model

std::optional<Time> first_done(const World& world, std::int64_t generation) {
  std::optional<Time> first;
  for (const Observation& response : world.responses) {
    if (response.generation == generation && (!first || response.t_done < *first))
      first = response.t_done;
  }
  return first;
}

std::uint64_t count_went_back(const World& world) {
  std::uint64_t count = 0;
  for (const Observation& late : world.responses) {
    count += std::ranges::any_of(world.responses, [&](const Observation& early) {
      return early.generation > late.generation && early.t_done < late.t_sent;
    });
  }
  return count;
}

SwapOutcome model_outcome(const World& world, const Swap& swap) {
  const auto served = first_done(world, swap.generation);
  std::optional<Time> older, newer_done, any_sent;
  const Swap* newer = nullptr;
  for (const Observation& response : world.responses) {
    any_sent = std::max(any_sent.value_or(response.t_sent), response.t_sent);
    if (response.generation < swap.generation)
      older = std::max(older.value_or(response.t_sent), response.t_sent);
    if (response.generation > swap.generation && (!newer_done || response.t_done < *newer_done)) {
      newer_done = response.t_done;
      newer = &world.swaps[static_cast<std::size_t>(response.generation - 1)];
    }
  }
  const Time due = swap.t_write + kSwapWithin;
  if (!swap.valid) {
    if (served) return SwapOutcome::accepted;
    return any_sent && *any_sent >= due ? SwapOutcome::refused : SwapOutcome::unseen;
  }
  if (served) return *served <= due ? SwapOutcome::landed : SwapOutcome::lost;
  if (older && *older >= due && (!newer_done || *newer_done > due)) return SwapOutcome::lost;
  if (newer == nullptr) return SwapOutcome::unseen;
  const Nanos stale = older ? *older - swap.t_write : 0s;
  const bool folded = *newer_done - newer->t_write >= kSuperseded;
  return stale < kSuperseded || folded ? SwapOutcome::superseded : SwapOutcome::lost;
}

struct Judgement {
  std::map<std::int64_t, Swap> swaps;
  std::vector<history::Served> served;
  OracleCounts counts;
};

Judgement judge(const World& world) {
  Oracle oracle({"A"}, {.reorder = kReorder, .superseded_within = kSuperseded});
  Judgement judgement;
  const auto keep = [&](Findings found) {
    for (Swap& swap : found.swaps) judgement.swaps[swap.generation] = swap;
    for (auto& run : found.served) judgement.served.push_back(run);
  };
  std::size_t next = 0;
  Time newest(0s), taken(0s);
  for (const Observation& response : world.responses) {
    newest = std::max(newest, response.t_done);
    // The delivery is answered when it has been made, and so before the responses that it explains
    // are told.
    while (next < world.swaps.size() && world.swaps[next].t_write <= newest) {
      oracle.expect(world.swaps[next], kSwapWithin);
      oracle.delivered(world.swaps[next]);
      ++next;
    }
    oracle.observe(response);
    if (newest - taken > 100ms) {
      taken = newest;
      keep(oracle.take(newest));
    }
  }
  keep(oracle.finish(newest));
  judgement.counts = oracle.counts();
  return judgement;
}

void expect_equal_to_model(const World& world, std::uint64_t seed, bool exact_outcomes) {
  const Judgement judgement = judge(world);
  EXPECT_EQ(judgement.counts.late, 0U);
  EXPECT_EQ(judgement.counts.overflow, 0U);
  EXPECT_EQ(judgement.counts.unknown_generation, 0U);
  EXPECT_EQ(judgement.counts.went_back, count_went_back(world)) << "seed " << seed;
  ASSERT_EQ(judgement.swaps.size(), world.swaps.size()) << "seed " << seed;
  for (const Swap& swap : world.swaps) {
    const Swap& told = judgement.swaps.at(swap.generation);
    EXPECT_EQ(told.t_served, first_done(world, swap.generation))
        << "seed " << seed << " generation " << swap.generation;
    if (!exact_outcomes) continue;
    EXPECT_EQ(static_cast<int>(told.outcome), static_cast<int>(model_outcome(world, swap)))
        << "seed " << seed << " generation " << swap.generation << ": " << told.detail;
  }
  std::int64_t responses = 0;
  Time last(0s);
  for (const auto& run : judgement.served) {
    responses += run.responses;
    EXPECT_LE(last, run.first_done) << "seed " << seed;
    EXPECT_LE(run.first_done, run.last_done);
    last = run.last_done;
  }
  EXPECT_EQ(responses, static_cast<std::int64_t>(world.responses.size()));
}

TEST(OracleProperty, GoodAgent_NeverGoesBackAndOutcomesAreTheModels) {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    std::mt19937_64 random(seed);
    const World world = make_world(random, {});
    expect_equal_to_model(world, seed, true);
    EXPECT_EQ(count_went_back(world), 0U);
    for (const Swap& swap : world.swaps) {
      EXPECT_NE(static_cast<int>(model_outcome(world, swap)),
                static_cast<int>(SwapOutcome::accepted));
    }
  }
}

TEST(OracleProperty, AgentThatLosesSwaps_OutcomesAreTheModels) {
  int lost = 0;
  for (std::uint64_t seed = 100; seed < 160; ++seed) {
    std::mt19937_64 random(seed);
    const World world = make_world(random, {.lost = 0.3, .between_swaps = 4s});
    expect_equal_to_model(world, seed, true);
    for (const Swap& swap : world.swaps) lost += model_outcome(world, swap) == SwapOutcome::lost;
  }
  EXPECT_GT(lost, 20);
}

TEST(OracleProperty, SlowAgentAndSlowResponses_OutcomesAreTheModels) {
  for (std::uint64_t seed = 200; seed < 260; ++seed) {
    std::mt19937_64 random(seed);
    expect_equal_to_model(
        make_world(random, {.slowest_landing = 5s, .slowest_response = 400ms, .between_swaps = 3s}),
        seed, true);
  }
}

TEST(OracleProperty, BurstsOfSwaps_OutcomesAreTheModels) {
  for (std::uint64_t seed = 300; seed < 360; ++seed) {
    std::mt19937_64 random(seed);
    expect_equal_to_model(make_world(random, {.between_swaps = 30ms}), seed, true);
  }
}

// Outcomes are told as soon as they are certain for an application that does not go back; its going
// back is counted.
TEST(OracleProperty, ApplicationThatGoesBack_EveryProofIsCounted) {
  std::uint64_t proofs = 0;
  for (std::uint64_t seed = 400; seed < 440; ++seed) {
    std::mt19937_64 random(seed);
    const World world = make_world(random, {.goes_back = 0.02});
    expect_equal_to_model(world, seed, false);
    proofs += count_went_back(world);
  }
  EXPECT_GT(proofs, 100U);
}

}  // namespace
}  // namespace bhsim::hotswap
