// BRK and ROLL: what an item that was not asked for, not tried or cut short comes to.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clean_items.hpp"
#include "expect_all.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using history::ItemRecord;
using ::testing::HasSubstr;

const std::vector<std::string> kBreakerChecks{"BRK-01", "BRK-02", "BRK-03",
                                              "BRK-04", "BRK-05", "BRK-06"};
const std::vector<std::string> kRollbackChecks{"ROLL-01", "ROLL-02", "ROLL-03", "ROLL-04",
                                               "ROLL-05"};

TEST(Breaker, ThatTheConfigurationTurnsOff_IsNotApplicable) {
  CleanRun run;
  run.plan.production.circuit_breaker = false;
  expect_all(run, kBreakerChecks, Status::not_applicable, "'circuit-breaker: false'");
}

TEST(Breaker, ThatNobodyAsksForNorClaims_IsNotApplicable) {
  CleanRun run;
  run.plan.production = {};
  run.plan.agent.claims.breaker = false;
  expect_all(run, kBreakerChecks, Status::not_applicable, "claims none");
}

TEST(Breaker, ThatTheProfileClaimsWithoutAConfiguration_IsJudged) {
  CleanRun run;
  run.plan.production = {};
  run.plan.agent.claims.breaker = true;
  expect_all(run, kBreakerChecks, Status::pass, "");
}

TEST(Breaker, InASimulationThatDoesNotTryIt_IsInconclusive) {
  CleanRun run;
  std::erase(run.plan.conformance, "breaker");
  run.facts.erase("conformance.breaker");
  expect_all(run, kBreakerChecks, Status::inconclusive, "does not try it");
}

TEST(Breaker, WhoseItemWasCutShortBeforeItCouldOpen_IsInconclusive) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    record.attempts.resize(4);
    record.trouble = "the application ended by itself with exit code 1";
  });
  expect_all(run, kBreakerChecks, Status::inconclusive, "ended by itself");
}

// The failure that was seen stands, the rest is not known.
TEST(Breaker, WhoseItemWasCutShortAfterAQueuedChange_FailsForThatAlone) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    auto& open = attempt_of(record, "open");
    open.t_refused.reset();
    open.t_served = open.t_write + std::chrono::seconds(5);
    while (record.attempts.back().purpose != "open-later") record.attempts.pop_back();
    record.trouble = "bhsim was stopped";
  });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("BRK-02").status, Status::fail);
  EXPECT_EQ(judged.of("BRK-03").status, Status::inconclusive);
  EXPECT_EQ(judged.of("BRK-04").status, Status::inconclusive);
}

void say_nothing_of_the_breaker(ItemRecord& record) {
  record.metrics.clear();
  std::erase_if(record.lines, [](const auto& line) { return line.kind == "breaker"; });
  attempt_of(record, "open").t_refused.reset();
}

// An agent that loses a change now and then has no breaker because of it.
TEST(Breaker, OfAnAgentThatLosesTheNextChange_IsNone) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    say_nothing_of_the_breaker(record);
    auto& later = attempt_of(record, "open-later");
    later.t_refused.reset();
    later.t_served = later.t_write + 100ms;
  });
  const auto judged = judge(run);
  for (const auto* id : {"BRK-01", "BRK-02", "BRK-03", "BRK-04", "BRK-05"}) {
    EXPECT_EQ(judged.of(id).status, Status::fail) << id;
    EXPECT_THAT(judged.of(id).because, HasSubstr("asked for and not there"));
  }
  EXPECT_EQ(judged.of("BRK-06").status, Status::inconclusive);
  EXPECT_NE(judged.of("CFG-09").status, Status::pass);
}

// Lost or refused: nobody said.
TEST(Breaker, ThatRefusesWithoutAWord_IsNotTakenForOpen) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    say_nothing_of_the_breaker(record);
    attempt_of(record, "open-later").t_refused.reset();
  });
  EXPECT_EQ(judge(run).of("BRK-01").status, Status::inconclusive);
  EXPECT_THAT(judge(run).of("BRK-01").because, HasSubstr("it may be lost"));
  EXPECT_EQ(judge(run).of("CFG-09").status, Status::inconclusive);
}

// Nobody said that it is open: what comes later is no trial of it.
TEST(Breaker, ThatWasNotSeenToOpen_HasNoTrial) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    say_nothing_of_the_breaker(record);
    auto& later = attempt_of(record, "open-later");
    later.t_refused.reset();
    later.t_served = attempt_of(record, "trial").t_write;
  });
  const auto judged = judge(run);
  for (const auto* id : {"BRK-03", "BRK-04"})
    EXPECT_EQ(judged.of(id).status, Status::inconclusive) << judged.of(id).because;
}

// Silence after the failures is an open breaker or a dead agent.
TEST(Breaker, OfAnAgentThatFellSilent_IsNotTakenForOpen) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    say_nothing_of_the_breaker(record);
    while (record.attempts.back().purpose != "trial") record.attempts.pop_back();
    for (const auto* purpose : {"open", "open-later", "trial"}) {
      attempt_of(record, purpose).t_refused.reset();
      attempt_of(record, purpose).t_served.reset();
    }
  });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("BRK-01").status, Status::inconclusive) << judged.of("BRK-01").because;
  EXPECT_EQ(judged.of("BRK-02").status, Status::fail);
  for (const auto* id : {"BRK-03", "BRK-04", "BRK-06"})
    EXPECT_EQ(judged.of(id).status, Status::inconclusive) << judged.of(id).because;
}

TEST(Breaker, WhoseTrialWasNeitherServedNorRefused_IsInconclusiveOnIt) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) { attempt_of(record, "trial").t_served.reset(); });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("BRK-03").status, Status::inconclusive);
  EXPECT_THAT(judged.of("BRK-03").because, HasSubstr("neither served nor refused"));
  EXPECT_EQ(judged.of("BRK-04").status, Status::inconclusive);
}

TEST(Breaker, OfWhichABadChangeWasServed_CannotBeJudged) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    auto& bad = attempt_of(record, "opens");
    bad.t_served = bad.t_refused;
  });
  expect_all(run, kBreakerChecks, Status::inconclusive, "nothing was refused");
}

TEST(Breaker, ThatNothingTellsTheStateOf_FailsBrk05) {
  CleanRun run;
  run.plan.agent.log.erase("breaker");
  change_breaker(run, [](ItemRecord& record) { record.metrics.clear(); });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("BRK-05").status, Status::fail);
  EXPECT_THAT(judged.of("BRK-05").because, HasSubstr("neither a metric nor a line"));
}

TEST(Breaker, UnderFewRequestsWhileItIsOpen_IsInconclusiveOnTraffic) {
  CleanRun run;
  change_breaker(run, [](ItemRecord& record) {
    for (auto& second : record.load) second.planned = second.ok = 2;
  });
  EXPECT_EQ(judge(run).of("BRK-06").status, Status::inconclusive);
}

TEST(Breaker, OfARecordThatIsNoRecord_IsInconclusive) {
  CleanRun run;
  run.facts["conformance.breaker"] = {{"attempts", 7}};
  expect_all(run, kBreakerChecks, Status::inconclusive, "record of a conformance item");
}

TEST(Rollback, ThatTheConfigurationTurnsOff_IsNotApplicable) {
  CleanRun run;
  run.plan.production.auto_rollback = false;
  expect_all(run, kRollbackChecks, Status::not_applicable, "'auto-rollback: false'");
}

TEST(Rollback, InASimulationThatDoesNotTryIt_IsInconclusive) {
  CleanRun run;
  std::erase(run.plan.conformance, "rollback");
  run.facts.erase("conformance.rollback");
  expect_all(run, kRollbackChecks, Status::inconclusive, "does not try it");
}

TEST(Rollback, OfAChangeThatDidNotBreakHealth_IsInconclusive) {
  CleanRun run;
  change_rollback(run, [](ItemRecord& record) { record.ready.resize(1); });
  const auto judged = judge(run);
  for (const auto* id : {"ROLL-01", "ROLL-02", "ROLL-03", "ROLL-05"})
    EXPECT_EQ(judged.of(id).status, Status::inconclusive) << judged.of(id).because;
}

TEST(Rollback, OfAChangeThatCameWhileHealthWasBad_IsInconclusive) {
  CleanRun run;
  change_rollback(run, [](ItemRecord& record) {
    record.ready = {{0, record.ready[0].from, record.ready[2].to}};
  });
  EXPECT_EQ(judge(run).of("ROLL-01").status, Status::inconclusive);
}

// The version before may answer for a while until the change is in force, also after a hiccup.
TEST(Rollback, IsNotTheOldVersionThatStillAnswers) {
  CleanRun run;
  change_rollback(run, [](ItemRecord& record) {
    auto& again = record.served.at("PricingService")[3];
    const Time write = attempt_of(record, "breaking").t_write;
    again.first_sent = write + std::chrono::milliseconds(200);
    again.first_done = again.last_done = again.first_sent + std::chrono::milliseconds(1);
  });
  EXPECT_EQ(judge(run).of("ROLL-01").status, Status::fail);
}

// That nothing good was taken back proves nothing of an agent that takes nothing back.
TEST(Rollback, ThatIsThereNowhere_DoesNotPassForCareful) {
  CleanRun run;
  change_rollback(run, [](ItemRecord& record) {
    auto& runs = record.served.at("PricingService");
    runs.erase(runs.begin() + 3);
  });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("ROLL-01").status, Status::fail);
  EXPECT_EQ(judged.of("ROLL-04").status, Status::inconclusive);
}

TEST(Rollback, WithoutAnAuditLog_IsNotKnownToBeByteForByte) {
  CleanRun run;
  change_rollback(run, [](ItemRecord& record) {
    record.audit.clear();
    record.audit_read = false;
  });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("ROLL-03").status, Status::inconclusive);
  EXPECT_EQ(judged.of("ROLL-05").status, Status::fail);
}

TEST(Rollback, WhoseLastGoodChangeWasNotSeen_IsInconclusiveOnIt) {
  CleanRun run;
  change_rollback(run, [](ItemRecord& record) { attempt_of(record, "after").t_served.reset(); });
  EXPECT_EQ(judge(run).of("ROLL-04").status, Status::inconclusive);
}

TEST(ItemRecord_, WrittenAndReadAgain_IsTheSame) {
  const auto document = history::to_json(clean_rollback());
  const auto read = history::item_record_from(document);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(history::to_json(*read), document);
  EXPECT_FALSE(history::item_record_from(nlohmann::json::array()));
}

}  // namespace
}  // namespace bhsim::checks
