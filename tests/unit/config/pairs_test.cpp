// Pairs of JVMs with and without the agent: how many a duration holds.

#include "framework/config/pairs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/base/units.hpp"
#include "requests.hpp"

namespace bhsim::config {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::HasSubstr;

Result<Plan> baseline(Nanos duration, const std::string& agent = "") {
  auto asked = request(duration);
  asked.simulation = "baseline";
  asked.checks = ids_of_all_simulations();
  asked.agent = agent;
  return build_plan(asked);
}

std::int64_t floors(const Plan& plan) {
  return std::count_if(plan.pairs.begin(), plan.pairs.end(),
                       [](const PlannedPair& pair) { return pair.floor; });
}

TEST(Pairs, OfTheDocumentsBaseline_AreTenAndMoreWithOneInFourOfTheFloor) {
  const auto plan = baseline(minutes(15));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_GE(plan->pairs.size(), 10U);
  EXPECT_EQ(floors(*plan), static_cast<std::int64_t>(plan->pairs.size()) / 4);
  EXPECT_EQ(plan->pairs.front().measured, seconds(28));
  EXPECT_EQ(plan->duration, seconds(900 - 765)) << "the rest of the duration is of the phases";
  EXPECT_LE(plan->pairs.back().at + plan->pairs.back().length, seconds(765));
}

TEST(Pairs, StartWithEitherSideInTurn) {
  const auto plan = *baseline(minutes(15));
  for (std::size_t i = 1; i < plan.pairs.size(); ++i)
    EXPECT_NE(plan.pairs[i].plain_first, plan.pairs[i - 1].plain_first);
}

TEST(Pairs, WithAnAgent_SwapAllThroughTheMeasuredTime) {
  const auto plan = *baseline(minutes(15));
  for (const auto& pair : plan.pairs) {
    EXPECT_EQ(pair.swaps.empty(), pair.floor) << pair.id;
    if (pair.floor) continue;
    EXPECT_LE(pair.swaps.front().at, -pair.warm_up + seconds(2)) << "the agent has to get warm";
    EXPECT_GT(pair.swaps.back().at, Nanos{}) << pair.id;
    for (std::size_t i = 0; i < pair.swaps.size(); ++i) {
      EXPECT_EQ(pair.swaps[i].generation, static_cast<std::int64_t>(i) + 1) << "a JVM of its own";
      EXPECT_GE(pair.swaps[i].at, -pair.warm_up);
      EXPECT_LT(pair.swaps[i].at, pair.measured);
    }
  }
}

TEST(Pairs, InAShortRun_AreAsManyAsNeededAndShorter) {
  const auto plan = *baseline(minutes(5));
  EXPECT_EQ(static_cast<std::int64_t>(plan.pairs.size()) - floors(plan), kFewestPairs);
  EXPECT_EQ(floors(plan), 1);
  EXPECT_LT(plan.pairs.front().measured, seconds(28));
  EXPECT_GE(plan.pairs.front().measured, kPairMeasuredMin);
  EXPECT_LE(plan.pairs.back().at + plan.pairs.back().length, seconds(255));
}

TEST(Pairs, TooShortForAWarmJvm_DoNotDecideOnCpuAndSayFromWhenOn) {
  const auto plan = *baseline(seconds(290));
  ASSERT_TRUE(plan.demoted.contains("PERF-01"));
  const auto& why = plan.demoted.at("PERF-01");
  EXPECT_THAT(why, HasSubstr("warmed up for 16"));
  const auto at = why.find("about ") + 6;
  const auto from = parse_duration(why.substr(at, why.find(" is long") - at));
  ASSERT_TRUE(from) << why;
  EXPECT_LE(*from, minutes(6));
  const auto longer = *baseline(*from + seconds(10));
  EXPECT_FALSE(longer.demoted.contains("PERF-01"));
}

TEST(Pairs, InARunTooShort_AreRefusedWithTheShortestThatWorks) {
  const auto plan = baseline(minutes(2));
  ASSERT_FALSE(plan);
  EXPECT_THAT(
      plan.error().message,
      HasSubstr("too short for its phases and 7 pairs of JVMs; the shortest that works is"));
  const auto at = plan.error().message.rfind(' ');
  const auto shortest = parse_duration(plan.error().message.substr(at + 1));
  ASSERT_TRUE(shortest) << plan.error().message;
  EXPECT_TRUE(baseline(*shortest));
  EXPECT_FALSE(baseline(*shortest - seconds(3)));
}

TEST(Pairs, WithoutAnAgent_AreAllOfTheFloor) {
  const auto plan = *baseline(minutes(5), "none");
  EXPECT_EQ(floors(plan), static_cast<std::int64_t>(plan.pairs.size()));
}

TEST(Pairs, WithoutAHeapOfOneSize_CannotCompareMemory) {
  const auto simulation = parse_simulation(
      "simulation: x\njvm: [-Xms64m, -Xmx128m, -XX:+AlwaysPreTouch]\n"
      "phases: [{name: only, share: 100%}]\npairs: {share: 50%}\nrequired: [PERF-01]\n",
      "x.yml");
  ASSERT_FALSE(simulation);
  EXPECT_THAT(simulation.error().message, HasSubstr("-Xms and -Xmx of the same size"));
}

TEST(Pairs, OfARunWithoutThem_DemoteTheirChecksWithTheRunThatHasThem) {
  auto asked = request();
  asked.checks = ids_of_all_simulations();
  asked.only = {"PERF-01", "PERF-02"};
  const auto plan = *build_plan(asked);
  ASSERT_TRUE(plan.demoted.contains("PERF-01"));
  EXPECT_THAT(plan.demoted.at("PERF-01"), HasSubstr("`bhsim run baseline`"));
  EXPECT_FALSE(plan.demoted.contains("PERF-02")) << "an ordinary run tells it";
}

TEST(Pairs, AreDescribedWithTheirTimes) {
  const auto plan = *baseline(minutes(15));
  const auto text = describe(plan);
  EXPECT_THAT(text, HasSubstr(fmt::format("pair 1: with the agent, then without, {} swaps",
                                          plan.pairs.front().swaps.size())));
  EXPECT_THAT(text, HasSubstr("pair 4: two without the agent"));
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    EXPECT_LE(end - at, 110U) << text.substr(at, end - at);
    at = end + 1;
  }
}

}  // namespace
}  // namespace bhsim::config
