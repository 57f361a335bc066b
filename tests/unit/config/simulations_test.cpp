// The simulations that come with bhsim: each one section of phase 9.2, with the document's figures.

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>

#include "framework/config/pairs.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/faults/catalogue.hpp"
#include "requests.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

Plan plan_of(const std::string& simulation, std::optional<Nanos> duration = std::nullopt,
             const std::string& load = "") {
  auto asked = request(duration);
  asked.simulation = simulation;
  asked.checks = ids_of_all_simulations();
  asked.load = load;
  auto plan = build_plan(asked);
  EXPECT_TRUE(plan) << plan.error().message;
  return plan ? *std::move(plan) : Plan{};
}

// Moments at which something is delivered, in order, each once.
std::vector<Nanos> steps_of(const Plan& plan) {
  std::set<Nanos> moments;
  for (const auto& swap : plan.swaps) moments.insert(swap.at);
  return {moments.begin(), moments.end()};
}

// Only pairs tell what an agent costs, and only `baseline` has them.
bool is_of_pairs(const std::string& id) {
  return id == "PERF-01" || id == "PERF-03" || id == "PERF-10";
}

class Simulations : public testing::TestWithParam<std::string> {};

TEST_P(Simulations, AtItsOwnDuration_FeedsEveryCheckThatItRequires) {
  const auto plan = plan_of(GetParam());
  EXPECT_EQ(plan.simulation, GetParam());
  EXPECT_FALSE(plan.required.empty());
  // A rate over faults needs more of them than 20 minutes may be out of service; `production` has
  // it.
  const bool few_faults = GetParam() == "failure-modes";
  for (const auto& [id, why] : plan.demoted)
    EXPECT_TRUE((is_of_pairs(id) && plan.pairs.empty()) || (few_faults && id == "REL-04"))
        << id << ": " << why;
}

TEST_P(Simulations, InFiveMinutes_StillFeedsEveryCheckButThoseOfFaultsAndOfHabits) {
  const std::set<std::string> need_longer{"REL-01",  "REL-04", "REL-05", "PERF-09",
                                          "LOAD-05", "RES-01", "RES-05"};
  const auto plan = plan_of(GetParam(), minutes(5));
  for (const auto& [id, why] : plan.demoted)
    EXPECT_TRUE(need_longer.contains(id) || (is_of_pairs(id) && plan.pairs.empty()))
        << id << ": " << why;
}

TEST(LoadSimulation, InFiveMinutes_HoldsAStepOfTheLoadWithTimeToSettle) {
  const auto plan = plan_of("load", minutes(5));
  ASSERT_EQ(plan.steps.size(), 1U);
  const auto& step = plan.steps.front();
  const auto* phase = plan.phase(step.phase);
  ASSERT_NE(phase, nullptr);
  EXPECT_GE(step.at, phase->start + kBeforeStep);
  EXPECT_LE(step.at + step.length + kSettling, phase->start + phase->length);
  EXPECT_FALSE(plan.demoted.contains("LOAD-05"));
}

TEST_P(Simulations, AtItsShortest_Works) {
  const auto simulation = *load_simulation(*resolve(Kind::simulation, kRoot, GetParam()));
  const auto contract = *load_contract(*resolve(Kind::app, kRoot, simulation.app));
  const auto shortest = shortest_duration(simulation, contract);
  EXPECT_LE(shortest, simulation.pairs ? minutes(5) : minutes(3))
      << "bhsim run NAME --duration=3m is what people try first; `run all` gives 5m";
  const auto plan = plan_of(GetParam(), shortest);
  EXPECT_TRUE(!plan.swaps.empty() || !plan.pairs.empty());
}

TEST_P(Simulations, TakesAnotherLoad) {
  EXPECT_EQ(plan_of(GetParam(), minutes(5), "low").load.rate_per_s, 100);
}

TEST_P(Simulations, CanBeDescribed) {
  const auto text = describe(plan_of(GetParam(), minutes(5)));
  EXPECT_TRUE(text.starts_with(GetParam() + " · ")) << text;
  EXPECT_NE(text.find("Decided by"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(All, Simulations, testing::ValuesIn(names(Kind::simulation, kRoot)),
                         [](const auto& simulation) {
                           auto name = simulation.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Simulation, EachSection_HasTheApplicationOfTheDocument) {
  const std::map<std::string, std::string> expected{
      {"baseline", "PerformanceTestApp"},        {"chaos", "StockedApp"},
      {"concurrency", "ConcurrencyTestApp"},     {"failure-modes", "FailureTestApp"},
      {"hotswap", "HotSwapBenchmarkApp"},        {"load", "HighLoadApp"},
      {"production", "ProductionSimulationApp"}, {"resources", "ResourceAnalysisApp"},
      {"stability", "StabilityTestApp"}};
  std::map<std::string, std::string> found;
  for (const auto& name : names(Kind::simulation, kRoot)) found[name] = plan_of(name).app.name;
  EXPECT_EQ(found, expected);
}

TEST(Simulation, EachSection_HasTheConfigurationOfTheDocument) {
  const std::map<std::string, std::string> named{{"hotswap", "performance-config.yml"},
                                                 {"load", "load-test-config.yml"},
                                                 {"stability", "stability-config.yml"},
                                                 {"production", "production-config.yml"}};
  for (const auto& [name, file] : named)
    EXPECT_EQ(plan_of(name).production.file.filename(), file) << name;
}

TEST(Simulation, Hotswap_IsAHundredSwaps) {
  const auto plan = plan_of("hotswap");
  EXPECT_EQ(plan.swaps.size(), 100U);
  EXPECT_EQ(steps_of(plan).size(), 100U) << "one after the other";
}

TEST(Simulation, Load_IsFiftyConnectionsAThousandRequestsAndTrainsOfTwentyChanges) {
  const auto plan = plan_of("load");
  EXPECT_EQ(plan.load.connections, 50);
  EXPECT_EQ(plan.load.rate_per_s, 1000);
  std::map<std::int64_t, std::set<Nanos>> trains;
  for (const auto& swap : plan.swaps) trains[swap.train].insert(swap.at);
  EXPECT_EQ(trains.at(1).size(), 20U);
  EXPECT_EQ(*trains.at(1).rbegin() - *trains.at(1).begin(), seconds(38)) << "one every two seconds";
  EXPECT_GT(plan.swaps.size(), steps_of(plan).size()) << "several at once";
}

TEST(Simulation, Stability_IsADayWithAChangeEveryTwelveMinutes) {
  const auto plan = plan_of("stability");
  EXPECT_EQ(plan.duration, hours(24));
  const auto steps = steps_of(plan);
  EXPECT_EQ(steps.size(), 119U) << "five an hour, but for the warm-up";
  for (std::size_t i = 1; i < steps.size(); ++i) EXPECT_EQ(steps[i] - steps[i - 1], minutes(12));
  EXPECT_GE(plan.collections.size(), 100U);
  EXPECT_EQ(plan.limits.at("STAB-07").value, 100);
}

TEST(Simulation, Concurrency_IsAHundredConnectionsForSixHundredSeconds) {
  const auto plan = plan_of("concurrency");
  EXPECT_EQ(plan.load.connections, 100);
  EXPECT_EQ(plan.duration, seconds(600));
}

TEST(Simulation, FailureModes_DeliversEveryVariantAndFaults) {
  const auto plan = plan_of("failure-modes", minutes(5));
  std::set<std::string> variants;
  for (const auto& swap : plan.conformance_swaps) variants.insert(swap.variant);
  variants.erase("valid");
  const auto all = unusual_and_bad_variants();
  EXPECT_EQ(variants, std::set<std::string>(all.begin(), all.end()));
  std::set<std::string> faults;
  for (const auto& fault : plan.faults) faults.insert(fault.kind);
  EXPECT_EQ(faults, (std::set<std::string>{"black-hole", "half-open", "kill", "pause",
                                           "permissions", "read-only", "relay-latency", "reset"}));
  EXPECT_EQ(plan.production.file.filename(), "error-test-config.yml");
  EXPECT_GT(plan.production.max_retry_attempts, 3);
}

TEST(Simulation, Chaos_BreaksEverythingThatEveryHostCanBreakOneThingAtATime) {
  const auto plan = plan_of("chaos");
  const std::set<std::string> of_some_hosts{"memory", "latency"};
  std::map<std::string, std::size_t> times;
  for (const auto& fault : plan.faults) ++times[fault.kind];
  for (const auto& kind : faults::fault_kinds()) {
    const bool needs_a_word = std::ranges::any_of(
        kind.told(), [](const auto& parameter) { return parameter.fallback.empty(); });
    if (kind.make == nullptr || needs_a_word || of_some_hosts.contains(std::string(kind.name)))
      continue;
    EXPECT_GE(times[std::string(kind.name)], 2U) << kind.name;
  }
  for (std::size_t i = 1; i < plan.faults.size(); ++i)
    EXPECT_GT(plan.faults[i].at, plan.faults[i - 1].at + plan.faults[i - 1].holds);
  EXPECT_EQ(plan_of("chaos").faults, plan.faults) << "by its seed";
  const auto between = std::ranges::count_if(plan.swaps, [&plan](const auto& swap) {
    return swap.at > plan.faults.front().at && swap.at < plan.faults.back().at;
  });
  EXPECT_GE(between, 50) << "classes are swapped between the faults";
}

TEST(Simulation, ConcurrencyAndLoad_DeliverBursts) {
  for (const auto* name : {"concurrency", "load"}) {
    std::size_t largest = 0;
    const auto plan = plan_of(name);
    for (const auto& delivery : deliveries(plan.swaps))
      if (delivery.front().group_id == 0) largest = std::max(largest, delivery.size());
    EXPECT_EQ(largest, 5U) << name << ": three classes, one of them three times";
  }
}

TEST(Simulation, Resources_IsAnHourWithATrainAMinute) {
  const auto plan = plan_of("resources");
  EXPECT_EQ(plan.duration, hours(1));
  EXPECT_EQ(plan.swaps.back().train, 42);
  EXPECT_TRUE(plan.production.jfr_enabled);
}

// --- how a shorter run is fitted

TEST(FitSwaps, ShorterRun_ShrinksInProportionDownToTheUsualPace) {
  Simulation simulation;
  simulation.duration = hours(10);
  simulation.phases.resize(2);
  simulation.phases[1].swaps = SwapSchedule{};
  simulation.phases[1].swaps->every = minutes(1);
  simulation.phases[1].swaps->quiet = minutes(10);
  auto& swaps = *simulation.phases[1].swaps;
  fit_swaps(simulation, hours(5));
  EXPECT_EQ(swaps.every, seconds(30));
  EXPECT_EQ(swaps.quiet, minutes(5));
  fit_swaps(simulation, minutes(5));
  EXPECT_EQ(swaps.every, seconds(2));
  EXPECT_EQ(swaps.quiet, seconds(12));
}

TEST(FitSwaps, WhatIsFasterThanTheUsualPace_StaysAsItIs) {
  Simulation simulation;
  simulation.duration = hours(1);
  simulation.phases.resize(1);
  simulation.phases[0].swaps = SwapSchedule{};
  simulation.phases[0].swaps->every = seconds(1);
  simulation.phases[0].swaps->quiet = seconds(4);
  fit_swaps(simulation, minutes(5));
  EXPECT_EQ(simulation.phases[0].swaps->every, seconds(1));
  EXPECT_EQ(simulation.phases[0].swaps->quiet, seconds(4));
}

TEST(FitSwaps, LongerRun_HasMoreSwapsAtTheSamePace) {
  const auto steps = steps_of(plan_of("stability", hours(48)));
  EXPECT_EQ(steps[1] - steps[0], minutes(12));
  EXPECT_GT(steps.size(), 230U);
}

TEST(FitSwaps, PaceThatTheCommandLineSets_StandsAsItIsSaid) {
  auto asked = request(minutes(10));
  asked.simulation = "stability";
  asked.set = {"swaps.quiet=1m"};
  const auto plan = build_plan(asked);
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_EQ(plan->swaps[1].at - plan->swaps[0].at, minutes(1));
}

}  // namespace
}  // namespace bhsim::config
