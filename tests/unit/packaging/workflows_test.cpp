// The workflows do what people do by hand: the same scripts, with the least rights and an end in
// time.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>
#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <regex>

#include "framework/base/files.hpp"

namespace bhsim {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::MatchesRegex;

const Path kRoot = BHSIM_SOURCE_DIR;

class Workflow : public testing::TestWithParam<std::string> {
 protected:
  // Each step of each job.
  [[nodiscard]] std::vector<YAML::Node> steps() const {
    std::vector<YAML::Node> found;
    for (const auto& job : workflow_["jobs"])
      for (const auto& step : job.second["steps"]) found.push_back(step);
    return found;
  }
  const YAML::Node workflow_ =
      YAML::LoadFile((kRoot / ".github" / "workflows" / GetParam()).string());
};

TEST_P(Workflow, ReadsTheRepositoryAndMayDoNothingElse) {
  const auto permissions = workflow_["permissions"];
  ASSERT_TRUE(permissions.IsMap());
  EXPECT_EQ(permissions.size(), 1U);
  EXPECT_EQ(permissions["contents"].as<std::string>(), "read");
  for (const auto& job : workflow_["jobs"]) EXPECT_FALSE(job.second["permissions"]);
}

TEST_P(Workflow, HasTriggersAndEndsWithinAHostedRunnersTime) {
  EXPECT_TRUE(workflow_["on"].IsMap());
  ASSERT_GT(workflow_["jobs"].size(), 0U);
  for (const auto& job : workflow_["jobs"]) {
    EXPECT_TRUE(job.second["runs-on"]);
    EXPECT_LE(job.second["timeout-minutes"].as<int>(), 360);
  }
}

TEST_P(Workflow, EachStep_RunsSomethingOrUsesAPinnedAction) {
  for (const auto& step : steps()) {
    ASSERT_NE(step["run"].IsDefined(), step["uses"].IsDefined());
    if (step["uses"]) {
      EXPECT_THAT(step["uses"].as<std::string>(), MatchesRegex("[a-z-]+/[a-z-]+@v[0-9]+"));
    } else {
      EXPECT_THAT(step["run"].as<std::string>(), testing::Not(HasSubstr("${{")))
          << "text from outside must not become a command";
    }
  }
}

TEST_P(Workflow, EachScriptThatItNames_IsThereAndCanBeRun) {
  const std::regex script(R"(\./([\w./-]+))");
  int scripts = 0;
  for (const auto& step : steps()) {
    const auto run = step["run"] ? step["run"].as<std::string>() : "";
    for (std::sregex_iterator it(run.begin(), run.end(), script), end; it != end; ++it) {
      ++scripts;
      EXPECT_EQ(::access((kRoot / (*it)[1].str()).c_str(), X_OK), 0) << (*it)[1];
    }
  }
  EXPECT_GE(scripts, 1);
}

std::string stem(const testing::TestParamInfo<std::string>& workflow) {
  return Path(workflow.param).stem().string();
}
INSTANTIATE_TEST_SUITE_P(All, Workflow, testing::Values("ci.yml", "nightly.yml"), stem);

TEST(Workflows, AreAllTested) {
  for (const auto& entry : fs::directory_iterator(kRoot / ".github" / "workflows"))
    EXPECT_THAT(entry.path().filename().string(), testing::AnyOf("ci.yml", "nightly.yml"));
}

TEST(Workflows, Nightly_IsTheSpecificationsRunAndKeepsItsEvidence) {
  const auto text = read_file(kRoot / ".github" / "workflows" / "nightly.yml");
  ASSERT_TRUE(text);
  EXPECT_THAT(*text, HasSubstr("run-production-simulation.sh --duration=4h --load=high"));
  EXPECT_THAT(*text, HasSubstr("GITHUB_STEP_SUMMARY"));
  EXPECT_THAT(*text, HasSubstr("path: runs/"));
}

}  // namespace
}  // namespace bhsim
