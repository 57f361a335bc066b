// Commands that need no run: what is refused, and how.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/e2e/process.hpp"

namespace bhsim::test {
namespace {

using testing::HasSubstr;

TEST(Commands, ATypoInAnOption_IsRefusedWithTheNearestWord) {
  const auto ended = bhsim({"run", "--durration=10m"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr("did you mean --duration?"));
}

TEST(Commands, AnUnknownLoadProfile_IsRefusedWithTheNearestName) {
  const auto ended = bhsim({"run", "--load=hihg"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr("high"));
}

TEST(Commands, ADurationTooShortForItsPhases_IsRefusedWithTheShortestThatWorks) {
  const auto ended = bhsim({"run", "--duration=10s"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr("shortest"));
}

TEST(Commands, ADurationThatIsNone_IsRefused) {
  EXPECT_EQ(bhsim({"run", "--duration=soon"}).code, kUsage);
}

TEST(Commands, AMistakeInAFile_IsRefusedWithItsPlace) {
  const auto folder = TemporaryDirectory::create("bhsim-e2e");
  const auto file = folder->path() / "production-config.yml";
  ASSERT_TRUE(write_file(file, "bytehot:\n  performance:\n    validation-timeoutt: 5s\n"));
  const auto ended = bhsim({"run", "--config=" + file.string(), "--duration=10m"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr(file.string() + ":3:5"));
  EXPECT_THAT(ended.output, HasSubstr("validation-timeout"));
}

TEST(Commands, AnEngineThatIsNotThere_IsSaidAndNothingIsLeft) {
  const auto folder = TemporaryDirectory::create("bhsim-e2e");
  const auto out = folder->path() / "runs";
  const auto ended = bhsim({"run", "--duration=10m", "--engine=unix:///nonexistent/docker.sock",
                            "--out=" + out.string()});
  EXPECT_EQ(ended.code, kEngine);
  EXPECT_THAT(ended.output, HasSubstr("/nonexistent/docker.sock"));
  EXPECT_FALSE(std::filesystem::exists(out));
}

TEST(Commands, DryRun_PrintsTheTimelineAndStartsNothing) {
  const auto ended =
      bhsim({"run", "--duration=10m", "--load=high", "--dry-run", "--engine=unix:///nonexistent"});
  EXPECT_EQ(ended.code, 0);
  for (const auto* phase : {"warm-up", "baseline", "steady", "disrupt", "recover"})
    EXPECT_THAT(ended.output, HasSubstr(phase));
}

TEST(Commands, DryRunOfAll_PrintsEachTimelineAndTheWholeLength) {
  const auto ended =
      bhsim({"run", "all", "--duration=10m", "--dry-run", "--engine=unix:///nonexistent"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  for (const auto* simulation :
       {"hotswap", "load", "stability", "concurrency", "resources", "production"})
    EXPECT_THAT(ended.output, HasSubstr(std::string(simulation) + " · "));
  EXPECT_THAT(ended.output, HasSubstr("simulations, one after the other: about"));
}

TEST(Commands, RunOfAll_TooShortForOneOfThem_IsRefusedWithTheShortestForAll) {
  const auto ended = bhsim({"run", "all", "--duration=1m"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr("the shortest that works for all"));
  EXPECT_THAT(ended.output, HasSubstr("hotswap"));
}

TEST(Commands, RunOfAll_WithWordsThatSpoilItsReport_IsRefused) {
  EXPECT_EQ(bhsim({"run", "all", "--duration=5m", "--only=LOAD-01"}).code, kUsage);
  EXPECT_EQ(bhsim({"run", "all", "--duration=5m", "--keep"}).code, kUsage);
}

TEST(Commands, AssessOfNoRun_IsRefusedWithTheCommandThatMakesThem) {
  const auto ended = bhsim({"assess", "--out=/nonexistent"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr("bhsim run all"));
}

TEST(Commands, AssessWithAFileThatHoldsNoTestResults_IsRefused) {
  EXPECT_EQ(bhsim({"assess", "--out=/nonexistent", "--tests=/etc/passwd"}).code, kUsage);
}

TEST(Commands, ListChecks_NamesEveryFamily) {
  const auto ended = bhsim({"list", "checks"});
  EXPECT_EQ(ended.code, 0);
  for (const auto* id : {"PERF-04", "LOAD-01", "STAB-02", "CONC-03", "REL-09", "RES-07", "HLTH-05",
                         "SEC-20", "COMP-07"})
    EXPECT_THAT(ended.output, HasSubstr(id));
}

TEST(Commands, ValidateOfOurOwnFiles_FindsThemRight) {
  const std::string root = BHSIM_SOURCE_DIR;
  const auto ended = bhsim({"validate", root + "/configs/production-config.yml",
                            root + "/simulations/production.yml", root + "/configs/load/high.yml",
                            root + "/configs/apps/ProductionSimulationApp.yml"});
  EXPECT_EQ(ended.code, 0) << ended.output;
}

TEST(Commands, Doctor_OnAMachineWithAnEngine_IsContent) {
  const auto ended = bhsim({"doctor"});
  EXPECT_EQ(ended.code, 0) << ended.output;
  EXPECT_THAT(ended.output, HasSubstr("API"));
}

TEST(Commands, CheckOfARunThatIsNone_IsRefused) {
  EXPECT_EQ(bhsim({"check", "/nonexistent/run"}).code, kUsage);
}

TEST(Commands, LoadToAnotherHost_IsRefusedUnlessAllowed) {
  const auto ended = bhsim({"load", "http://192.0.2.1/", "--duration=1s"});
  EXPECT_EQ(ended.code, kUsage);
  EXPECT_THAT(ended.output, HasSubstr("allow-target"));
}

}  // namespace
}  // namespace bhsim::test
