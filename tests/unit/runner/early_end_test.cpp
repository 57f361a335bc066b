#include "framework/runner/early_end.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Optional;
using testing::StartsWith;

// 100 requests a second for 1,000 s: 100,000 requests, of which REL-01 lets less than 1 % fail.
config::Plan plan_of_a_run() {
  config::Plan plan;
  plan.duration = 1000s;
  plan.load.rate_per_s = 100;
  plan.required = {"CONC-03", "REL-01", "REL-09", "REL-10"};
  plan.limits = {{"CONC-03", {"=", 0, "violations"}},
                 {"REL-01", {"<", 1, "%"}},
                 {"REL-09", {"=", 0, "writes"}},
                 {"REL-10", {"=", 0, "writes"}}};
  return plan;
}

TEST(CannotPass, WithNothingCounted_IsNotSaid) {
  EXPECT_EQ(cannot_pass(plan_of_a_run(), {}), std::nullopt);
}

TEST(CannotPass, OneCountedFailure_IsEnoughAndNamesItsCheckFirst) {
  EXPECT_THAT(cannot_pass(plan_of_a_run(), {.went_back = 2}), Optional(StartsWith("CONC-03: 2 ")));
  EXPECT_THAT(cannot_pass(plan_of_a_run(), {.writes_lost = 1}), Optional(StartsWith("REL-09: 1 ")));
  EXPECT_THAT(cannot_pass(plan_of_a_run(), {.writes_altered = 3}),
              Optional(StartsWith("REL-10: 3 ")));
}

TEST(CannotPass, Errors_CountAgainstTheRequestsOfTheWholeRun) {
  // 1,000 of 100,000 are the limit; a Poisson process may make some more requests than planned.
  EXPECT_EQ(cannot_pass(plan_of_a_run(), {.errors = 1000}), std::nullopt);
  EXPECT_THAT(cannot_pass(plan_of_a_run(), {.errors = 1030}), Optional(StartsWith("REL-01: 1030")));
}

TEST(CannotPass, ErrorsOfARunTenTimesAsLong_AreStillWithinItsBudget) {
  auto plan = plan_of_a_run();
  plan.duration = 10'000s;
  EXPECT_EQ(cannot_pass(plan, {.errors = 1030}), std::nullopt);
}

TEST(CannotPass, ACheckThatDoesNotDecide_DoesNotEndTheRun) {
  const LiveCounts counts{.writes_lost = 1};
  auto plan = plan_of_a_run();
  plan.required = {"REL-01"};
  EXPECT_EQ(cannot_pass(plan, counts), std::nullopt) << "advisory";
  plan = plan_of_a_run();
  plan.demoted["REL-09"] = "too short";
  EXPECT_EQ(cannot_pass(plan, counts), std::nullopt) << "demoted";
  plan = plan_of_a_run();
  plan.waivers.push_back({"REL-09", "known", "ops", "2030-01-01"});
  EXPECT_EQ(cannot_pass(plan, counts), std::nullopt) << "waived";
  plan = plan_of_a_run();
  plan.only = {"REL-01"};
  EXPECT_EQ(cannot_pass(plan, counts), std::nullopt) << "not judged";
}

TEST(CannotPass, ALimitOfTheUser_IsTheOneThatCounts) {
  auto plan = plan_of_a_run();
  plan.limits["REL-09"] = {"<=", 5, "writes"};
  EXPECT_EQ(cannot_pass(plan, {.writes_lost = 5}), std::nullopt);
  EXPECT_TRUE(cannot_pass(plan, {.writes_lost = 6}));
}

TEST(CannotPass, WithoutALimit_IsLeftToTheChecks) {
  auto plan = plan_of_a_run();
  plan.limits.clear();
  EXPECT_EQ(cannot_pass(plan, {.errors = 99'999, .went_back = 9}), std::nullopt);
}

UnplannedEnd ended_with(std::int64_t code) {
  UnplannedEnd end;
  end.segment.exit_code = code;
  end.last_lines = "Exception in thread \"main\"";
  return end;
}

TEST(Gone, ByItself_IsStab01WithItsLastLinesBelow) {
  const auto why = gone(ended_with(1));
  EXPECT_THAT(why, StartsWith("STAB-01: "));
  EXPECT_THAT(why.substr(0, why.find('\n')), HasSubstr("exit code 1"));
  EXPECT_THAT(why.substr(why.find('\n')), HasSubstr("Exception in thread"));
}

TEST(Gone, ForWantOfMemory_IsRes07) {
  auto end = ended_with(137);
  end.segment.oom_killed = true;
  EXPECT_THAT(gone(end), StartsWith("RES-07: "));
}

// It begins with no check's id: nobody's failure, so that the run is inconclusive.
TEST(Gone, AskedForThroughTheEngine_BlamesNoCheck) {
  auto end = ended_with(143);
  end.asked_for = true;
  EXPECT_THAT(gone(end), StartsWith("the application was stopped through the engine"));
}

TEST(CannotPass, RequestsOfTheStepsOfTheLoad_CountAsWell) {
  auto plan = plan_of_a_run();
  EXPECT_NE(cannot_pass(plan, {.errors = 1100}), std::nullopt);
  plan.steps = {{std::chrono::seconds(100), std::chrono::seconds(200), 2, "steady"}};
  EXPECT_EQ(cannot_pass(plan, {.errors = 1100}), std::nullopt);
}

}  // namespace
}  // namespace bhsim::runner
