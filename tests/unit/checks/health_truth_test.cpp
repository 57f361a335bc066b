// HLTH-02: what live and ready say against what clients meet. A clean run is served all the while
// but in its two faults, in which nothing is answered; and its item rollback breaks the application
// from 1206.5 on, of which ready tells from 1207 to 1210; likewise its item configuration.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "clean_items.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using history::at;
using history::Outcome;
using ::testing::HasSubstr;

Verdict truth_of(const CleanRun& run) { return judge(run).of("HLTH-02"); }

// Seven of ten requests of these seconds.
void break_service(CleanRun& run, double from, double to) {
  run.fail_requests(from, to, 70, Outcome::bad_status);
}

void say_down(CleanRun& run, std::string_view endpoint, double from, double to) {
  for (auto& row : run.health)
    if (row.endpoint == endpoint && row.t >= at(from) && row.t < at(to))
      row.up = false, row.status = 503;
}

TEST(HealthTruth, OfACleanRun_IsSeenBothWays) {
  const auto verdict = truth_of(CleanRun());
  EXPECT_EQ(verdict.status, Status::pass) << verdict.because;
  EXPECT_THAT(verdict.because, HasSubstr("times DOWN while they were not"));
  EXPECT_EQ(verdict.value, 0);
}

// The first and the last second of an outage are not whole: of nine seconds seven are beyond doubt,
// and from the first to the last answer in them six go by.
TEST(HealthTruth, UpWhileRequestsFail_IsLetPassForFiveSeconds) {
  CleanRun run;
  break_service(run, 80, 87);
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
  break_service(run, 200, 209);
  const auto verdict = truth_of(run);
  EXPECT_EQ(verdict.status, Status::fail);
  EXPECT_NEAR(verdict.value.value(), 6, 0.01);
  EXPECT_THAT(verdict.because, HasSubstr("ready said UP for 6.0 s while half of the requests"));
  ASSERT_TRUE(verdict.window);
  EXPECT_GE(verdict.window->from, at(201));
  EXPECT_LE(verdict.window->to, at(209));
}

TEST(HealthTruth, UpWhileFewerThanHalfFail_IsNoLie) {
  CleanRun run;
  run.fail_requests(200, 260, 45, Outcome::bad_status);
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
}

TEST(HealthTruth, DownWhileRequestsFail_IsTold) {
  CleanRun run;
  break_service(run, 200, 260);
  say_down(run, "ready", 200, 260);
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
}

TEST(HealthTruth, DownWhileClientsAreServed_IsALieOfReadyAndOfLive) {
  for (const auto* endpoint : {"ready", "live"}) {
    CleanRun run;
    say_down(run, endpoint, 300, 310);
    const auto verdict = truth_of(run);
    EXPECT_EQ(verdict.status, Status::fail) << endpoint;
    EXPECT_THAT(verdict.because, HasSubstr(fmt::format("{} said DOWN for 9.0 s", endpoint)));
  }
}

TEST(HealthTruth, LiveThatIsUpWhileRequestsFail_LivesAllTheSame) {
  CleanRun run;
  run.plan.app.ready_path.clear();
  break_service(run, 200, 260);
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
}

TEST(HealthTruth, NoAnswer_IsNoLie) {
  CleanRun run;
  say_down(run, "ready", 300, 330);
  for (auto& row : run.health)
    if (row.endpoint == "ready" && row.t >= at(300) && row.t < at(330)) row.status = 0;
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
}

// The class that breaks the application silences it: that is no word of ready's.
TEST(HealthTruth, NoAnswerInAConformanceItem_IsNoDown) {
  CleanRun run;
  run.facts.erase("conformance.configuration");
  change_rollback(run, [](history::ItemRecord& record) {
    for (auto& reading : record.ready)
      if (reading.value == 0) reading.value = history::kNoAnswer;
  });
  EXPECT_EQ(truth_of(run).status, Status::inconclusive) << truth_of(run).because;
}

TEST(HealthTruth, DownWhileAFaultLasts_MayBeCareful_AndHasToBeOverWithIt) {
  CleanRun run;
  run.faults[0].t_intent = at(300);
  run.faults[0].t_undo = run.faults[0].t_healed = at(340);
  say_down(run, "ready", 300, 343);
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
  say_down(run, "ready", 300, 350);
  EXPECT_EQ(truth_of(run).status, Status::fail);
}

TEST(HealthTruth, DownWhileItStarts_IsDue) {
  CleanRun run;
  auto& second_life = *std::ranges::find(run.jvms, std::int64_t{1}, &history::JvmSegment::segment);
  ASSERT_EQ(second_life.role, "load");
  second_life.t_ready = at(560);
  say_down(run, "ready", 543, 560);
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
}

TEST(HealthTruth, UpWhileTheNetworkCutsItsClientsOff_IsNoLie) {
  CleanRun run;
  run.faults[0].t_intent = at(200);
  run.faults[0].t_recovered = at(260);
  break_service(run, 200, 260);
  for (const auto* kind : {"latency", "black-hole"}) {
    run.faults[0].kind = kind;
    EXPECT_EQ(truth_of(run).status, Status::pass) << kind << ": " << truth_of(run).because;
  }
  // Of these it can know.
  for (const auto* kind : {"memory", "dependency-dead"}) {
    run.faults[0].kind = kind;
    EXPECT_EQ(truth_of(run).status, Status::fail) << kind;
  }
}

TEST(HealthTruth, ThatNeverHadToSayDown_IsNotKnown) {
  CleanRun run;
  run.facts.erase(std::string(history::fact::kRollback));
  run.facts.erase(std::string(history::fact::kConfiguration));
  const auto verdict = truth_of(run);
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("the conformance item rollback"));
  // One DOWN while requests fail is enough, whatever broke them.
  break_service(run, 200, 203);
  say_down(run, "ready", 201, 202);
  EXPECT_EQ(truth_of(run).status, Status::pass) << truth_of(run).because;
}

TEST(HealthTruth, UnderTooLightALoad_IsNotKnown) {
  CleanRun run;
  for (auto& row : run.load) row.planned = row.outcomes[0] = row.within_slo = 2;
  const auto verdict = truth_of(run);
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("21 are needed, under a load of ten requests a second"));
}

TEST(HealthTruth, OfAContractWithoutEither_IsNotApplicable) {
  CleanRun run;
  run.plan.app.ready_path.clear();
  run.plan.app.live_path.clear();
  EXPECT_EQ(truth_of(run).status, Status::not_applicable);
}

}  // namespace
}  // namespace bhsim::checks
