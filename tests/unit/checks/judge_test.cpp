// The verdict of a run: precedence, waivers, demotion, runs that were cut short.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clean_run.hpp"

namespace bhsim::checks {
namespace {

using namespace history;
using ::testing::HasSubstr;

void lose_writes(CleanRun& run) { run.ledger[1].lost = 1; }
void be_late(CleanRun& run) {
  for (auto& second : run.generator) second.cpu_share = 0.99;
}
void fail_some(CleanRun& run) { run.fail_requests(30, 500, 1, Outcome::bad_status); }
void forget_drift(CleanRun& run) { run.facts.erase("drift"); }

RunStatus status_of(std::vector<void (*)(CleanRun&)> spoil) {
  CleanRun run;
  for (auto* change : spoil) change(run);
  return judge(run).verdict.status;
}

TEST(Precedence, CountedFailureBeforeInvalidRunBeforeEstimatedFailureBeforeInconclusive) {
  EXPECT_EQ(status_of({lose_writes, be_late, fail_some, forget_drift}), RunStatus::fail);
  EXPECT_EQ(status_of({be_late, fail_some, forget_drift}), RunStatus::invalid);
  EXPECT_EQ(status_of({fail_some, forget_drift}), RunStatus::fail);
  EXPECT_EQ(status_of({forget_drift}), RunStatus::inconclusive);
  EXPECT_EQ(status_of({}), RunStatus::pass);
}

TEST(Precedence, ExitCodes) {
  EXPECT_EQ(exit_code(RunStatus::pass), 0);
  EXPECT_EQ(exit_code(RunStatus::fail), 1);
  EXPECT_EQ(exit_code(RunStatus::inconclusive), 2);
  EXPECT_EQ(exit_code(RunStatus::invalid), 2);
}

TEST(InvalidRun, FaultThatCouldNotBeUndone) {
  CleanRun run;
  run.faults[0].state = FaultState::undo_failed;
  const auto judged = judge(run);
  EXPECT_EQ(judged.verdict.status, RunStatus::invalid);
  EXPECT_THAT(judged.verdict.because, HasSubstr("pause"));
}

TEST(InconclusiveRun, FaultThatWasNotSeenToAct) {
  CleanRun run;
  auto one_more = run.faults.back();
  one_more.id = 99;
  one_more.state = FaultState::unseen;
  one_more.acted_proof = "the application still answers while it is paused";
  run.faults.push_back(one_more);
  const auto judged = judge(run);
  EXPECT_EQ(judged.verdict.status, RunStatus::inconclusive);
  EXPECT_THAT(judged.verdict.because, HasSubstr("still answers"));
}

TEST(InvalidRun, GeneratorCountsEvenWhenNobodyRequiresIt) {
  CleanRun run;
  run.plan.required = {"PERF-04"};
  be_late(run);
  EXPECT_EQ(judge(run).verdict.status, RunStatus::invalid);
}

TEST(AdvisoryCheck, ThatFails_DoesNotDecide) {
  CleanRun run;
  std::erase(run.plan.required, "LOAD-01");
  run.fail_requests(30, 130, 1, Outcome::bad_status);
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("LOAD-01").status, Status::fail);
  EXPECT_EQ(judged.verdict.status, RunStatus::pass) << judged.verdict.because;
}

TEST(DemotedCheck, ThatFails_DoesNotDecide) {
  CleanRun run;
  forget_drift(run);
  run.plan.demoted["COMP-05"] = "the run is too short";
  EXPECT_EQ(judge(run).verdict.status, RunStatus::pass);
}

TEST(RequiredCheck, ThatIsNotKnown_IsInconclusive) {
  CleanRun run;
  run.plan.required.push_back("PERF-99");
  const auto judged = judge(run);
  EXPECT_EQ(judged.verdict.status, RunStatus::inconclusive);
  EXPECT_THAT(judged.verdict.because, HasSubstr("PERF-99"));
}

TEST(NothingRequired, IsNoPass) {
  CleanRun run;
  run.plan.required.clear();
  EXPECT_EQ(judge(run).verdict.status, RunStatus::inconclusive);
}

TEST(OnlyNamedChecks, AreJudged) {
  CleanRun run;
  run.plan.only = {"PERF-04", "REL-07"};
  run.plan.required = run.plan.only;
  EXPECT_EQ(judge(run).verdict.checks.size(), 2U);
}

TEST(Check_, ThatThrows_IsInconclusive) {
  CleanRun run;
  run.plan.limits["PERF-04"] = {"<", 2, "MB"};
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("PERF-04").status, Status::inconclusive);
  EXPECT_THAT(judged.of("PERF-04").because, HasSubstr("'MB'"));
}

// The clean run is of 2026-01-01.
TEST(Waiver_, ThatHolds_TurnsAFailureIntoWaived) {
  CleanRun run;
  forget_drift(run);
  run.plan.waivers.push_back({"COMP-05", "known, ticket 12", "ann@example.com", "2026-01-01"});
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("COMP-05").status, Status::waived);
  EXPECT_THAT(judged.of("COMP-05").because, HasSubstr("ann@example.com"));
  EXPECT_EQ(judged.verdict.status, RunStatus::pass);
}

TEST(Waiver_, ThatExpiredBeforeTheRun_DoesNotHold) {
  CleanRun run;
  lose_writes(run);
  run.plan.waivers.push_back({"REL-09", "known", "ann@example.com", "2025-12-31"});
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("REL-09").status, Status::fail);
  EXPECT_THAT(judged.of("REL-09").because, HasSubstr("does not hold"));
}

TEST(Waiver_, OfAPassingCheck_ChangesNothing) {
  CleanRun run;
  run.plan.waivers.push_back({"REL-09", "known", "ann@example.com", "2027-01-01"});
  EXPECT_EQ(judge(run).of("REL-09").status, Status::pass);
}

TEST(Waiver_, OfTheGenerator_IsRefused) {
  CleanRun run;
  be_late(run);
  run.plan.waivers.push_back({"LOAD-06", "busy host", "ann@example.com", "2027-01-01"});
  EXPECT_EQ(judge(run).verdict.status, RunStatus::invalid);
}

TEST(Waiver_, WithoutAWallTimeOfTheRun_DoesNotHold) {
  CleanRun run;
  lose_writes(run);
  run.clock.clear();
  run.plan.waivers.push_back({"REL-09", "known", "ann@example.com", "2027-01-01"});
  EXPECT_EQ(judge(run).of("REL-09").status, Status::fail);
}

TEST(CutShortRun, PassesNothingThatHadToHoldToItsEnd) {
  CleanRun run;
  run.cut_at(400);
  const auto judged = judge(run);
  EXPECT_EQ(judged.verdict.status, RunStatus::inconclusive) << judged.verdict.because;
  EXPECT_TRUE(judged.with(Status::fail).empty());
  for (const auto& id : judged.with(Status::pass)) EXPECT_EQ(find(id)->basis, Basis::facts) << id;
  EXPECT_EQ(judged.of("SEC-01").status, Status::pass);
  EXPECT_THAT(judged.of("PERF-07").because, HasSubstr("cut short"));
}

TEST(CutShortRun, KeepsWhatWasCounted) {
  CleanRun run;
  run.ledger[0].lost = 2;
  run.ledger[0].t = at(300);
  run.end_first_life_at(200);
  run.cut_at(400);
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("REL-09").status, Status::fail);
  EXPECT_EQ(judged.of("STAB-01").status, Status::fail);
  EXPECT_EQ(judged.verdict.status, RunStatus::fail);
}

TEST(CutShortRun, ConcludesNothingFromWhatWasEstimated) {
  CleanRun run;
  fail_some(run);
  run.cut_at(400);
  EXPECT_EQ(judge(run).of("LOAD-01").status, Status::inconclusive);
}

TEST(AbortedRun, KeepsTheFailureForWhichItWasAborted) {
  CleanRun run;
  fail_some(run);
  run.facts["end"] = {{"reason", "aborted"}, {"detail", "LOAD-01: too many errors"}};
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("LOAD-01").status, Status::fail);
  EXPECT_EQ(judged.verdict.status, RunStatus::fail);
}

TEST(AbortedRun, ForAnotherReason_ConcludesNothingFromWhatWasEstimated) {
  CleanRun run;
  fail_some(run);
  run.facts["end"] = {{"reason", "aborted"}, {"detail", "the engine went away"}};
  EXPECT_EQ(judge(run).verdict.status, RunStatus::inconclusive);
}

TEST(KilledRun, WithoutPhases_IsJudgedByThePlannedOnes) {
  CleanRun run;
  run.end_first_life_at(200);
  run.cut_at(400);
  run.windows.clear();
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("STAB-01").status, Status::fail) << judged.of("STAB-01").because;
  EXPECT_THAT(judged.of("LOAD-01").because, HasSubstr("cut short"));
}

TEST(InterruptedRun, IsInconclusive) {
  CleanRun run;
  run.facts["end"] = {{"reason", "interrupted"}, {"detail", "SIGINT"}};
  const auto judged = judge(run);
  EXPECT_EQ(judged.verdict.status, RunStatus::inconclusive);
  EXPECT_THAT(judged.verdict.because, HasSubstr("SIGINT"));
}

}  // namespace
}  // namespace bhsim::checks
