// CFG: what of the item configuration is no failure, no pass, or not known.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "clean_items.hpp"
#include "expect_all.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using history::ItemRecord;
using ::testing::HasSubstr;

const std::vector<std::string> kConfigurationChecks{"CFG-01", "CFG-02", "CFG-03", "CFG-04",
                                                    "CFG-05", "CFG-06", "CFG-07", "CFG-08",
                                                    "CFG-09", "CFG-10"};

TEST(Configuration, ThatIsNotGivenNorClaimed_IsNotApplicable) {
  CleanRun run;
  run.plan.production = {};
  run.plan.agent.claims.configuration.clear();
  expect_all(run, kConfigurationChecks, Status::not_applicable, "does not claim");
}

TEST(Configuration, InASimulationThatDoesNotTryIt_IsInconclusive) {
  CleanRun run;
  std::erase(run.plan.conformance, "configuration");
  run.facts.erase("conformance.configuration");
  expect_all(run, kConfigurationChecks, Status::inconclusive, "does not try it");
}

// An agent that reads no configuration rolls nothing back and opens no breaker: that is no merit.
TEST(Configuration, ThatWantsNothingOfAnAgentThatReadsNone_IsInconclusive) {
  CleanRun run;
  run.plan.production.metrics_enabled = run.plan.production.auto_rollback =
      run.plan.production.circuit_breaker = run.plan.production.jfr_enabled = false;
  run.plan.agent.claims.configuration.clear();
  expect_all(run, {"CFG-04", "CFG-05", "CFG-07", "CFG-09"}, Status::inconclusive, "does not claim");
}

TEST(Configuration, ThatWantsNothingOfAnAgentThatClaimsTheKeys_Passes) {
  CleanRun run;
  run.plan.production.metrics_enabled = run.plan.production.auto_rollback =
      run.plan.production.circuit_breaker = run.plan.production.jfr_enabled = false;
  expect_all(run, {"CFG-04", "CFG-05", "CFG-07", "CFG-09"}, Status::pass, "as configured");
}

TEST(Configuration, MetricsThatCouldNotBeRead_AreNotGone) {
  CleanRun run;
  change_configuration(run, [](auto& record) { record.off.metrics_read = 0; });
  EXPECT_EQ(judge(run).of("CFG-04").status, Status::inconclusive);
}

TEST(Configuration, MetricThatIsMissingThoughEnabled_Fails) {
  CleanRun run;
  const auto hide = [](ItemRecord& record) { record.metrics.erase("rolled_back"); };
  change_breaker(run, hide);
  change_rollback(run, hide);
  change_configuration(run, [&](auto& record) { hide(record.obstructed); });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("CFG-04").status, Status::fail);
  EXPECT_THAT(judged.of("CFG-04").because, HasSubstr("rolled_back is not shown"));
}

// An agent need not show the state of a breaker that is off.
TEST(Configuration, MetricThatIsMissingWhereItsSubjectIsOff_IsNoFailure) {
  CleanRun run;
  change_configuration(run, [](auto& record) { record.obstructed.metrics.erase("breaker_open"); });
  EXPECT_EQ(judge(run).of("CFG-04").status, Status::pass);
  for (const auto* item : {"breaker", "rollback"}) {
    std::erase(run.plan.conformance, item);
    run.facts.erase(fmt::format("conformance.{}", item));
  }
  EXPECT_EQ(judge(run).of("CFG-04").status, Status::inconclusive);
  EXPECT_THAT(judge(run).of("CFG-04").because, HasSubstr("the item that tries it would tell"));
}

TEST(Configuration, WhoseContainerWithAllOffEndedEarly_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    record.off.attempts.resize(1);
    record.off.trouble = "the application ended by itself";
  });
  expect_all(run, {"CFG-03", "CFG-07", "CFG-09"}, Status::inconclusive, "ended by itself");
}

TEST(Configuration, ChangeThatDidNotBreakHealthWhenOff_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) { record.off.ready.resize(1); });
  EXPECT_EQ(judge(run).of("CFG-07").status, Status::inconclusive);
}

TEST(Configuration, RollbackThatWasNotWatchedForLongWhenOff_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    attempt_of(record.off, "breaking").t_end = record.off.ready.back().from + 1s;
  });
  EXPECT_EQ(judge(run).of("CFG-07").status, Status::inconclusive);
}

TEST(Configuration, OfWhichNotAllMistakesWereTried_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) { record.mistakes.pop_back(); });
  EXPECT_EQ(judge(run).of("CFG-10").status, Status::inconclusive);
}

TEST(Configuration, HeldFileThatWasNeverOpened_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) { record.held_opens = 0; });
  EXPECT_EQ(judge(run).of("CFG-01").status, Status::inconclusive);
}

TEST(Configuration, WhoseObstructedFilesWereNotTried_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    record.obstructed.attempts.resize(1);
    record.obstructed.trouble = "the application ended by itself";
  });
  expect_all(run, {"CFG-01", "CFG-06", "CFG-08"}, Status::inconclusive, "");
}

TEST(Configuration, AttemptsThatNoPatternTells_AreNotCounted) {
  CleanRun run;
  run.plan.agent.log.erase("retry");
  EXPECT_EQ(judge(run).of("CFG-08").status, Status::inconclusive);
}

TEST(Configuration, FileWithoutPermissionsThatCouldBeRead_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    for (auto* one : {&record.off, &record.obstructed}) {
      auto& attempt = attempt_of(*one, "unreadable");
      attempt.t_served = attempt.t_refused;
    }
  });
  EXPECT_EQ(judge(run).of("CFG-08").status, Status::inconclusive);
}

// The agent made its last attempt before the file could be read.
TEST(Configuration, FileThatHealedTooLate_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    auto& heals = attempt_of(record.obstructed, "heals");
    heals.t_refused = heals.t_served;
    heals.t_served.reset();
    for (int i = 0; i < 2; ++i)
      record.obstructed.lines.push_back({heals.t_write, "retry", heals.class_name});
  });
  EXPECT_EQ(judge(run).of("CFG-08").status, Status::inconclusive);
}

// Behaviour may be chance: that two changes never come at once is no obedience.
TEST(Configuration, ThatAsksForAKeyWhichTheProfileDoesNotClaim_NeverPasses) {
  CleanRun run;
  run.plan.agent.claims.configuration.clear();
  expect_all(run, {"CFG-01", "CFG-02", "CFG-03"}, Status::fail, "does not claim it");
}

TEST(Configuration, KeysThatTheProfileClaimsWithoutAConfiguration_AreJudged) {
  CleanRun run;
  run.plan.production = {};
  expect_all(run, {"CFG-01", "CFG-02", "CFG-03", "CFG-05", "CFG-06"}, Status::pass, "");
}

TEST(Configuration, WhoseRedefinitionsWereNotTried_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    record.stalled = {};
    record.stalled.trouble = "the application ended by itself";
  });
  expect_all(run, {"CFG-02", "CFG-03", "CFG-05", "CFG-06"}, Status::inconclusive,
             "ended by itself");
}

// The failure that was seen stands, the rest is not known.
TEST(Configuration, WhoseStalledContainerEndedAfterAFailure_FailsForThatAlone) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    auto& attempts = record.stalled.attempts;
    while (attempts.back().purpose != "slow") attempts.pop_back();
    attempts.back().t_served.reset();
    record.stalled.trouble = "the application ended by itself";
  });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("CFG-02").status, Status::fail);
  EXPECT_THAT(judged.of("CFG-02").because, HasSubstr("a redefinition of 1s was never served"));
  EXPECT_EQ(judged.of("CFG-03").status, Status::inconclusive);
  EXPECT_EQ(judged.of("CFG-06").status, Status::inconclusive);
}

// The agent counts from when it noticed the file: that is no shorter limit.
TEST(Configuration, RedefinitionTimeoutCountedFromTheWrite_IsObeyed) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    auto& stalled = attempt_of(record.stalled, "stalled");
    stalled.t_refused = stalled.t_write + 2s;
  });
  EXPECT_EQ(judge(run).of("CFG-02").status, Status::pass) << judge(run).of("CFG-02").because;
}

TEST(Configuration, RedefinitionThatLandsAfterItWasGivenUp_IsNoFailure) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    auto& stalled = attempt_of(record.stalled, "stalled");
    stalled.t_served = stalled.t_end + 1s;
  });
  EXPECT_EQ(judge(run).of("CFG-02").status, Status::pass);
}

TEST(Configuration, RedefinitionsThatTheStallerDidNotSee_AreNotJudged) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    record.stalled.redefinitions.clear();
    attempt_of(record.stalled, "slow").t_served.reset();
    attempt_of(record.stalled, "stalled").t_refused.reset();
  });
  EXPECT_EQ(judge(run).of("CFG-02").status, Status::inconclusive);
  EXPECT_EQ(judge(run).of("CFG-03").status, Status::inconclusive);
}

// It was over in time, and so nothing had to be told.
TEST(Configuration, RedefinitionThatWasNotHeldUp_IsNotJudged) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    for (auto& one : record.stalled.redefinitions) one.to = one.from + 1ms;
    auto& stalled = attempt_of(record.stalled, "stalled");
    stalled.t_served = stalled.t_refused;
    stalled.t_refused.reset();
  });
  EXPECT_EQ(judge(run).of("CFG-02").status, Status::inconclusive);
  EXPECT_THAT(judge(run).of("CFG-02").because, HasSubstr("did not hold"));
}

// What passed at once would not have met another one.
TEST(Configuration, BurstThatWasNotHeldUp_ShowsNothing) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    for (auto& one : record.stalled.redefinitions) one.to = one.from + 1ms;
  });
  EXPECT_EQ(judge(run).of("CFG-03").status, Status::inconclusive);
}

TEST(Configuration, LoadThatShowsASingleClass_CannotTellWhatGoesOnBesideIt) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    for (auto* one : {&record.off, &record.obstructed, &record.stalled}) {
      std::erase_if(one->attempts, [](const auto& attempt) {
        return attempt.purpose == "burst" && attempt.class_name != "PricingService";
      });
      for (auto& attempt : one->attempts) attempt.class_name = "PricingService";
    }
  });
  expect_all(run, {"CFG-01", "CFG-02", "CFG-03"}, Status::inconclusive, "a single class");
}

TEST(Configuration, FewerChangesAtATimeThanAllowed_AreObedience) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    record.off.redefinitions = record.stalled.redefinitions;
    for (auto& attempt : record.off.attempts)
      if (attempt.purpose == "burst") attempt.t_write = attempt_of(record.stalled, "burst").t_write;
  });
  EXPECT_EQ(judge(run).of("CFG-03").status, Status::pass) << judge(run).of("CFG-03").because;
}

TEST(Configuration, ProfileThatNamesNoEvent_FailsWhereEventsAreWanted) {
  CleanRun run;
  run.plan.agent.events.clear();
  change_configuration(run, [](auto& record) {
    record.off.events.clear();
    record.stalled.events.clear();
  });
  EXPECT_EQ(judge(run).of("CFG-05").status, Status::fail);
  EXPECT_THAT(judge(run).of("CFG-05").because, HasSubstr("names no event"));
}

TEST(Configuration, SomeOfTheEventsThatTheProfileNames_AreEnough) {
  CleanRun run;
  run.plan.agent.events.emplace_back("com.example.RolledBack");
  change_configuration(run, [](auto& record) { record.stalled.events["com.example.RolledBack"]; });
  EXPECT_EQ(judge(run).of("CFG-05").status, Status::pass);
}

TEST(Configuration, TwoQuestionsForEachCheckOfHealth_AreOne) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    auto& asked = record.stalled.asked;
    const auto once = asked;
    for (const auto t : once) asked.push_back(t + 20ms);
    std::sort(asked.begin(), asked.end());
  });
  EXPECT_EQ(judge(run).of("CFG-06").status, Status::pass) << judge(run).of("CFG-06").because;
}

TEST(Configuration, QuestionThatIsLateForOnce_IsNoOtherCadence) {
  CleanRun run;
  change_configuration(run, [](auto& record) { record.stalled.asked[4] += 400ms; });
  EXPECT_EQ(judge(run).of("CFG-06").status, Status::pass);
}

TEST(Configuration, HealthThatWasNotWatchedForLong_IsInconclusive) {
  CleanRun run;
  change_configuration(run, [](auto& record) {
    auto& attempts = record.obstructed.attempts;
    attempts.back().t_end = attempts.front().t_write + 7s;
  });
  EXPECT_EQ(judge(run).of("CFG-06").status, Status::inconclusive);
  EXPECT_THAT(judge(run).of("CFG-06").because, HasSubstr("was watched for 7s only"));
}

// A store of an earlier bhsim, which did not try them.
TEST(Configuration, RecordWithoutWhatIsNew_IsReadAndDecidesNothingOfIt) {
  CleanRun run;
  auto& document = run.facts["conformance.configuration"];
  document.erase("stalled");
  for (const auto* part : {"off", "obstructed"})
    for (const auto* field : {"staller_read", "redefinitions", "asked_ns", "events_read", "events"})
      document[part].erase(field);
  auto& attempts = document["off"]["attempts"];
  for (std::size_t i = attempts.size(); i-- > 0;)
    if (attempts[i]["purpose"] == "burst") attempts.erase(i);
  run.plan.agent.events.clear();
  expect_all(run, {"CFG-02", "CFG-03", "CFG-05", "CFG-06"}, Status::inconclusive, "");
  expect_all(run, {"CFG-01", "CFG-07", "CFG-08", "CFG-09", "CFG-10"}, Status::pass, "");
}

TEST(Configuration, RecordWrittenAndReadAgain_IsTheSame) {
  const auto document = history::to_json(clean_configuration());
  const auto read = history::configuration_record_from(document);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(history::to_json(*read), document);
  EXPECT_FALSE(history::configuration_record_from(nlohmann::json::array()));
}

}  // namespace
}  // namespace bhsim::checks
