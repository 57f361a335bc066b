// After a fault: when clients were served again, whether anybody noticed, and what it excuses.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <optional>

#include "checks/aftermath.hpp"
#include "clean_run.hpp"

namespace bhsim::checks {
namespace {

using history::at;
using history::Outcome;
using ::testing::HasSubstr;

// Nothing but the pause from 500 to 501.5, behind which all is well until 540.
CleanRun with_one_pause() {
  CleanRun run;
  run.faults.resize(1);
  return run;
}

void fail_at(CleanRun& run, double s) {
  run.failures.push_back({at(s), at(s), at(s + 0.002), "quote", Outcome::bad_status, 500, ""});
}

// So many requests of that second, and the others are ok.
void fail_of(history::LoadSecond& row, std::int64_t count, Outcome outcome) {
  row.outcomes = {};
  row.outcomes[0] = row.within_slo = row.planned - count;
  row.outcomes[static_cast<std::size_t>(outcome)] = count;
}

// Failures are kept one by one until then, and so many behind it are not.
void keep_failures_until(CleanRun& run, double s, int dropped) {
  std::erase_if(run.failures, [s](const auto& failure) { return failure.t_planned >= at(s); });
  run.facts["load.failures_dropped"] = dropped;
}

double recovery_of(const CleanRun& run) { return judge(run).of("REL-05").value.value(); }

TEST(Recovery, OfAFaultThatLeavesNothingBehind_TakesNoTime) {
  CleanRun run = with_one_pause();
  std::erase_if(run.failures, [](const auto& failure) { return failure.t_planned >= at(501.5); });
  for (auto& row : run.health)
    if (row.t >= at(501.5) && row.t < at(503)) row.up = true;
  EXPECT_NEAR(recovery_of(run), 0, 1e-9);
}

TEST(Recovery, CountsToTheFirstOfFiveGoodWindows) {
  CleanRun run = with_one_pause();
  // Good windows from 502 on, but for two: not five in a row before 503.
  fail_at(run, 502.35);
  fail_at(run, 502.77);
  EXPECT_NEAR(recovery_of(run), 1.3, 0.001);  // from 501.5 to 502.8
}

TEST(Recovery, WhatFailsLongAfterwards_IsAnotherTrouble) {
  CleanRun run = with_one_pause();
  const double before = recovery_of(run);
  fail_at(run, 510);
  EXPECT_EQ(recovery_of(run), before);
}

TEST(Recovery, RequestsSentInTheFault_AreNotOfItsAftermath) {
  CleanRun run = with_one_pause();
  const double before = recovery_of(run);
  run.failures.push_back({at(501.4), at(501.4), at(503.4), "quote", Outcome::timeout, 0, ""});
  EXPECT_EQ(recovery_of(run), before);
}

TEST(Recovery, WithoutAnAnswerOfTheProber_IsNotSeen) {
  CleanRun run = with_one_pause();
  std::erase_if(run.health, [](const auto& row) {
    return row.endpoint == "uptime" && row.t >= at(501.5) && row.t < at(520);
  });
  EXPECT_NEAR(recovery_of(run), 18.5, 0.2);
}

TEST(Recovery, OfFailuresThatWereNotKeptOneByOne_IsKnownByTheSecond) {
  CleanRun run = with_one_pause();
  run.fail_requests(502, 506, 20, Outcome::bad_status);
  keep_failures_until(run, 501, 80);
  EXPECT_NEAR(recovery_of(run), 4.5, 0.1);
}

// All requests of four seconds, and a fifth of those of the last: its first fifth.
TEST(Recovery, OfFailuresThatWereNotKept_IsInTheLastSecondWhenItsPartOfTheOutageIsOver) {
  CleanRun run = with_one_pause();
  for (auto& row : run.load) {
    if (row.operation != "quote" || row.t < at(502) || row.t > at(506)) continue;
    fail_of(row, row.t == at(506) ? row.planned / 5 : row.planned, Outcome::bad_status);
  }
  keep_failures_until(run, 501, 500);
  EXPECT_NEAR(recovery_of(run), 4.7, 0.11);
}

// Of the second in which no more of them were kept, what is missing is no recovery.
TEST(Recovery, OfFailuresThatWereKeptToTheMiddleOfASecond_IsKnownByTheSecond) {
  CleanRun run = with_one_pause();
  run.fail_requests(502, 506, 20, Outcome::bad_status);
  keep_failures_until(run, 503.3, 54);
  EXPECT_NEAR(recovery_of(run), 4.5, 0.1);
}

// Of 2,000 requests a second 18 fail all the time, which REL-01 lets pass.
TEST(Recovery, IsNotHinderedByTheFailuresOfEachDay) {
  CleanRun run = with_one_pause();
  const double before = recovery_of(run);
  for (auto& row : run.load) {
    row.planned *= 20;
    row.outcomes[0] *= 20;
  }
  for (int i = 0; i < 18 * 10; ++i) fail_at(run, 502 + i / 18.0);
  EXPECT_NEAR(recovery_of(run), before, 0.1);
  for (int i = 0; i < 40 * 10; ++i) fail_at(run, 502 + i / 40.0);
  EXPECT_GT(recovery_of(run), 9) << "three times as many are no day like the others";
}

TEST(Recovery, FromAFaultThatWasNotSeenToAct_IsNone) {
  CleanRun run;
  run.faults.back().state = history::FaultState::unseen;
  EXPECT_THAT(judge(run).of("REL-04").because, HasSubstr("21 are needed"));
}

TEST(Recovery, OfTwoFaults_IsNoMean) {
  CleanRun run;
  run.faults.resize(2);
  const auto verdict = judge(run).of("REL-05");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("a mean needs 3"));
}

TEST(Recovery, OfTwentyFaults_IsNoRate) {
  CleanRun run;
  run.faults.pop_back();
  const auto verdict = judge(run).of("REL-04");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("21 are needed"));
}

TEST(Recovery, BehindTheLastSecondOfARun_IsNotJudged) {
  CleanRun run = with_one_pause();
  run.faults[0].t_intent = run.faults[0].t_active.emplace(at(598));
  run.faults[0].t_undo = run.faults[0].t_healed = run.faults[0].t_recovered = at(599.8);
  const auto verdict = judge(run).of("REL-05");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("the run ended too soon"));
}

TEST(Recovery, OfARunWithoutFaults_IsInconclusive) {
  CleanRun run;
  run.faults.clear();
  run.plan.faults.clear();
  const auto all = judge(run);
  for (const char* id : {"REL-04", "REL-05", "REL-11"}) {
    EXPECT_EQ(all.of(id).status, Status::inconclusive) << id;
    EXPECT_THAT(all.of(id).because, HasSubstr("injects no fault")) << id;
  }
}

TEST(Detection, IsTheFirstSignSinceTheFaultBegan) {
  CleanRun run;
  run.faults.erase(run.faults.begin());
  const auto verdict = judge(run).of("REL-11");
  EXPECT_EQ(verdict.status, Status::pass) << verdict.because;
  EXPECT_LT(*verdict.value, 2);
}

// From 500 to 540 live, ready and the engine say nothing.
CleanRun with_a_pause_unnoticed() {
  CleanRun run = with_one_pause();
  for (auto& row : run.health)
    if (row.endpoint != "uptime") row.up = true;
  return run;
}

TEST(Detection, OfWhatWasShort_IsNotAsked) {
  const auto verdict = judge(with_a_pause_unnoticed()).of("REL-11");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("none of 1 faults was noticed"));
}

TEST(Detection, OfWhatHurtForLongerThanTheLimit_IsAsked) {
  CleanRun run = with_a_pause_unnoticed();
  run.fail_requests(500, 536, 20, Outcome::bad_status);
  EXPECT_EQ(judge(run).of("REL-11").status, Status::fail);
  std::erase_if(run.health, [](const auto& row) { return row.endpoint != "uptime"; });
  EXPECT_EQ(judge(run).of("REL-11").status, Status::inconclusive) << "nobody asked";
}

// The application is well, and nobody can reach it.
TEST(Detection, OfWhatHappensOnTheWayFromTheClients_IsNotAsked) {
  CleanRun run = with_a_pause_unnoticed();
  run.fail_requests(500, 536, 20, Outcome::bad_status);
  run.windows.push_back(
      {history::WindowKind::twin, run.faults[0].id, "black-hole", at(500), at(503)});
  const auto verdict = judge(run).of("REL-11");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("1 were on the way to the application"));
}

TEST(Detection, ByTheEngineAlone_IsWhenItsViewWasRead) {
  CleanRun run = with_a_pause_unnoticed();
  run.fail_requests(500, 536, 20, Outcome::bad_status);
  for (auto& row : run.health) {
    if (row.endpoint != "container") continue;
    row.latency = std::chrono::seconds(6);
    const double s = seconds(row.t);
    row.up = !(s > 495 && s < 496) && !(s > 515 && s < 516);
  }
  const auto verdict = judge(run).of("REL-11");
  EXPECT_EQ(verdict.status, Status::pass) << verdict.because;
  EXPECT_NEAR(verdict.value.value(), 15.3, 0.001);
}

TEST(Detection, FailuresOfEachDay_AreNotTheFaults) {
  CleanRun run = with_a_pause_unnoticed();
  run.fail_requests(503, 536, 2, Outcome::bad_status);
  EXPECT_EQ(judge(run).of("REL-11").status, Status::inconclusive);
}

// Of 2,000 requests a second; REL-01 lets 19 of them fail. The pause begins at 500.
CleanRun with_a_busy_pause() {
  CleanRun run = with_one_pause();
  run.failures.clear();
  for (auto& row : run.load) {
    row.planned *= 20;
    row.outcomes = {row.planned};
  }
  return run;
}

// `count` requests that were due 10 ms after one another, of which the client knows `later`.
void fail_many(CleanRun& run, double from, int count, double later) {
  for (int i = 0; i < count; ++i) {
    const double s = from + 0.01 * i;
    run.failures.push_back({at(s), at(s), at(s + later), "quote", Outcome::timeout, 0, ""});
  }
}

std::optional<double> error_rate_alarm_of(const CleanRun& run) {
  const auto judged = judge(run);
  const auto all = aftermaths(run.plan, *judged.history);
  const auto alarm = all.at(0).error_rate_alarm;
  return alarm ? std::optional(to_seconds(*alarm)) : std::nullopt;
}

TEST(Detection, ByTheErrorRate_IsWhenTheClientKnewOfOneFailureTooMany) {
  CleanRun run = with_a_busy_pause();
  fail_many(run, 500, 40, 0.5);
  EXPECT_NEAR(error_rate_alarm_of(run).value_or(0), 0.5 + 0.19, 0.02);
}

TEST(Detection, ByTheErrorRate_LooksAtTheLastSecondOnly) {
  CleanRun run = with_a_busy_pause();
  fail_many(run, 500.1, 15, 0.001);
  fail_many(run, 501.2, 15, 0.001);
  EXPECT_EQ(error_rate_alarm_of(run), std::nullopt);
}

TEST(Detection, ByTheErrorRate_OfRequestsThatTimeOut_IsBehindTheirTimeout) {
  CleanRun run = with_a_busy_pause();
  fail_many(run, 500.5, 40, 2);
  EXPECT_NEAR(error_rate_alarm_of(run).value_or(0), 0.5 + 0.19 + 2, 0.02);
}

TEST(Detection, ByTheErrorRate_EndsWithTheRecovery) {
  CleanRun run = with_a_busy_pause();
  fail_many(run, 510, 40, 0.001);
  EXPECT_EQ(error_rate_alarm_of(run), std::nullopt) << "no doing of this fault";
}

// Three seconds, of which in the first so large a share fails; failures are not kept.
CleanRun with_failures_not_kept(double share) {
  CleanRun run = with_a_busy_pause();
  for (auto& row : run.load) {
    if (row.operation != "quote" || row.t < at(500) || row.t >= at(503)) continue;
    const double part = row.t < at(501) ? share : 1;
    fail_of(row, std::llround(part * static_cast<double>(row.planned)), Outcome::timeout);
  }
  run.facts["load.failures_dropped"] = 1000;
  return run;
}

TEST(Detection, ByTheErrorRate_OfFailuresThatWereNotKept_IsWhereTheirSecondTurnedBad) {
  EXPECT_NEAR(error_rate_alarm_of(with_failures_not_kept(0.4)).value_or(-1), 0.6, 0.01);
  EXPECT_NEAR(error_rate_alarm_of(with_failures_not_kept(1)).value_or(-1), 0, 0.01);
}

TEST(Detection, ByTheErrorRate_OfASingleSecondThatWasNotKept_IsItsEnd) {
  CleanRun run = with_failures_not_kept(0.4);
  for (auto& row : run.load)
    if (row.t >= at(501) && row.t < at(503)) row.outcomes = {row.planned};
  EXPECT_NEAR(error_rate_alarm_of(run).value_or(-1), 1, 0.01);
}

// The second JVM was started by the undo of the kill at 540.5, and the kill is recovered from at
// 543.
TEST(Excuse, EndOfTheJvmThatAnUndoStarted_IsNoneOfItsFaults) {
  CleanRun run;
  run.faults.resize(2);
  run.jvms.back().t_start = *run.faults[1].t_undo;
  run.jvms.back().t_end = at(542);
  run.jvms.back().planned_end = false;
  EXPECT_EQ(judge(run).of("STAB-01").status, Status::fail);
  run.faults.push_back(run.faults[0]);
  run.faults[2].id = 3;
  run.faults[2].t_intent = run.faults[2].t_active.emplace(at(541.5));
  run.faults[2].t_undo = run.faults[2].t_healed = at(541.9);
  run.faults[2].t_recovered = at(544);
  EXPECT_EQ(judge(run).of("STAB-01").status, Status::pass) << "a pause may have brought it about";
}

}  // namespace
}  // namespace bhsim::checks
