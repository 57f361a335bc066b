// The 20 success criteria: what each rests on, and how runs decide it.

#include "checks/assess.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "checks/limits.hpp"
#include "clean_run.hpp"
#include "framework/config/build.hpp"

namespace bhsim::checks {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

const Path kTree = BHSIM_SOURCE_DIR;

// --- the table ---------------------------------------------------------------------------------

TEST(Criteria, AreTwentyInFourGroupsOfFive) {
  std::map<std::string_view, int> groups;
  std::set<std::string_view> ids;
  for (const auto& criterion : criteria()) {
    ++groups[criterion.group];
    ids.insert(criterion.id);
    EXPECT_EQ(checks_of(criterion).empty(), criterion.shown_by != ShownBy::checks) << criterion.id;
  }
  EXPECT_EQ(groups.size(), 4U);
  for (const auto& [group, count] : groups) EXPECT_EQ(count, 5) << group;
  EXPECT_EQ(ids.size(), 20U);
}

TEST(Criteria, RestOnChecksEitherOfTheTableOrOfThoseThatAreToldToLack) {
  const auto told = not_built_yet();
  std::set<std::string_view> unused(told.begin(), told.end());
  for (const auto& criterion : criteria())
    for (const auto id : checks_of(criterion)) {
      EXPECT_NE(find(id) != nullptr, std::ranges::find(told, id) != told.end())
          << id << " is in neither of checks/table.cpp and kNotBuiltYet, or in both";
      unused.erase(id);
    }
  for (const auto id : unused) ADD_FAILURE() << id << " is in kNotBuiltYet, and no criterion's";
}

// Otherwise no run could ever show it.
TEST(Criteria, EachDemand_IsRequiredByItsSimulation) {
  const auto there = config::names(config::Kind::simulation, kTree);
  for (const auto& criterion : criteria())
    for (const auto& demand : criterion.demands)
      for (const auto name : words_of(demand.simulations)) {
        EXPECT_NE(std::ranges::find(sections(), name, &Section::simulation), sections().end());
        if (std::ranges::find(there, name) == there.end()) continue;
        const auto file = config::resolve(config::Kind::simulation, kTree, name);
        const auto simulation = config::load_simulation(*file);
        ASSERT_TRUE(simulation) << simulation.error().message;
        for (const auto id : words_of(demand.checks)) {
          if (find(id) == nullptr) continue;
          const std::vector<std::string> only{std::string(id)};
          EXPECT_TRUE(
              std::ranges::any_of(simulation->required,
                                  [&](const std::string& pattern) {
                                    return config::match_checks({pattern}, only).has_value();
                                  }))
              << criterion.id << ": simulations/" << name << ".yml does not require " << id;
        }
      }
}

// --- runs --------------------------------------------------------------------------------------

// A run whose required checks all passed.
CountedRun run_with(std::string simulation, Nanos duration,
                    const std::vector<std::string_view>& ids) {
  CountedRun run;
  run.id = "20260101-000000-" + simulation;
  run.plan.simulation = std::move(simulation);
  run.plan.duration = duration;
  for (const auto id : ids) {
    run.plan.required.emplace_back(id);
    run.verdict.checks.push_back({find(id), {.status = Status::pass, .because = "it held"}, true});
  }
  run.verdict.status = RunStatus::pass;
  return run;
}

// Of each simulation one that passes all that the criteria ask of it.
std::vector<CountedRun> all_runs() {
  std::vector<CountedRun> runs;
  for (const auto& section : sections()) {
    std::set<std::string_view> ids;
    for (const auto& criterion : criteria())
      for (const auto& demand : criterion.demands)
        for (const auto name : words_of(demand.simulations))
          if (name == section.simulation)
            for (const auto id : words_of(demand.checks))
              if (find(id) != nullptr) ids.insert(id);
    runs.push_back(run_with(std::string(section.simulation), hours(24), {ids.begin(), ids.end()}));
  }
  return runs;
}

CountedRun& of(std::vector<CountedRun>& runs, std::string_view simulation) {
  return *std::ranges::find_if(
      runs, [&](const CountedRun& run) { return run.plan.simulation == simulation; });
}

Judged& judged(CountedRun& run, std::string_view id) {
  return *std::ranges::find_if(run.verdict.checks,
                               [id](const Judged& one) { return one.check->id == id; });
}

const JudgedCriterion& criterion(const Assessment& assessment, std::string_view id) {
  return *std::ranges::find_if(assessment.criteria, [id](const JudgedCriterion& judged) {
    return judged.criterion->id == id;
  });
}

std::vector<std::string> why(const JudgedCriterion& judged) {
  std::vector<std::string> sentences;
  for (const auto& reason : reasons_of(judged.parts, judged.status))
    sentences.push_back(reason.because);
  return sentences;
}

std::vector<std::string> commands(const Assessment& assessment) {
  std::vector<std::string> lines;
  for (const auto& task : tasks_of(assessment)) lines.push_back(task.command);
  return lines;
}

const TestResults kGreen{.file = "junit.xml", .passed = 900, .skipped = 2};

// All checks of the criterion are in the table.
bool is_built(const Criterion& criterion) {
  return std::ranges::all_of(checks_of(criterion), [](auto id) { return find(id) != nullptr; });
}

TEST(Assess, RunsThatPassEverything_PassEachCriterionWhoseChecksExist) {
  const auto assessment = assess(all_runs(), kGreen, "");
  for (const auto& [criterion, status, parts] : assessment.criteria) {
    const bool shown = criterion->shown_by != ShownBy::a_person && is_built(*criterion);
    EXPECT_EQ(status, shown ? Status::pass : Status::inconclusive) << criterion->id;
  }
  EXPECT_EQ(assessment.status, RunStatus::inconclusive) << "of persons nothing is known";
}

TEST(Assess, ACheckThatThisVersionLacks_IsNamedAndLeavesItsCriterionOpen) {
  const auto assessment = assess(all_runs(), kGreen, "");
  for (const auto& judged : assessment.criteria)
    for (const auto id : checks_of(*judged.criterion)) {
      if (find(id) != nullptr) continue;
      EXPECT_EQ(judged.status, Status::inconclusive);
      EXPECT_THAT(judged.parts, Contains(testing::Field(&Part::check, id)));
      EXPECT_THAT(why(judged), Contains("not judged by this version of bhsim"));
    }
}

TEST(Assess, WithoutRuns_EverythingIsOpenAndTheCommandsAreNamed) {
  const auto assessment = assess({}, std::nullopt, "--agent=bytehot");
  EXPECT_EQ(assessment.status, RunStatus::inconclusive);
  for (const auto& judged : assessment.criteria) EXPECT_EQ(judged.status, Status::inconclusive);
  EXPECT_THAT(why(criterion(assessment, "swap-latency")),
              ElementsAre("there is no valid run of 'hotswap'"));
  const auto lines = commands(assessment);
  EXPECT_THAT(lines, Contains("bhsim run hotswap --agent=bytehot"));
  EXPECT_THAT(lines, Contains("bhsim run stability --agent=bytehot --duration=24h"));
  EXPECT_THAT(lines, Not(Contains("bhsim run stability --agent=bytehot")))
      << "the longer run shows that too";
}

TEST(Assess, AFailureInTheRunThatShowsIt_FailsTheCriterion) {
  auto runs = all_runs();
  judged(of(runs, "hotswap"), "PERF-05").verdict = {.status = Status::fail, .because = "2.4 s"};
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(assessment.status, RunStatus::fail);
  EXPECT_EQ(criterion(assessment, "swap-latency").status, Status::fail);
  EXPECT_THAT(why(criterion(assessment, "swap-latency")), ElementsAre("2.4 s"));
}

TEST(Assess, AFailureInAnotherRunThatRequiresTheCheck_FailsTheCriterionToo) {
  auto runs = all_runs();
  auto other = run_with("mine", minutes(5), {"PERF-05"});
  judged(other, "PERF-05").verdict.status = Status::fail;
  runs.push_back(other);
  EXPECT_EQ(criterion(assess(runs, kGreen, ""), "swap-latency").status, Status::fail);
  judged(runs.back(), "PERF-05").required = false;
  EXPECT_EQ(criterion(assess(runs, kGreen, ""), "swap-latency").status, Status::pass)
      << "advisory there";
}

TEST(Assess, ACheckThatAnotherRunLeavesOpen_LeavesTheCriterionOpen) {
  auto runs = all_runs();
  auto other = run_with("mine", minutes(5), {"PERF-05"});
  judged(other, "PERF-05").verdict.status = Status::inconclusive;
  runs.push_back(other);
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(criterion(assessment, "swap-latency").status, Status::inconclusive);
  EXPECT_THAT(commands(assessment), Contains("bhsim run mine"));
}

TEST(Assess, ADayThatWasFiveMinutes_IsOpenWithTheCommandForADay) {
  auto runs = all_runs();
  of(runs, "stability").plan.duration = minutes(5);
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(criterion(assessment, "continuous").status, Status::inconclusive);
  EXPECT_THAT(why(criterion(assessment, "continuous")),
              Contains("the run took 5m, and 24h are asked for"));
  EXPECT_THAT(commands(assessment), Contains("bhsim run stability --duration=24h"));
  EXPECT_EQ(criterion(assessment, "uptime").status, Status::pass) << "asks for no day";
}

TEST(Assess, AFailureInAShortRun_IsAFailureAllTheSame) {
  auto runs = all_runs();
  of(runs, "stability").plan.duration = minutes(5);
  judged(of(runs, "stability"), "STAB-01").verdict.status = Status::fail;
  EXPECT_EQ(criterion(assess(runs, kGreen, ""), "continuous").status, Status::fail);
}

TEST(Assess, ACheckThatTheRunCouldNotFeed_IsOpenWithTheReason) {
  auto runs = all_runs();
  auto& run = of(runs, "hotswap");
  judged(run, "PERF-05").required = false;
  run.plan.demoted["PERF-05"] = "needs 21 valid swaps, and 1m holds 10";
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(criterion(assessment, "swap-latency").status, Status::inconclusive);
  EXPECT_THAT(why(criterion(assessment, "swap-latency")),
              ElementsAre("it was advisory in this run: needs 21 valid swaps, and 1m holds 10"));
}

TEST(Assess, ALimitLaxerThanTheCriterionsFigure_ShowsNothing) {
  auto runs = all_runs();
  of(runs, "hotswap").plan.limits["PERF-05"] = {"<", 5000, "ms"};
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(criterion(assessment, "swap-latency").status, Status::inconclusive);
  EXPECT_THAT(why(criterion(assessment, "swap-latency")),
              ElementsAre("it was held to < 5 s, and the document asks for < 2 s"));
  of(runs, "hotswap").plan.limits["PERF-05"] = {"<", 1, "s"};
  EXPECT_EQ(criterion(assess(runs, kGreen, ""), "swap-latency").status, Status::pass);
}

TEST(Assess, ALimitOfOnesOwnWhereTheCriterionHasNoFigure_Counts) {
  auto runs = all_runs();
  of(runs, "resources").plan.limits["RES-04"] = {"<=", 60'000, ""};
  const auto assessment = assess(runs, kGreen, "");
  const auto& parts = criterion(assessment, "no-exhaustion").parts;
  const auto part = std::ranges::find(parts, "RES-04", &Part::check);
  ASSERT_NE(part, parts.end());
  EXPECT_EQ(part->status, Status::pass);
}

TEST(Assess, AWaivedFailure_IsToldAndNeitherPassNorFailure) {
  auto runs = all_runs();
  judged(of(runs, "hotswap"), "PERF-05").verdict.status = Status::waived;
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(criterion(assessment, "swap-latency").status, Status::waived);
  EXPECT_THAT(assessment.because, HasSubstr("1 waived"));
}

TEST(Assess, WhatTheContractDoesNotClaim_IsNotApplicableAndNoPass) {
  auto runs = all_runs();
  for (const auto* id : {"PERF-04", "PERF-05"})
    judged(of(runs, "hotswap"), id).verdict = {.status = Status::not_applicable,
                                               .because = "nothing can be swapped"};
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(criterion(assessment, "swap-latency").status, Status::not_applicable);
  EXPECT_THAT(assessment.because, HasSubstr("1 not applicable"));
}

// A lost write was counted, and the generator was held up besides: the run fails, and its latencies
// say nothing.
TEST(Assess, AFailedRunThatIsInvalidBesides_CountsOnlyForWhatItCounted) {
  auto runs = all_runs();
  auto& run = of(runs, "load");
  run.verdict.status = RunStatus::fail;
  run.verdict.invalid = {"LOAD-06: late"};
  judged(run, "REL-09").verdict = {.status = Status::fail, .because = "1 lost", .counted = true};
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(criterion(assessment, "no-data-loss").status, Status::fail);
  EXPECT_EQ(criterion(assessment, "varying-load").status, Status::inconclusive);
  EXPECT_THAT(why(criterion(assessment, "varying-load")),
              Contains("the run is invalid: LOAD-06: late"));
}

TEST(Assess, AFailureThatNoCriterionNames_FailsTheAssessment) {
  auto runs = all_runs();
  auto& run = of(runs, "production");
  run.verdict.checks.push_back(
      {find("SEC-06"), {.status = Status::fail, .because = "writable root"}, true});
  run.verdict.checks.push_back({find("SEC-07"), {.status = Status::fail}, false});
  const auto assessment = assess(runs, kGreen, "");
  EXPECT_EQ(assessment.status, RunStatus::fail);
  ASSERT_EQ(assessment.beside.size(), 1U) << "an advisory one does not count";
  EXPECT_EQ(assessment.beside[0].check, "SEC-06");
  EXPECT_THAT(assessment.because, HasSubstr("1 failed beside the criteria"));
}

TEST(Assess, ACheckThatARunRequiresAndNobodyKnows_LeavesTheAssessmentOpen) {
  auto runs = all_runs();
  of(runs, "production").plan.required.emplace_back("NEW-01");
  const auto beside = assess(runs, kGreen, "").beside;
  ASSERT_EQ(beside.size(), 1U);
  EXPECT_EQ(beside[0].status, Status::inconclusive);
}

// --- tests and persons -------------------------------------------------------------------------

struct TestCase {
  TestResults results;
  Status status;
};

TEST(Assess, TestResults_PassOnlyWhenSomethingRanAndNothingFailed) {
  const std::vector<TestCase> cases{
      {{.passed = 1}, Status::pass},
      {{.passed = 900, .skipped = 3}, Status::pass},
      {{.passed = 900, .failed = 1}, Status::fail},
      {{.failed = 1}, Status::fail},
      {{}, Status::inconclusive},
      {{.skipped = 40}, Status::inconclusive},
  };
  for (const auto& [results, status] : cases) {
    const auto assessment = assess({}, results, "");
    const auto& tests = criterion(assessment, "tests");
    EXPECT_EQ(tests.status, status) << why(tests).front();
    EXPECT_THAT(why(tests).front(),
                HasSubstr(fmt::format("{} passed, {} failed, {} skipped", results.passed,
                                      results.failed, results.skipped)));
  }
}

TEST(Assess, WithoutTestResults_TestsAreOpenWithTheCommandThatMakesThem) {
  const auto assessment = assess({}, std::nullopt, "");
  EXPECT_EQ(criterion(assessment, "tests").status, Status::inconclusive);
  EXPECT_THAT(commands(assessment), Contains(HasSubstr("bhsim assess --tests=")));
}

TEST(Assess, ManualVerification_IsOpenAndNoCommandPretendsToGiveIt) {
  const auto assessment = assess(all_runs(), kGreen, "");
  const auto& manual = criterion(assessment, "manual");
  EXPECT_EQ(manual.status, Status::inconclusive);
  EXPECT_THAT(manual.parts[0].command, IsEmpty());
}

}  // namespace
}  // namespace bhsim::checks
