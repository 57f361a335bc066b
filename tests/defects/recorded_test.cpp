#include "recorded.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>
#include <zlib.h>

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

TEST(RecordedHistories, AreRedWhereTheyMustBeAndNowhereElse) {
  for (const auto& defect : recordings(kFolder / "recorded")) {
    SCOPED_TRACE(defect);
    const auto expect = expected(kFolder / "defects.yml", defect);
    ASSERT_TRUE(expect) << expect.error().message;
    const auto judged = judge_recording(kFolder / "recorded" / (defect + ".db.gz"));
    ASSERT_TRUE(judged) << judged.error().message;
    EXPECT_THAT(complaints(judged->verdict, *expect), IsEmpty());
  }
}

TEST(RecordedHistories, EachTellsFromWhichRunItIs) {
  for (const auto& defect : recordings(kFolder / "recorded")) {
    SCOPED_TRACE(defect);
    const auto text = read_file(kFolder / "recorded" / (defect + ".json"));
    ASSERT_TRUE(text) << text.error().message;
    const auto origin = nlohmann::json::parse(*text);
    const auto judged = judge_recording(kFolder / "recorded" / (defect + ".db.gz"));
    ASSERT_TRUE(judged) << judged.error().message;
    EXPECT_EQ(origin.value("defect", ""), defect);
    EXPECT_EQ(origin.value("run", ""), judged->run_id);
    EXPECT_EQ(origin.value("seed", std::uint64_t{0}), judged->seed);
    EXPECT_FALSE(origin.value("command", "").empty());
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

}  // namespace
}  // namespace bhsim::defects
