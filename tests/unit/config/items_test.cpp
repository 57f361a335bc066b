// Conformance items of the agent's own promises, as the plan has them.

#include "framework/config/items.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/config/feasibility.hpp"
#include "framework/config/loaders.hpp"

namespace bhsim::config {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Plan plan_with(bool configured) {
  Plan plan;
  plan.simulation = "production";
  plan.app.swap_directory = "/classes";
  plan.app.swap_classes = {{"PricingService", {"quote"}, "X-Version-PricingService"}};
  plan.agent.name = "reference";
  plan.agent.accepts = {"method-body"};
  plan.production.text = configured ? "bytehot: {}\n" : "";
  return plan;
}

TEST(Items, ConfigurationGiven_DecidesWhatIsAskedFor) {
  auto plan = plan_with(true);
  EXPECT_TRUE(asks_for(plan, "breaker"));
  EXPECT_TRUE(asks_for(plan, "rollback"));
  plan.production.circuit_breaker = false;
  plan.production.auto_rollback = false;
  plan.agent.claims.breaker = plan.agent.claims.rollback = true;
  EXPECT_FALSE(asks_for(plan, "breaker"));
  EXPECT_FALSE(asks_for(plan, "rollback"));
  EXPECT_TRUE(asks_for(plan, "bad-swaps"));
}

TEST(Items, WithoutAConfiguration_TheProfileDecides) {
  auto plan = plan_with(false);
  EXPECT_FALSE(asks_for(plan, "breaker"));
  EXPECT_FALSE(asks_for(plan, "rollback"));
  plan.agent.claims.breaker = plan.agent.claims.rollback = true;
  EXPECT_TRUE(asks_for(plan, "breaker"));
  EXPECT_TRUE(asks_for(plan, "rollback"));
}

TEST(Items, WithoutAnAgent_AskForNothing) {
  auto plan = plan_with(true);
  plan.agent.name = "none";
  EXPECT_FALSE(asks_for(plan, "breaker"));
  EXPECT_FALSE(asks_for(plan, "rollback"));
}

TEST(Items, TheirConfiguration_IsAFileThatReadsAsTheSame) {
  auto plan = plan_with(true);
  plan.production.validation_timeout = 1500ms;
  plan.production.max_concurrent_hotswaps = 4;
  plan.production.metrics_enabled = false;
  for (const auto item : {kBreakerItem, kRollbackItem}) {
    const auto production = configuration_for(plan, item);
    auto read = parse_production_config(production.text, "item");
    ASSERT_TRUE(read) << read.error().message;
    read->file = production.file;
    read->text = production.text;
    read->sha256 = production.sha256;
    EXPECT_EQ(*read, production) << item;
  }
}

TEST(Items, FlagsOfTheBreakersPromise_FollowTheAgentsOwn) {
  auto plan = plan_with(true);
  plan.agent.jvm = {"-javaagent:{jar}"};
  plan.agent.breaker.jvm = {"-Dbreaker=3:4"};
  EXPECT_THAT(with_breaker_flags(plan).agent.jvm,
              ::testing::ElementsAre("-javaagent:{jar}", "-Dbreaker=3:4"));
}

TEST(Items, RollbackIsTriedWithAShortInterval_AndSaysSo) {
  const auto plan = plan_with(true);
  EXPECT_LT(configuration_for(plan, kRollbackItem).health_check_interval,
            plan.production.health_check_interval);
  EXPECT_TRUE(configuration_for(plan, kRollbackItem).auto_rollback);
  EXPECT_THAT(tried_with(plan, kRollbackItem), HasSubstr("health-check-interval 2s"));
  EXPECT_THAT(tried_with(plan, kBreakerItem), HasSubstr("after 5 failures for 30s"));
  EXPECT_EQ(tried_with(plan, "bad-swaps"), "");
}

TEST(Items, BadSwaps_LastLongerWhereNoRefusalIsTold) {
  auto plan = plan_with(true);
  plan.conformance_swaps.resize(3);
  plan.conformance_swaps[0].valid = plan.conformance_swaps[2].valid = false;
  plan.conformance_swaps[1].at = 21s;
  plan.conformance_swaps[2].at = 25s;
  const Nanos silent = length_of_bad_swaps(plan);
  EXPECT_GE(silent, 25s + plan.agent.swap_within);
  plan.agent.log["refused"] = "REFUSED";
  EXPECT_LT(length_of_bad_swaps(plan), silent);
}

TEST(Items, RequiredAndNotTried_AreDemotedWithTheReason) {
  auto plan = plan_with(true);
  plan.required = {"BRK-01", "ROLL-03"};
  auto demoted = demotions(plan);
  EXPECT_THAT(demoted["BRK-01"], HasSubstr("'conformance: [breaker]'"));
  EXPECT_THAT(demoted["ROLL-03"], HasSubstr("'conformance: [rollback]'"));
  plan.conformance = {"breaker", "rollback"};
  EXPECT_TRUE(demotions(plan).empty());
}

TEST(Items, TruthOfHealth_NeedsAChangeThatBreaksAndRequestsToHoldItAgainst) {
  auto plan = plan_with(true);
  plan.app.ready_path = "/ready";
  plan.phases = {{"steady", {}, 60s, false, false}};
  plan.required = {"HLTH-02"};
  EXPECT_THAT(demotions(plan)["HLTH-02"], HasSubstr("the conformance item 'rollback'"));
  for (const auto item : {kRollbackItem, kConfigurationItem}) {
    plan.conformance = {std::string(item)};
    EXPECT_TRUE(demotions(plan).empty()) << item;
  }
  plan.load.rate_per_s = 3;
  EXPECT_EQ(demotions(plan)["HLTH-02"], "needs 10 requests a second, and the load has 3");
  plan.load.rate_per_s = 100;
  plan.agent.name = "none";
  EXPECT_TRUE(demotions(plan).contains("HLTH-02"));
  plan.app.ready_path.clear();  // of live alone it is never due to say DOWN
  EXPECT_TRUE(demotions(plan).empty());
}

// What is not asked for is not applicable, and needs nothing.
TEST(Items, RequiredAndNotAskedFor_AreNotDemoted) {
  auto plan = plan_with(true);
  plan.required = {"BRK-01"};
  plan.production.circuit_breaker = false;
  EXPECT_TRUE(demotions(plan).empty());
}

}  // namespace
}  // namespace bhsim::config
