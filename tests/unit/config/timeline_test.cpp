#include "framework/config/timeline.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "framework/config/vocabulary.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

struct World {
  Simulation simulation = *load_simulation(kRoot / "simulations/production.yml");
  Contract contract = *load_contract(kRoot / "configs/apps/ProductionSimulationApp.yml");
  AgentProfile agent = *load_agent_profile(kRoot / "configs/agents/reference.yml");

  [[nodiscard]] TimelineRequest request(Nanos duration, std::uint64_t seed = 42) const {
    return {simulation, contract, agent, duration, seed};
  }
  [[nodiscard]] Timetable plan(Nanos duration, std::uint64_t seed = 42) const {
    return *plan_timeline(request(duration, seed));
  }
};

Nanos sum_of(const std::vector<PlannedPhase>& phases) {
  Nanos sum{};
  for (const auto& phase : phases) sum += phase.length;
  return sum;
}

// --- phases

TEST(Phases, EveryDuration_IsSharedOutWithinBounds) {
  const World world;
  for (auto d = seconds(130); d < hours(30); d += seconds(1) + d / 37) {
    const auto phases = *plan_phases(world.simulation.phases, d);
    ASSERT_EQ(sum_of(phases), d) << d.count();
    Nanos start{};
    for (std::size_t i = 0; i < phases.size(); ++i) {
      EXPECT_EQ(phases[i].start, start);
      start += phases[i].length;
      EXPECT_GE(phases[i].length, world.simulation.phases[i].min) << d.count() << phases[i].name;
      if (world.simulation.phases[i].max) {
        EXPECT_LE(phases[i].length, *world.simulation.phases[i].max) << d.count() << phases[i].name;
      }
    }
  }
}

TEST(Phases, ShortestDuration_WorksAndASecondLessDoesNot) {
  const World world;
  const auto& phases = world.simulation.phases;
  ASSERT_EQ(shortest_duration(phases), seconds(130));
  EXPECT_TRUE(plan_phases(phases, seconds(130)));
  EXPECT_EQ(plan_phases(phases, seconds(129)).error().message,
            "--duration=2m9s: too short for its phases; the shortest that works is 2m10s");
  EXPECT_TRUE(plan_timeline(world.request(seconds(130))));
  EXPECT_FALSE(plan_timeline(world.request(seconds(129))));
}

TEST(Phases, OddDurations_AreExactToTheNanosecond) {
  const World world;
  const Nanos odd = minutes(7) + milliseconds(123) + Nanos(7);
  EXPECT_EQ(sum_of(*plan_phases(world.simulation.phases, odd)), odd);
}

TEST(Phases, TenMinutes_AreTheSharesOfTheDesign) {
  const auto phases = World().plan(minutes(10)).phases;
  std::vector<Nanos> lengths;
  for (const auto& phase : phases) lengths.push_back(phase.length);
  EXPECT_EQ(lengths,
            (std::vector<Nanos>{seconds(30), seconds(90), seconds(360), seconds(90), seconds(30)}));
}

TEST(Phases, FourHours_KeepWarmUpAtItsMaximum) {
  EXPECT_EQ(World().plan(hours(4)).phases[0].length, minutes(10));
}

TEST(Phases, LongerThanAllMaxima_IsRefusedWithTheLongest) {
  std::vector<SimulationPhase> phases(2);
  phases[0] = {"a", 0.5, seconds(1), seconds(10), {}, {}};
  phases[1] = {"b", 0.5, seconds(1), seconds(20), {}, {}};
  EXPECT_TRUE(plan_phases(phases, seconds(30)));
  EXPECT_EQ(plan_phases(phases, seconds(31)).error().message,
            "--duration=31s: too long for its phases; the longest that works is 30s");
}

TEST(Phases, RandomBounds_AreAlwaysKept) {
  Dice dice(7);
  for (int round = 0; round < 2000; ++round) {
    std::vector<SimulationPhase> phases(1 + dice.below(6));
    Nanos least{}, most{};
    for (auto& phase : phases) {
      phase.name = "p";
      phase.share = static_cast<double>(1 + dice.below(100)) / 100;
      phase.min = milliseconds(dice.below(20'000));
      phase.max = phase.min + milliseconds(1 + dice.below(40'000));
      least += phase.min;
      most += *phase.max;
    }
    least = std::max<Nanos>(least, seconds(1));
    const Nanos duration = least + Nanos(static_cast<std::int64_t>(dice.below(1'000'001)) *
                                         (most - least).count() / 1'000'000);
    if (duration > most) continue;
    const auto planned = plan_phases(phases, duration);
    ASSERT_TRUE(planned) << planned.error().message;
    ASSERT_EQ(sum_of(*planned), duration) << round;
    for (std::size_t i = 0; i < phases.size(); ++i) {
      ASSERT_GE((*planned)[i].length, phases[i].min) << round;
      ASSERT_LE((*planned)[i].length, *phases[i].max) << round;
    }
  }
}

// --- swaps

TEST(Swaps, TenMinutes_HoldAtLeastHundredAndFifty) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_GE(World().plan(minutes(10), seed).swaps.size(), 150U) << seed;
}

TEST(Swaps, ThreeMinutes_HoldEnoughForAProportion) {
  for (std::uint64_t seed = 0; seed < 20; ++seed)
    EXPECT_GE(World().plan(minutes(3), seed).swaps.size(), 21U) << seed;
}

TEST(Swaps, OneClassWithoutGroups_StillHoldsEnoughInThreeMinutes) {
  World world;
  world.contract.swap_classes.resize(1);
  world.contract.swap_groups.clear();
  EXPECT_GE(world.plan(minutes(3)).swaps.size(), 21U);
}

TEST(Swaps, StepsOfATrain_AreTwoSecondsApartAndTrainsAreTwelveApart) {
  const auto table = World().plan(minutes(10));
  const auto steady = table.phases[2];
  const PlannedSwap* before = nullptr;
  for (const auto& swap : table.swaps) {
    if (swap.phase != "steady") continue;
    EXPECT_GE(swap.at, steady.start + seconds(6));
    EXPECT_LE(swap.at, steady.start + steady.length - seconds(6));
    if (before != nullptr && before->at != swap.at) {
      EXPECT_EQ(swap.at - before->at, swap.train == before->train ? seconds(2) : seconds(12));
    }
    before = &swap;
  }
}

TEST(Swaps, QuietWindows_MatchTheTrainsInNumber) {
  const auto table = World().plan(minutes(10));
  std::set<std::int64_t> trains;
  for (const auto& swap : table.swaps)
    if (swap.phase == "steady") trains.insert(swap.train);
  EXPECT_EQ(trains.size(), 12U);
  for (const auto& swap : table.swaps)
    for (const auto at : table.collections) EXPECT_GE(std::chrono::abs(swap.at - at), seconds(2));
}

TEST(Swaps, Generations_CountUpFromOneWithoutGaps) {
  const World world;
  const auto table = world.plan(hours(4));
  std::int64_t generation = 0;
  for (const auto& swap : table.swaps) EXPECT_EQ(swap.generation, ++generation);
  for (const auto& swap : plan_bad_swaps(world.request(hours(4)), generation + 1))
    EXPECT_EQ(swap.generation, ++generation);
}

TEST(Swaps, AreInOrderOfTime) {
  const auto table = World().plan(hours(1));
  EXPECT_TRUE(std::ranges::is_sorted(table.swaps, {}, &PlannedSwap::at));
}

TEST(Swaps, EveryClass_GetsAboutItsShare) {
  const World world;
  std::map<std::string, int> times;
  for (const auto& swap : world.plan(hours(1)).swaps) ++times[swap.class_name];
  ASSERT_EQ(times.size(), 3U);
  for (const auto& [name, n] : times) EXPECT_GT(n, 250) << name;
}

TEST(Swaps, GroupShare_IsTenPerCentOfTheSingleSteps) {
  const auto table = World().plan(hours(1));
  std::map<Nanos, std::vector<const PlannedSwap*>> steps;
  for (const auto& swap : table.swaps)
    if (swap.phase == "steady") steps[swap.at].push_back(&swap);
  int groups = 0, singles = 0;
  for (const auto& [at, swaps] : steps) {
    if (swaps.size() == 2) {
      ++groups;
      EXPECT_EQ(swaps[0]->group_id, swaps[1]->group_id);
      EXPECT_NE(swaps[0]->group_id, 0);
    } else if (swaps.size() == 1) {
      ++singles;
    }
  }
  EXPECT_NEAR(groups * 10, groups + singles, 10);
}

TEST(Swaps, LastStepOfAFullTrain_DeliversEveryClass) {
  const auto table = World().plan(minutes(10));
  std::map<std::int64_t, std::map<Nanos, std::set<std::string>>> trains;
  for (const auto& swap : table.swaps)
    if (swap.phase == "steady") trains[swap.train][swap.at].insert(swap.class_name);
  for (const auto& [train, steps] : trains) EXPECT_EQ(steps.rbegin()->second.size(), 3U) << train;
}

TEST(Swaps, Burst_HasEveryClassAtOnceAndOneOfThemFirstLastAndBetween) {
  World world;
  auto& schedule = *world.simulation.phases[2].swaps;
  schedule.groups = 0;
  schedule.release = false;
  schedule.bursts = 0.2;
  std::int64_t steps = 0, bursts = 0;
  std::set<std::string> thrice;
  const auto table = world.plan(minutes(30));
  for (const auto& delivery : deliveries(table.swaps)) {
    if (delivery.front().phase != "steady") continue;
    ++steps;
    if (delivery.size() == 1) continue;
    ++bursts;
    ASSERT_EQ(delivery.size(), 5U);
    const auto& name = delivery[0].class_name;
    thrice.insert(name);
    EXPECT_EQ(delivery[2].class_name, name);
    EXPECT_EQ(delivery[4].class_name, name);
    std::set<std::string> all;
    for (const auto& swap : delivery) {
      all.insert(swap.class_name);
      EXPECT_EQ(swap.group_id, 0);
    }
    EXPECT_EQ(all.size(), 3U);
  }
  EXPECT_NEAR(static_cast<double>(bursts) * 5, static_cast<double>(steps), 5);
  EXPECT_EQ(thrice.size(), 3U) << "each class has its turn";
}

TEST(Swaps, BurstOfTheOnlyClass_IsItThreeTimes) {
  World world;
  world.contract.swap_classes.resize(1);
  world.contract.swap_groups.clear();
  world.simulation.phases[2].swaps->bursts = 1;
  const auto table = world.plan(minutes(10));
  EXPECT_EQ(deliveries(table.swaps).front().size(), 3U);
}

template <typename Swaps>
concept HasDeliveries = requires(Swaps&& swaps) {
  deliveries(std::forward<Swaps>(swaps));
};

TEST(Deliveries, AreTheSwapsOfOneInstant) {
  static_assert(HasDeliveries<std::vector<PlannedSwap>&>);
  static_assert(!HasDeliveries<std::vector<PlannedSwap>>, "their spans would dangle");
  std::vector<PlannedSwap> swaps;
  EXPECT_TRUE(deliveries(swaps).empty());
  swaps.resize(5);
  for (std::size_t i = 0; i < swaps.size(); ++i) swaps[i].at = seconds(i < 2 ? 1 : i < 3 ? 2 : 3);
  const auto all = deliveries(swaps);
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].size(), 2U);
  EXPECT_EQ(all[1].size(), 1U);
  EXPECT_EQ(all[2].data(), &swaps[3]);
}

TEST(Swaps, SameSeed_SamePlan_OtherSeed_OtherPlan) {
  const World world;
  EXPECT_EQ(world.plan(minutes(10), 1).swaps, world.plan(minutes(10), 1).swaps);
  EXPECT_NE(world.plan(minutes(10), 1).swaps, world.plan(minutes(10), 2).swaps);
}

TEST(Swaps, SameClass_IsNeverSwappedInTwoStepsInARowByItself) {
  const auto table = World().plan(hours(1));
  for (std::size_t i = 1; i < table.swaps.size(); ++i) {
    const auto &a = table.swaps[i - 1], &b = table.swaps[i];
    if (a.train == b.train && a.group_id == 0 && b.group_id == 0) {
      EXPECT_NE(a.class_name, b.class_name) << i;
    }
  }
}

TEST(Swaps, AgentThatKnowsNoPackages_SwapsOnlyTheDefaultPackage) {
  World world;
  world.agent.named_packages = false;
  for (const auto& swap : world.plan(minutes(10)).swaps)
    EXPECT_EQ(swap.class_name.find('.'), std::string::npos);
}

TEST(Swaps, WithoutAgent_NoneArePlannedAndCollectionsStillAre) {
  World world;
  world.agent = *load_agent_profile(kRoot / "configs/agents/none.yml");
  const auto table = world.plan(minutes(10));
  EXPECT_TRUE(table.swaps.empty());
  EXPECT_FALSE(table.phases[2].swaps);
  EXPECT_GE(table.collections.size(), 6U);
  EXPECT_TRUE(plan_bad_swaps(world.request(minutes(10)), 1).empty());
}

TEST(BadSwaps, EachIsFollowedByAValidOneOfItsClass) {
  const World world;
  const auto swaps = plan_bad_swaps(world.request(minutes(10)), 100);
  ASSERT_EQ(swaps.size(), 6U);
  std::set<std::string> variants;
  for (std::size_t i = 0; i < swaps.size(); i += 2) {
    EXPECT_FALSE(swaps[i].valid);
    EXPECT_EQ(swaps[i].watch, world.agent.swap_within);
    EXPECT_TRUE(swaps[i + 1].valid);
    EXPECT_EQ(swaps[i].class_name, swaps[i + 1].class_name);
    EXPECT_GT(swaps[i + 1].at, swaps[i].at + swaps[i].watch);
    EXPECT_EQ(swaps[i].role, "bad-swaps");
    variants.insert(swaps[i].variant);
  }
  EXPECT_EQ(variants, (std::set<std::string>{"truncated", "bad-magic", "schema-change"}));
}

TEST(BadSwaps, FourHours_GiveEnoughForAProportion) {
  World world;
  EXPECT_EQ(plan_bad_swaps(world.request(hours(4)), 1).size(), 42U);
  world.simulation.variants = kMalformedVariants;
  EXPECT_EQ(plan_bad_swaps(world.request(hours(4)), 1).size(), 48U);
}

TEST(BadSwaps, UnusualVariants_AreValidAndStandAlone) {
  World world;
  world.simulation.variants = {"half-written", "zero-length", "huge"};
  const auto swaps = plan_bad_swaps(world.request(minutes(10)), 1);
  ASSERT_EQ(swaps.size(), 4U);
  EXPECT_EQ(swaps[0].variant, "half-written");
  EXPECT_TRUE(swaps[0].valid);
  EXPECT_FALSE(swaps[1].valid);
  EXPECT_EQ(swaps[2].variant, "valid");
  EXPECT_EQ(swaps[3].variant, "huge");
  EXPECT_TRUE(swaps[3].valid);
  for (std::size_t i = 1; i < swaps.size(); ++i) EXPECT_GT(swaps[i].at, swaps[i - 1].at);
}

TEST(BadSwaps, AgentThatTakesSchemaChanges_IsNotAskedToRefuseThem) {
  World world;
  world.agent.accepts = {"method-body", "schema"};
  world.simulation.variants = unusual_and_bad_variants();
  std::set<std::string> variants;
  for (const auto& swap : plan_bad_swaps(world.request(minutes(10)), 1))
    variants.insert(swap.variant);
  EXPECT_TRUE(variants.contains("truncated"));
  for (const auto& variant : kSchemaVariants) EXPECT_FALSE(variants.contains(variant)) << variant;
}

// --- faults

Nanos outage_of(const Timetable& table) {
  Nanos sum{};
  for (const auto& fault : table.faults) sum += fault.outage;
  return sum;
}

std::int64_t count_of(const Timetable& table, std::string_view kind) {
  return std::ranges::count(table.faults, kind, &PlannedFault::kind);
}

TEST(Faults, EveryDurationFromTheShortest_HasAKillAndAPause) {
  const World world;
  for (auto d = seconds(130); d < hours(4); d += d / 23) {
    const auto table = world.plan(d);
    EXPECT_GE(count_of(table, "kill"), 1) << d.count();
    EXPECT_GE(count_of(table, "pause"), 1) << d.count();
  }
}

TEST(Faults, PlannedOutage_StaysWithinTheBudgetWhereOneOfEachFits) {
  World world;
  world.contract.start_typical = seconds(2);
  for (auto d = seconds(500); d < hours(30); d += d / 29)
    EXPECT_LE(outage_of(world.plan(d)) * 200, d) << d.count();
}

TEST(Faults, FourHours_HoldEnoughForAProportion) {
  World world;
  world.contract.start_typical = seconds(2);
  EXPECT_GE(world.plan(hours(4)).faults.size(), 21U);
}

TEST(Faults, StandInTheirPhaseAndApart) {
  const World world;
  for (const auto d :
       {Nanos(seconds(130)), Nanos(minutes(3)), Nanos(minutes(10)), Nanos(hours(4))}) {
    const auto table = world.plan(d);
    const auto& disrupt = table.phases[3];
    for (std::size_t i = 0; i < table.faults.size(); ++i) {
      const auto& fault = table.faults[i];
      EXPECT_EQ(fault.id, static_cast<std::int64_t>(i) + 1);
      EXPECT_GE(fault.at, disrupt.start);
      EXPECT_LT(fault.at + fault.outage, disrupt.start + disrupt.length);
      if (i > 0) {
        EXPECT_GE(fault.at - table.faults[i - 1].at, kFaultSpacingMin);
      }
      if (fault.kind == "kill") {
        EXPECT_LE(fault.at + fault.outage + kRecovery, d);
      }
      if (fault.kind == "pause") {
        EXPECT_GE(fault.holds, kPauseMin);
      }
    }
  }
}

// Kinds with what they are told, in the plan as they are in the file; each is reckoned as it is.
TEST(Faults, EachKind_IsReckonedByWhatItDoes) {
  World world;
  auto& faults = *world.simulation.phases[3].faults;
  faults.from = {*fault_choice("kill"), *fault_choice("cut"), *fault_choice("cpu")};
  faults.from[1].holds = seconds(2);
  faults.from[2].parameters["share"] = "20%";
  const auto table = world.plan(hours(1));
  std::set<std::string> seen;
  for (const auto& fault : table.faults) {
    seen.insert(fault.kind);
    if (fault.kind == "kill") {
      EXPECT_EQ(fault.holds, Nanos{});
      EXPECT_EQ(fault.outage, world.contract.start_typical);
    }
    if (fault.kind == "cut") {
      EXPECT_EQ(fault.holds, seconds(2));
      EXPECT_EQ(fault.outage, seconds(2));
    }
    if (fault.kind == "cpu") {
      EXPECT_EQ(fault.holds, seconds(5));
      EXPECT_EQ(fault.outage, Nanos{}) << "it answers all the same";
      EXPECT_EQ(fault.parameters, (std::map<std::string, std::string>{{"share", "20%"}}));
    }
  }
  EXPECT_EQ(seen, (std::set<std::string>{"kill", "cut", "cpu"}));
}

// What clients and application meet on their way to each other.
TEST(Faults, OfTheRelay_AreReckonedByWhatClientsMeet) {
  World world;
  auto& faults = *world.simulation.phases[3].faults;
  faults.from = {*fault_choice("black-hole"), *fault_choice("relay-latency")};
  const auto table = world.plan(hours(1));
  ASSERT_FALSE(table.faults.empty());
  for (const auto& fault : table.faults) {
    if (fault.kind == "black-hole") {
      EXPECT_GE(fault.holds, kPauseMin);
      EXPECT_EQ(fault.outage, fault.holds) << "as silent as a pause";
    } else {
      EXPECT_EQ(fault.holds, seconds(5));
      EXPECT_EQ(fault.outage, Nanos{});
      EXPECT_EQ(fault.parameters, (std::map<std::string, std::string>{{"delay", "15"}}));
    }
  }
  EXPECT_GT(count_of(table, "black-hole"), 0);
  EXPECT_GT(count_of(table, "relay-latency"), 0);
}

TEST(Faults, MoreOutage_IsMoreOfThoseThatSilence) {
  World world;
  auto& faults = *world.simulation.phases[3].faults;
  faults.every = seconds(10);
  faults.from = {*fault_choice("kill")};
  const auto usual = count_of(world.plan(hours(1)), "kill");
  faults.outage = 0.05;
  const auto table = world.plan(hours(1));
  EXPECT_GT(count_of(table, "kill"), 3 * usual);
  EXPECT_LE(outage_of(table), Nanos(minutes(3)));
}

TEST(Faults, WhatMayEndTheJvm_NeedsItsClaimOfTheLedger) {
  World world;
  auto& faults = *world.simulation.phases[3].faults;
  faults.from.clear();
  for (const auto* kind : {"kill", "memory", "terminate", "restart", "cpu"})
    faults.from.push_back(*fault_choice(kind));
  world.contract.ledger_survives = {"restart"};
  const auto table = world.plan(hours(2));
  EXPECT_EQ(count_of(table, "kill") + count_of(table, "memory"), 0);
  for (const auto* kind : {"terminate", "restart", "cpu"}) EXPECT_GT(count_of(table, kind), 0);
}

TEST(Faults, Swaps_KeepClearOfThem) {
  const World world;
  const auto table = world.plan(hours(1));
  for (const auto& swap : table.swaps)
    for (const auto& fault : table.faults)
      EXPECT_TRUE(swap.at + seconds(3) <= fault.at ||
                  swap.at >= fault.at + fault.outage + seconds(25));
}

TEST(Faults, SwapsAreTriedAfterFaults) {
  const auto table = World().plan(minutes(10));
  EXPECT_EQ(std::ranges::count(table.swaps, "disrupt", &PlannedSwap::phase), 6);
}

TEST(Faults, LedgerThatDoesNotSurviveAKill_IsNotKilled) {
  World world;
  world.contract.ledger_survives = {"restart"};
  EXPECT_EQ(count_of(world.plan(minutes(10)), "kill"), 0);
  world.contract.ledger_ranges.clear();
  EXPECT_GE(count_of(world.plan(minutes(10)), "kill"), 1);
}

TEST(Faults, DoNotMoveWithTheClassesOfAContract) {
  World world;
  const auto before = world.plan(hours(1)).faults;
  world.contract.swap_classes.resize(1);
  world.contract.swap_groups.clear();
  EXPECT_EQ(world.plan(hours(1)).faults, before);
}

// --- collections

TEST(Collections, AreInOrderApartAndInsideTheLoad) {
  const World world;
  for (const auto d :
       {Nanos(seconds(130)), Nanos(minutes(3)), Nanos(minutes(10)), Nanos(hours(4))}) {
    const auto table = world.plan(d);
    for (std::size_t i = 0; i < table.collections.size(); ++i) {
      EXPECT_LT(table.collections[i], d);
      if (i > 0) {
        EXPECT_GE(table.collections[i] - table.collections[i - 1], seconds(8));
      }
    }
    EXPECT_LE(table.collections.size(), 301U);
  }
}

TEST(Dice, AreTheSameOnEveryMachine) {
  Dice dice(42);
  std::vector<std::size_t> numbers;
  for (int i = 0; i < 5; ++i) numbers.push_back(dice.below(1000));
  EXPECT_EQ(numbers, (std::vector<std::size_t>{413, 291, 858, 764, 250}));
}

}  // namespace
}  // namespace bhsim::config
