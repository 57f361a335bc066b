// Without an agent nothing that needs one may pass: docs/decisions/010-agent-none.md.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clean_run.hpp"

namespace bhsim::checks {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

TEST(WithoutAgent, WhatNeedsOne_IsNotApplicable) {
  CleanRun run;
  run.without_agent();
  const auto judged = judge(run);
  EXPECT_THAT(judged.with(Status::not_applicable),
              UnorderedElementsAre("BRK-01", "BRK-02", "BRK-03", "BRK-04", "BRK-05", "BRK-06",
                                   "CFG-01", "CFG-02", "CFG-03", "CFG-04", "CFG-05", "CFG-06",
                                   "CFG-07", "CFG-08", "CFG-09", "CFG-10", "ROLL-01", "ROLL-02",
                                   "ROLL-03", "ROLL-04", "ROLL-05", "PERF-01", "PERF-02", "PERF-03",
                                   "PERF-04", "PERF-05", "PERF-06", "PERF-10", "LOAD-02", "STAB-03",
                                   "STAB-07", "CONC-03", "CONC-04", "CONC-05", "REL-02", "REL-03",
                                   "REL-06", "REL-07", "RES-02", "COMP-01", "COMP-05"));
}

TEST(WithoutAgent, ConfigurationThatNobodyObeys_Fails) {
  CleanRun run;
  run.without_agent();
  const auto judged = judge(run);
  EXPECT_THAT(judged.with(Status::fail), UnorderedElementsAre("COMP-04"))
      << judged.of("COMP-04").because;
  EXPECT_EQ(judged.verdict.status, RunStatus::fail);
}

TEST(WithoutAgent, NoConfigurationGiven_IsNotApplicable) {
  CleanRun run;
  run.without_agent();
  run.plan.production = {};
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("COMP-04").status, Status::not_applicable);
  EXPECT_EQ(judged.verdict.status, RunStatus::pass) << judged.verdict.because;
}

TEST(WithoutAgent, SwapsDeliveredToNobody_AreMissingFromTheAuditLogOfTheContract) {
  CleanRun run;
  const auto swaps = run.swaps;
  run.without_agent();
  run.swaps = swaps;
  for (auto& swap : run.swaps) {
    swap.outcome = history::SwapOutcome::lost;
    swap.t_served.reset();
  }
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("COMP-01").status, Status::fail) << judged.of("COMP-01").because;
  EXPECT_EQ(judged.of("REL-07").status, Status::not_applicable);
}

TEST(WithoutAgent, StateOfTheApplication_IsJudgedAsEver) {
  CleanRun run;
  run.without_agent();
  const auto judged = judge(run);
  for (const char* id : {"PERF-07", "PERF-08", "PERF-09", "PERF-11", "LOAD-01", "LOAD-03",
                         "STAB-01", "STAB-02", "STAB-04", "STAB-06", "STAB-08", "STAB-09", "RES-01",
                         "RES-05", "REL-08", "REL-09", "HLTH-05", "SEC-01"})
    EXPECT_EQ(judged.of(id).status, Status::pass) << id << ": " << judged.of(id).because;
}

TEST(Contract, WhatItLeavesOut_IsNotApplicable) {
  CleanRun run;
  run.plan.app.ledger_ranges.clear();
  run.plan.app.ledger_total.clear();
  run.plan.app.audit_file.clear();
  run.plan.app.ready_path.clear();
  run.plan.app.live_path.clear();
  run.plan.app.swap_classes.clear();
  run.plan.agent.claims.audit = false;
  const auto judged = judge(run);
  EXPECT_THAT(judged.with(Status::not_applicable),
              UnorderedElementsAre(
                  "BRK-01", "BRK-02", "BRK-03", "BRK-04", "BRK-05", "BRK-06", "CFG-01", "CFG-02",
                  "CFG-03", "CFG-04", "CFG-05", "CFG-06", "CFG-07", "CFG-08", "CFG-09", "CFG-10",
                  "ROLL-01", "ROLL-02", "ROLL-03", "ROLL-04", "ROLL-05", "PERF-04", "PERF-05",
                  "PERF-06", "LOAD-02", "STAB-03", "STAB-07", "CONC-03", "CONC-04", "CONC-05",
                  "CONC-06", "REL-02", "REL-03", "REL-06", "REL-07", "REL-09", "REL-10", "RES-02",
                  "HLTH-01", "HLTH-02", "HLTH-03", "COMP-01", "COMP-05"));
}

TEST(Agent, ThatClaimsAnAuditLogAndKeepsNone_Fails) {
  CleanRun run;
  run.plan.app.audit_file.clear();
  run.audit.clear();
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("COMP-01").status, Status::fail);
  EXPECT_THAT(judged.of("COMP-01").because, HasSubstr("says of none where it lies"));
}

TEST(Agent, ThatClaimsNoAuditLogWhereTheContractNamesOne_FailsWithThatReason) {
  CleanRun run;
  run.plan.agent.claims.audit = false;
  run.audit.clear();
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("COMP-01").status, Status::fail);
  EXPECT_THAT(judged.of("COMP-01").because, HasSubstr("the agent 'reference' claims no audit log"));
}

TEST(Agent, ThatCanSwapNoneOfTheClasses_IsNotJudgedOnSwaps) {
  CleanRun run;
  run.plan.app.swap_classes = {{"com.example.Packaged", {"quote"}, "X-Version-Packaged"}};
  run.plan.agent.named_packages = false;
  run.swaps.clear();
  const auto judged = judge(run);
  for (const char* id : {"PERF-04", "REL-02", "REL-07", "CONC-03", "COMP-01", "COMP-05"})
    EXPECT_EQ(judged.of(id).status, Status::not_applicable) << id << ": " << judged.of(id).because;
}

TEST(Agent, ThatClaimsNoKeyOfAConfigurationGiven_FailsWithThatReason) {
  CleanRun run;
  run.plan.agent.claims.configuration.clear();
  run.facts["config.in_force"]["reported_sha256"] = "";
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("COMP-04").status, Status::fail);
  EXPECT_THAT(judged.of("COMP-04").because, HasSubstr("claims to obey none of its keys"));
}

}  // namespace
}  // namespace bhsim::checks
