// Which runs count, from real stores.

#include "framework/cli/counting.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "clean_run.hpp"
#include "framework/cli/judging.hpp"

namespace bhsim::cli {
namespace {

using checks::CleanRun;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class Counting : public testing::Test {
 protected:
  // A healthy run as the runner records what it ran with.
  static CleanRun run_of(const std::string& agent = "reference", const std::string& jar = "bbbb",
                         const std::string& image = "sha256:a1a1") {
    CleanRun run;
    run.facts["versions"]["agent"] = {{"name", agent}, {"sha256", jar}};
    run.facts["versions"]["images"] = {{"application", image}};
    return run;
  }
  // A run directory of that name: ids begin with their time, so the greatest is the newest.
  void add(const std::string& name, const std::string& simulation, CleanRun run) {
    run.plan.simulation = simulation;
    run.facts["plan"] = config::to_json(run.plan);
    const auto judged = checks::judge(run);
    std::filesystem::copy(judged.builder->directory(), out_ / name,
                          std::filesystem::copy_options::recursive);
  }
  report::Readiness counted(const SubjectQuery& query = {}) {
    auto readiness = count_runs(runs_below(out_), query);
    EXPECT_TRUE(readiness) << readiness.error().message;
    return readiness ? *std::move(readiness) : report::Readiness{};
  }
  static std::vector<std::string> names(const report::Readiness& readiness) {
    std::vector<std::string> names;
    for (const auto& run : readiness.runs) names.push_back(run.directory.filename());
    return names;
  }

  const TemporaryDirectory folder_ = *TemporaryDirectory::create("bhsim-counting");
  const Path out_ = folder_.path();
};

TEST_F(Counting, OfEachSimulation_TheNewestCountsInTheDocumentsOrder) {
  add("1", "production", run_of());
  add("2", "production", run_of());
  add("3", "hotswap", run_of());
  const auto readiness = counted();
  EXPECT_THAT(names(readiness), ElementsAre("3", "2"));
  EXPECT_THAT(readiness.left_out, IsEmpty());
  EXPECT_EQ(readiness.runs[0].verdict.status, checks::RunStatus::pass);
  EXPECT_FALSE(readiness.runs[0].started.empty());
  EXPECT_FALSE(readiness.subject.image.empty());
}

TEST_F(Counting, AnInvalidRun_IsToldAndTheOneBeforeItCounts) {
  add("1", "production", run_of());
  auto late = run_of();
  for (auto& second : late.generator) second.cpu_share = 1;
  add("2", "production", std::move(late));
  const auto readiness = counted();
  EXPECT_THAT(names(readiness), ElementsAre("1"));
  ASSERT_EQ(readiness.left_out.size(), 1U);
  EXPECT_THAT(readiness.left_out[0].why, HasSubstr("LOAD-06"));
}

TEST_F(Counting, ARunThatWasCutShort_IsToldAndTheOneBeforeItCounts) {
  add("1", "production", run_of());
  auto cut = run_of();
  cut.facts["end"] = {{"reason", "interrupted"}, {"detail", "SIGINT"}};
  add("2", "production", std::move(cut));
  const auto readiness = counted();
  EXPECT_THAT(names(readiness), ElementsAre("1"));
  ASSERT_EQ(readiness.left_out.size(), 1U);
  EXPECT_THAT(readiness.left_out[0].why, HasSubstr("interrupted: SIGINT"));
}

// Else a pass of yesterday would stand where today's run lost a write.
TEST_F(Counting, ARunThatWasCutShortAndFailed_Counts) {
  add("1", "production", run_of());
  auto failed = run_of();
  failed.ledger[1].lost = 1;
  failed.facts["end"] = {{"reason", "aborted"}, {"detail", "REL-09: a write was lost"}};
  add("2", "production", std::move(failed));
  const auto readiness = counted();
  EXPECT_THAT(names(readiness), ElementsAre("2"));
  EXPECT_EQ(readiness.runs[0].verdict.status, checks::RunStatus::fail);
  EXPECT_THAT(readiness.runs[0].cut_short, HasSubstr("REL-09"));
}

TEST_F(Counting, ARunThatIsNotSealed_IsToldWithoutOpeningItsStore) {
  add("1", "production", run_of());
  std::filesystem::create_directories(out_ / "2");
  ASSERT_TRUE(write_file(out_ / "2" / "run.db", "no store at all"));
  const auto readiness = counted();
  EXPECT_THAT(names(readiness), ElementsAre("1"));
  ASSERT_EQ(readiness.left_out.size(), 1U);
  EXPECT_EQ(readiness.left_out[0].what, "2");
  EXPECT_THAT(readiness.left_out[0].why, HasSubstr("not sealed"));
}

TEST_F(Counting, ARunWhoseFilesWereChanged_DoesNotCount) {
  add("1", "production", run_of());
  std::ofstream(out_ / "1" / "run.db", std::ios::app) << "one byte more";
  const auto readiness = counted();
  EXPECT_THAT(readiness.runs, IsEmpty());
  EXPECT_EQ(readiness.left_out.size(), 1U);
}

TEST_F(Counting, ARunWithADamagedManifest_IsToldAndTheOthersCount) {
  add("1", "hotswap", run_of());
  add("2", "load", run_of());
  ASSERT_TRUE(write_file(out_ / "2" / "manifest.json", R"({"format": 1, "files": 7})"));
  EXPECT_THAT(names(counted()), ElementsAre("1"));
}

TEST_F(Counting, ARunOfOnlySomeChecks_DoesNotCount) {
  auto only = run_of();
  only.plan.only = {"LOAD-01"};
  only.plan.required = {"LOAD-01"};
  add("1", "load", std::move(only));
  const auto readiness = counted();
  EXPECT_THAT(readiness.runs, IsEmpty());
  ASSERT_EQ(readiness.left_out.size(), 1U);
  EXPECT_THAT(readiness.left_out[0].why, HasSubstr("only LOAD-01"));
}

TEST_F(Counting, RunsWithAnotherAgent_AreToldAndCanBeAskedFor) {
  add("1", "hotswap", run_of("bytehot", "aaaa"));
  add("2", "load", run_of("bytehot", "aaaa"));
  add("3", "hotswap", run_of("reference", "bbbb"));
  const auto newest = counted();
  EXPECT_THAT(names(newest), ElementsAre("3"));
  EXPECT_EQ(newest.subject.agent, "reference");
  ASSERT_EQ(newest.left_out.size(), 1U);
  EXPECT_THAT(newest.left_out[0].what, HasSubstr("2 runs"));
  EXPECT_THAT(newest.left_out[0].why, HasSubstr("bytehot"));
  EXPECT_THAT(names(counted({.app = "", .agent = "bytehot"})), ElementsAre("1", "2"));
  EXPECT_THAT(names(counted({.app = "", .agent = "sha256:aa"})), ElementsAre("1", "2"));
}

TEST_F(Counting, AnotherJarOfTheSameName_IsAnotherAgent) {
  add("1", "hotswap", run_of("bytehot", "aaaa"));
  add("2", "load", run_of("bytehot", "bbbb"));
  EXPECT_THAT(names(counted()), ElementsAre("2"));
}

TEST_F(Counting, AnotherImage_IsAnotherApplication) {
  add("1", "hotswap", run_of());
  add("2", "load", run_of("reference", "bbbb", "sha256:0123"));
  EXPECT_THAT(names(counted()), ElementsAre("2"));
  EXPECT_THAT(names(counted({.app = "0123", .agent = ""})), ElementsAre("2"));
}

TEST_F(Counting, NothingOfTheSubjectAskedFor_IsRefusedWithWhatThereIs) {
  add("1", "hotswap", run_of("bytehot", "aaaa"));
  const auto readiness = count_runs(runs_below(out_), {.app = "", .agent = "bytehott"});
  ASSERT_FALSE(readiness);
  EXPECT_EQ(readiness.error().code, ErrorCode::usage);
  EXPECT_THAT(readiness.error().message, HasSubstr("bytehot"));
}

TEST_F(Counting, AnApplicationOfOnesOwn_IsNamedInTheCommandsToCome) {
  auto own = run_of("bytehot", "aaaa");
  own.plan.app.file = "shop.yml";
  own.plan.app.image_ref = "shop:1";
  own.plan.agent.jar = "my agent.jar";
  add("1", "hotswap", std::move(own));
  EXPECT_EQ(counted().subject.words, "--app=shop.yml --image=shop:1 --agent='my agent.jar'");
}

TEST(RunsBelow, AFolderThatIsNotThere_AreNone) {
  EXPECT_THAT(runs_below("/nonexistent"), IsEmpty());
}

}  // namespace
}  // namespace bhsim::cli
