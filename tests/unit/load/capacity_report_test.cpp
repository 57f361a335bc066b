#include "framework/load/capacity_report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/base/files.hpp"
#include "framework/load/capacity_command.hpp"
#include "framework/load/report.hpp"
#include "tests/support/json_schema.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;
using testing::Not;

Trial trial_of(double rate, Purpose purpose, std::optional<TrialVerdict> verdict,
               Nanos latency = milliseconds(5)) {
  Trial trial;
  trial.step = {rate, purpose, 1};
  trial.verdict = verdict;
  trial.judged_length = seconds(purpose == Purpose::confirm ? 30 : 10);
  trial.judged.planned = trial.judged.sent = 1000;
  at(trial.judged.outcomes, Outcome::ok) = 1000;
  trial.judged.corrected.record(latency, 1000);
  trial.judged.uncorrected.record(milliseconds(4), 1000);
  if (verdict && *verdict != TrialVerdict::held) {
    trial.why = {"p99 " + format_latency(trial.judged.corrected.percentile(99))};
  }
  return trial;
}

// 4935/s held for 30 s, 5153/s did not.
CapacityReport found_knee() {
  CapacityReport report;
  report.bound = bound_of(report.options);
  report.at_most = seconds(900);
  report.knee = {4935, 5153, KneeLimit::target, true};
  report.trials = {trial_of(4935, Purpose::narrow, TrialVerdict::held),
                   trial_of(5153, Purpose::narrow, TrialVerdict::broke, milliseconds(312)),
                   trial_of(5153, Purpose::narrow, TrialVerdict::broke, milliseconds(280)),
                   trial_of(4935, Purpose::confirm, TrialVerdict::held)};
  report.trials[2].step.attempt = 2;
  return report;
}

TEST(CapacityText, Start_SaysLimitsAndTheMostItTakes) {
  CapacityReport report = found_knee();
  report.options.max_error_share = 0.005;
  const std::string text = render_search_start(report);
  EXPECT_THAT(text, HasSubstr("search 100/s to 1000000/s, to 5 % · poisson · 50 connections"));
  EXPECT_THAT(text, HasSubstr("p99 from the plan at most 100ms, errors at most 0.5 %"));
  EXPECT_THAT(text, HasSubstr("at most 44 trials in 15m; each 1s of warm-up and at least 10s"));
}

TEST(CapacityText, Trial_IsALineWithItsVerdict) {
  const CapacityReport report = found_knee();
  EXPECT_THAT(render_trial(report.trials[0]), HasSubstr("4935/s"));
  EXPECT_THAT(render_trial(report.trials[0]), HasSubstr("0.000 %   held\n"));
  EXPECT_THAT(render_trial(report.trials[2]), HasSubstr("broke: p99 280 ms (again)\n"));
  EXPECT_THAT(render_trial(report.trials[3]), HasSubstr("held (30s, to confirm)\n"));
  Trial stopped = trial_of(800, Purpose::climb, std::nullopt);
  stopped.judged = {};
  EXPECT_THAT(render_trial(stopped), HasSubstr("stopped"));
}

TEST(CapacityText, Knee_IsTheRateThatHeldAndTheNextThatDidNot) {
  const CapacityReport report = found_knee();
  EXPECT_EQ(verdict_of(report), CapacityVerdict::found);
  EXPECT_THAT(render_knee(report),
              HasSubstr("knee 4935/s   held for 30s; 5153/s did not: p99 280"));
  EXPECT_THAT(render_knee(report), Not(HasSubstr("--connections")));
}

TEST(CapacityText, RequestsThatWaitedForAConnection_AreNamed) {
  CapacityReport report = found_knee();
  report.trials[2].judged.blocked = 500;
  EXPECT_THAT(render_knee(report), HasSubstr("one of the 50 connections; more --connections"));
}

TEST(CapacityText, GeneratorThatWasTheLimit_IsNamedAndNotTheTarget) {
  CapacityReport report = found_knee();
  report.knee.limit = KneeLimit::generator;
  report.trials[2].verdict = TrialVerdict::invalid;
  report.trials[2].why = {"a load thread used 97 % of its core"};
  report.trials[2].cpu_share_worst = 0.97;
  const std::string text = render_knee(report);
  EXPECT_THAT(text, HasSubstr("at least 4935/s   held for 30s; at 5153/s bhsim was the limit, not "
                              "the target: a load thread used 97 %"));
  EXPECT_THAT(text, HasSubstr("more --threads"));
  report.knee = {std::nullopt, 5153, KneeLimit::generator, false};
  EXPECT_EQ(verdict_of(report), CapacityVerdict::unknown);
  EXPECT_THAT(render_knee(report), HasSubstr("INVALID: bhsim was the limit"));
}

TEST(CapacityText, EndOfTheRange_IsSaidToBeOne) {
  CapacityReport report = found_knee();
  report.knee = {1e6, std::nullopt, KneeLimit::range, true};
  EXPECT_THAT(render_knee(report), HasSubstr("at least 1000000/s"));
  EXPECT_THAT(render_knee(report), HasSubstr("the highest of the range"));
}

TEST(CapacityText, LowestThatDidNotHold_Fails) {
  CapacityReport report = found_knee();
  report.knee = {std::nullopt, 100, KneeLimit::target, false};
  report.trials = {trial_of(100, Purpose::climb, TrialVerdict::broke, seconds(2))};
  report.trials[0].causes.add(
      {Time(), Time(), Time(), 0, Outcome::timeout, 0, "no response within the timeout"});
  EXPECT_EQ(verdict_of(report), CapacityVerdict::below_range);
  EXPECT_THAT(render_knee(report), HasSubstr("FAIL   100/s, the lowest rate, did not hold: p99 2"));
  EXPECT_THAT(render_knee(report), HasSubstr("1 × timeout: no response within the timeout"));
}

TEST(CapacityText, NothingConfirmed_IsInvalid) {
  CapacityReport report = found_knee();
  report.knee.confirmed = false;
  EXPECT_EQ(verdict_of(report), CapacityVerdict::unknown);
  EXPECT_THAT(render_knee(report), HasSubstr("INVALID: 4935/s held in a trial, but no rate held in "
                                             "a longer one"));
}

TEST(CapacityText, Interrupted_SaysWhatIsKnown) {
  CapacityReport report = found_knee();
  report.interrupted = true;
  report.knee.confirmed = false;
  EXPECT_EQ(verdict_of(report), CapacityVerdict::interrupted);
  EXPECT_THAT(render_knee(report), HasSubstr("4935/s held in a trial and was not confirmed; 5153/s "
                                             "did not hold"));
  report.knee = {};
  EXPECT_THAT(render_knee(report), HasSubstr("nothing is known yet"));
}

bool follows(const nlohmann::json& json, const char* schema) {
  return test::follow_schema({json.dump()}, Path(BHSIM_SOURCE_DIR) / "docs" / schema);
}

TEST(LoadSchemas, Search_FollowsItsSchema) {
  CapacityReport report = found_knee();
  EXPECT_TRUE(follows(to_json(report), "load-search.schema.json"));
  report.interrupted = true;
  report.knee = {};
  report.trials = {trial_of(100, Purpose::climb, std::nullopt)};
  report.trials[0].judged = {};
  EXPECT_TRUE(follows(to_json(report), "load-search.schema.json"));
  nlohmann::json lacking = to_json(report);
  lacking["trials"][0].erase("why");
  EXPECT_FALSE(follows(lacking, "load-search.schema.json"));
}

TEST(LoadSchemas, TotalsOfATrial_AreThoseOfASummary) {
  const auto read = [](const char* name) {
    return nlohmann::json::parse(read_file(Path(BHSIM_SOURCE_DIR) / "docs" / name).value_or(""),
                                 nullptr, false);
  };
  const auto search = read("load-search.schema.json");
  const auto summary = read("load-summary.schema.json");
  EXPECT_EQ(search["$defs"]["totals"], summary["$defs"]["totals"]);
  EXPECT_EQ(search["$defs"]["histogram"], summary["$defs"]["histogram"]);
}

TEST(CapacityAnswer, OnlyAKneeThatWasFound_Passes) {
  EXPECT_EQ(load_verdict_of(CapacityVerdict::found), LoadVerdict::pass);
  EXPECT_EQ(load_verdict_of(CapacityVerdict::below_range), LoadVerdict::fail);
  EXPECT_EQ(load_verdict_of(CapacityVerdict::unknown), LoadVerdict::invalid);
  EXPECT_EQ(load_verdict_of(CapacityVerdict::interrupted), LoadVerdict::interrupted);
}

TEST(CapacityJson, Trials_AreAllThereAndTheirOutcomesAddUp) {
  const nlohmann::json json = to_json(found_knee());
  EXPECT_EQ(json["verdict"], "found");
  EXPECT_EQ(json["held_per_s"], 4935);
  EXPECT_EQ(json["not_held_per_s"], 5153);
  EXPECT_EQ(json["limited_by"], "target");
  ASSERT_EQ(json["trials"].size(), 4U);
  for (const auto& trial : json["trials"]) {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : trial["judged"]["outcomes"].items())
      sum += count.get<std::uint64_t>();
    EXPECT_EQ(sum, trial["judged"]["planned"].get<std::uint64_t>());
  }
}

}  // namespace
}  // namespace bhsim::load
