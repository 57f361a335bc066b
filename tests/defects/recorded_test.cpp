#include "recorded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>
#include <zlib.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "clean_run.hpp"
#include "framework/config/plan.hpp"

namespace bhsim::defects {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Path kFolder = Path(BHSIM_SOURCE_DIR) / "tests/defects";

nlohmann::json origin_of(const std::string& defect) {
  const auto text = read_file(kFolder / "recorded" / (defect + ".json"));
  return text ? nlohmann::json::parse(*text) : nlohmann::json::object();
}

TEST(RecordedHistories, AreRedWhereTheyMustBeAndNowhereElse) {
  for (const auto& defect : recordings(kFolder / "recorded")) {
    SCOPED_TRACE(defect);
    auto expect = expected(kFolder / "defects.yml", defect);
    ASSERT_TRUE(expect) << expect.error().message;
    // On a busy machine the generator was late, and LOAD-06 says so: no false alarm.
    if (origin_of(defect).value("busy", false)) expect->may_be_red.insert("LOAD-06");
    const auto judged = judge_recording(kFolder / "recorded" / (defect + ".db.gz"));
    ASSERT_TRUE(judged) << judged.error().message;
    EXPECT_THAT(complaints(judged->verdict, *expect), IsEmpty());
  }
}

TEST(RecordedHistories, EachTellsFromWhichRunItIs) {
  for (const auto& defect : recordings(kFolder / "recorded")) {
    SCOPED_TRACE(defect);
    const auto origin = origin_of(defect);
    const auto judged = judge_recording(kFolder / "recorded" / (defect + ".db.gz"));
    ASSERT_TRUE(judged) << judged.error().message;
    EXPECT_EQ(origin.value("defect", ""), defect);
    EXPECT_EQ(origin.value("run", ""), judged->run_id);
    EXPECT_EQ(origin.value("seed", std::uint64_t{0}), judged->seed);
    EXPECT_FALSE(origin.value("command", "").empty());
  }
}

TEST(RecordedHistories, ThereIsOneOfEachDefect) {
  const auto document = YAML::LoadFile((kFolder / "defects.yml").string());
  std::vector<std::string> names;
  for (const auto& defect : document["defects"])
    names.push_back(defect["defect"].as<std::string>());
  std::ranges::sort(names);
  EXPECT_EQ(recordings(kFolder / "recorded"), names);
}

TEST(Defects, AreRunAsSimulationsThatExist_AndSeveralInOneAreKnown) {
  const auto document = YAML::LoadFile((kFolder / "defects.yml").string());
  for (const char* section : {"defects", "live"})
    for (const auto& entry : document[section]) {
      const auto name = entry["defect"].as<std::string>();
      SCOPED_TRACE(name);
      const auto file = entry["simulation"].as<std::string>() + ".yml";
      EXPECT_TRUE(std::filesystem::exists(kFolder / "simulations" / file));
      EXPECT_GT(entry["needs_seconds"].as<int>(), 0);
      EXPECT_TRUE(expected(kFolder / "defects.yml", name));
    }
}

TEST(Defects, NameChecksThatExist_AndEveryCheckOfBehaviourHasOne) {
  const auto document = YAML::LoadFile((kFolder / "defects.yml").string());
  std::set<std::string> without;
  for (const auto& check : checks::all())
    if (!check.id.starts_with("SEC-")) without.emplace(check.id);
  for (const auto& defect : document["defects"]) {
    for (const char* list : {"must_be_red", "may_be_red"})
      for (const auto& id : defect[list])
        EXPECT_NE(checks::find(id.as<std::string>()), nullptr) << id;
    for (const auto& id : defect["must_be_red"]) without.erase(id.as<std::string>());
  }
  EXPECT_THAT(without, IsEmpty());
}

// --- that the judging itself would notice ------------------------------------------------------

class Recording : public ::testing::Test {
 protected:
  // Writes the run as a recording and judges it.
  Result<Judged> record(checks::CleanRun run) {
    run.facts["plan"] = config::to_json(run.plan);
    const auto judged = checks::judge(run);
    std::ifstream in(judged.builder->directory() / "run.db", std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto gz = directory_->path() / "planted.db.gz";
    gzFile file = gzopen(gz.c_str(), "wb");
    gzwrite(file, bytes.data(), static_cast<unsigned>(bytes.size()));
    gzclose(file);
    return judge_recording(gz);
  }

  Result<TemporaryDirectory> directory_ = TemporaryDirectory::create("bhsim-recording");
};

TEST_F(Recording, OfADefect_IsJudgedByThePlanThatItHolds) {
  checks::CleanRun run;
  run.ledger[1].lost = 1;
  const auto judged = record(run);
  ASSERT_TRUE(judged) << judged.error().message;
  EXPECT_EQ(judged->seed, 42U);
  EXPECT_THAT(complaints(judged->verdict, {{"REL-09"}, {}}), IsEmpty());
  EXPECT_THAT(complaints(judged->verdict, {{}, {}}),
              Contains(HasSubstr("REL-09 is a false alarm")));
  EXPECT_THAT(complaints(judged->verdict, {{"REL-09", "REL-10"}, {}}),
              Contains(HasSubstr("REL-10 is pass and must")));
}

// The script drops what no check reads: the verdict of every check must be the same after it.
TEST_F(Recording, MadeByTheScript_IsJudgedAsTheRunWas) {
  if (std::system("command -v sqlite3 >/dev/null") != 0) GTEST_SKIP() << "there is no sqlite3";
  checks::CleanRun run;
  run.ledger[1].altered = 1;
  run.facts["plan"] = config::to_json(run.plan);
  const auto before = checks::judge(run);
  const auto command =
      fmt::format("BHSIM_RECORDED={} {} planted {} bhsim run --app=\"it's\" >/dev/null",
                  directory_->path().string(), (kFolder / "record").string(),
                  before.builder->directory().string());
  ASSERT_EQ(std::system(command.c_str()), 0);
  const auto after = judge_recording(directory_->path() / "planted.db.gz");
  ASSERT_TRUE(after) << after.error().message;
  ASSERT_EQ(after->verdict.checks.size(), before.verdict.checks.size());
  for (std::size_t i = 0; i < after->verdict.checks.size(); ++i) {
    EXPECT_EQ(after->verdict.checks[i].verdict.status, before.verdict.checks[i].verdict.status);
    EXPECT_EQ(after->verdict.checks[i].verdict.because, before.verdict.checks[i].verdict.because);
  }
  const auto origin = nlohmann::json::parse(*read_file(directory_->path() / "planted.json"));
  EXPECT_EQ(origin.value("run", ""), after->run_id);
  EXPECT_EQ(origin.value("command", ""), "bhsim run --app=it's");
}

TEST_F(Recording, ThatIsDamaged_IsAnError) {
  const auto gz = directory_->path() / "damaged.db.gz";
  std::ofstream(gz) << "\x1f\x8b\x08 this is no archive";
  EXPECT_FALSE(judge_recording(gz));
}

TEST(ExpectedReds, OfAnUnknownDefect_AreAnError) {
  const auto directory = TemporaryDirectory::create("bhsim-defects");
  const auto file = directory->path() / "defects.yml";
  std::ofstream(file)
      << "defects:\n  - {defect: leak, must_be_red: [STAB-02], may_be_red: [LOAD-03]}\n";
  EXPECT_FALSE(expected(file, "none-such"));
  const auto leak = expected(file, "leak");
  ASSERT_TRUE(leak) << leak.error().message;
  EXPECT_THAT(leak->must_be_red, ::testing::ElementsAre("STAB-02"));
  EXPECT_THAT(leak->may_be_red, ::testing::ElementsAre("LOAD-03"));
}

TEST(ExpectedReds, OfTwoDefectsInOneRun_AreThoseOfBoth) {
  const auto directory = TemporaryDirectory::create("bhsim-defects");
  const auto file = directory->path() / "defects.yml";
  std::ofstream(file) << "defects:\n  - {defect: leak, must_be_red: [STAB-02], may_be_red: []}\n"
                         "  - {defect: lies, must_be_red: [HLTH-03], may_be_red: [REL-01]}\n";
  const auto both = expected(file, "leak+lies");
  ASSERT_TRUE(both) << both.error().message;
  EXPECT_THAT(both->must_be_red, ::testing::ElementsAre("HLTH-03", "STAB-02"));
  EXPECT_THAT(both->may_be_red, ::testing::ElementsAre("REL-01"));
  EXPECT_FALSE(expected(file, "leak+none-such"));
}

TEST(ExpectedReds, OfARunWithoutADefect_AskForAPass) {
  checks::RunVerdict verdict;
  verdict.status = checks::RunStatus::inconclusive;
  verdict.because = "nothing was shown";
  EXPECT_THAT(complaints(verdict, {}), Contains(HasSubstr("nothing was shown")));
  EXPECT_THAT(complaints(verdict, {{}, {"LOAD-03"}}), Contains(HasSubstr("must pass")));
  verdict.status = checks::RunStatus::pass;
  EXPECT_THAT(complaints(verdict, {}), IsEmpty());
}

}  // namespace
}  // namespace bhsim::defects
