// How responses, lines and audit logs become the record of a conformance item.

#include "framework/runner/item_sight.hpp"

#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart = time_from_ns(1'000'000'000'000);
Time moment(std::int64_t ms) { return kStart + std::chrono::milliseconds(ms); }

config::Plan plan_of_sight() {
  config::Plan plan;
  plan.app.swap_classes = {{"PricingService", {"quote"}, "X-Pricing"},
                           {"com.example.Policy", {"order"}, "X-Policy"}};
  plan.agent.log = {{"refused", "REFUSED class={class} "}, {"breaker", R"(BREAKER to=(\S+))"}};
  return plan;
}

ItemSight sight_of(const config::Plan& plan = plan_of_sight()) {
  auto sight = ItemSight::create(plan);
  EXPECT_TRUE(sight) << sight.error().message;
  return *std::move(sight);
}

history::ItemAttempt attempt_at(std::int64_t ms, std::int64_t generation,
                                const std::string& class_name = "PricingService") {
  history::ItemAttempt attempt;
  attempt.class_name = class_name;
  attempt.generation = generation;
  attempt.sha256 = "digest-" + std::to_string(generation);
  attempt.t_write = moment(ms);
  return attempt;
}

TEST(ItemSight_, ResponsesOfOneGeneration_AreOneRun) {
  auto sight = sight_of();
  for (int ms = 0; ms < 500; ms += 50) sight.saw("PricingService", 3, moment(ms), moment(ms + 5));
  const auto& runs = sight.record().served.at("PricingService");
  ASSERT_EQ(runs.size(), 1U);
  EXPECT_EQ(runs[0].responses, 10);
  EXPECT_EQ(runs[0].first_sent, moment(0));
  EXPECT_EQ(runs[0].last_done, moment(455));
}

// While a class throws nobody is served; when the same generation answers again, it came back.
TEST(ItemSight_, SameGenerationAfterSilence_IsAnotherRun) {
  auto sight = sight_of();
  sight.saw("PricingService", 2, moment(0), moment(5));
  sight.saw("PricingService", 2, moment(900), moment(905));
  EXPECT_EQ(sight.record().served.at("PricingService").size(), 2U);
}

TEST(ItemSight_, OldResponseThatWasUnderWay_IsNoWayBack) {
  auto sight = sight_of();
  sight.saw("PricingService", 1, moment(0), moment(5));
  sight.saw("PricingService", 2, moment(20), moment(25));
  sight.saw("PricingService", 1, moment(19), moment(60));
  ASSERT_EQ(sight.record().served.at("PricingService").size(), 2U);
  sight.saw("PricingService", 1, moment(61), moment(65));
  EXPECT_EQ(sight.record().served.at("PricingService").size(), 3U);
}

TEST(ItemSight_, FirstResponseOfAnAttempt_IsWhenItWasServed) {
  auto sight = sight_of();
  const auto first = sight.attempted(attempt_at(0, 1));
  const auto second = sight.attempted(attempt_at(100, 2));
  sight.saw("PricingService", 2, moment(120), moment(130));
  sight.saw("PricingService", 2, moment(140), moment(150));
  EXPECT_FALSE(sight.attempt(first).t_served);
  EXPECT_EQ(sight.attempt(second).t_served, moment(130));
}

TEST(ItemSight_, RefusalInTheLog_IsOfTheNewestChangeOfItsClass) {
  auto sight = sight_of();
  const auto older = sight.attempted(attempt_at(0, 1));
  const auto newer = sight.attempted(attempt_at(500, 2));
  const auto other = sight.attempted(attempt_at(600, 3, "com.example.Policy"));
  sight.line(moment(700), "WARN REFUSED class=PricingService sha256=x");
  EXPECT_FALSE(sight.attempt(older).t_refused);
  EXPECT_EQ(sight.attempt(newer).t_refused, moment(700));
  EXPECT_FALSE(sight.attempt(other).t_refused);
  sight.line(moment(800), "WARN REFUSED class=com.example.Policy ");
  EXPECT_EQ(sight.attempt(other).t_refused, moment(800));
}

// A dot of a class's name is a dot, and a name that another one begins with is not that one.
TEST(ItemSight_, NameThatOnlyLooksAlike_IsNotTheClass) {
  auto sight = sight_of();
  const auto index = sight.attempted(attempt_at(0, 1, "com.example.Policy"));
  sight.line(moment(10), "REFUSED class=com.exampleXPolicy ");
  sight.line(moment(20), "REFUSED class=com.example.PolicyTwo ");
  EXPECT_FALSE(sight.attempt(index).t_refused);
}

TEST(ItemSight_, StateOfTheBreaker_IsTheFirstGroup) {
  auto sight = sight_of();
  sight.line(moment(5), "INFO BREAKER to=half-open failures=3");
  ASSERT_EQ(sight.record().lines.size(), 1U);
  EXPECT_EQ(sight.record().lines[0].kind, "breaker");
  EXPECT_EQ(sight.record().lines[0].what, "half-open");
}

TEST(ItemSight_, AgentWithoutAPattern_RefusesByAComplaintThatNamesTheClass) {
  auto plan = plan_of_sight();
  plan.agent.log.clear();
  auto sight = sight_of(plan);
  const auto index = sight.attempted(attempt_at(0, 1));
  sight.line(moment(10), "INFO  reloading PricingService");
  EXPECT_FALSE(sight.attempt(index).t_refused);
  sight.line(moment(20), "ERROR reloading PricingService failed");
  EXPECT_EQ(sight.attempt(index).t_refused, moment(20));
}

TEST(ItemSight_, RefusalInTheAuditLogAlone_CountsByItsDigest) {
  auto sight = sight_of();
  const auto first = sight.attempted(attempt_at(0, 1));
  const auto second = sight.attempted(attempt_at(100, 2));
  const auto ns = std::to_string(to_ns(moment(140)));
  sight.audit("{\"mono_ns\":" + ns +
                  ",\"class\":\"PricingService\",\"before\":\"\",\"after\":\"digest-2\","
                  "\"outcome\":\"refused\"}\nno line of it\n",
              [](WallTime) { return kStart; });
  EXPECT_TRUE(sight.record().audit_read);
  EXPECT_EQ(sight.record().audit.size(), 1U);
  EXPECT_FALSE(sight.attempt(first).t_refused);
  EXPECT_EQ(sight.attempt(second).t_refused, moment(140));
}

TEST(ItemSight_, ReadingsThatStayTheSame_AreOne) {
  auto sight = sight_of();
  for (int ms = 0; ms < 1000; ms += 100) sight.ready(ms < 500, moment(ms));
  const auto& ready = sight.record().ready;
  ASSERT_EQ(ready.size(), 2U);
  EXPECT_EQ(ready[0].to, moment(400));
  EXPECT_EQ(ready[1].from, moment(500));
  sight.metric("rolled_back", 0, moment(0));
  sight.metric("rolled_back", 1, moment(250));
  EXPECT_EQ(sight.record().metrics.at("rolled_back").size(), 2U);
}

TEST(ItemSight_, ReadyThatDoesNotAnswer_HasDeniedNothing) {
  auto sight = sight_of();
  sight.ready(true, moment(0));
  sight.ready(std::nullopt, moment(100));
  ASSERT_EQ(sight.record().ready.size(), 2U);
  EXPECT_EQ(sight.record().ready[1].value, history::kNoAnswer);
  EXPECT_FALSE(sight.record().unready_since(moment(0)));
  sight.ready(false, moment(200));
  EXPECT_EQ(sight.record().unready_since(moment(0)), moment(200));
}

// Of an agent whose refusals are complaints that name the class: a line with a meaning is none.
TEST(ItemSight_, LineThatIsUnderstood_IsNoComplaint) {
  auto plan = plan_of_sight();
  plan.agent.log = {{"retry", "RETRY class={class} "}};
  auto sight = sight_of(plan);
  const auto index = sight.attempted(attempt_at(0, 1));
  sight.line(moment(10), "WARN RETRY class=PricingService attempt=1");
  EXPECT_FALSE(sight.attempt(index).t_refused);
  sight.line(moment(20), "WARN PricingService cannot be read");
  EXPECT_EQ(sight.attempt(index).t_refused, moment(20));
}

TEST(ItemSight_, OperationsOfOneSecond_AreSummed) {
  auto sight = sight_of();
  sight.second(moment(0), 60, 60);
  sight.second(moment(0), 40, 38);
  sight.second(moment(1000), 100, 100);
  ASSERT_EQ(sight.record().load.size(), 2U);
  EXPECT_EQ(sight.record().load[0].planned, 100);
  EXPECT_EQ(sight.record().load[0].ok, 98);
}

TEST(ItemSight_, PatternThatIsNone_IsAnError) {
  auto plan = plan_of_sight();
  plan.agent.log["swapped"] = "(";
  EXPECT_FALSE(ItemSight::create(plan));
}

}  // namespace
}  // namespace bhsim::runner
