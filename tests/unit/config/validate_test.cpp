#include "framework/config/validate.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "source_tree.hpp"

namespace bhsim::config {
namespace {

class ValidateText : public testing::Test {
 protected:
  Result<Validation> validate(std::string_view text) {
    const Path file = folder_->path() / "f.yml";
    EXPECT_TRUE(write_file(file, text));
    return validate_file(file);
  }
  // The error without the folder that nobody knows beforehand.
  std::string error_of(std::string_view text) {
    const auto result = validate(text);
    if (result) return "no error";
    std::string message = result.error().message;
    const std::string folder = folder_->path().string() + "/";
    for (auto at = message.find(folder); at != std::string::npos; at = message.find(folder))
      message.erase(at, folder.size());
    return message;
  }

 private:
  Result<TemporaryDirectory> folder_ = TemporaryDirectory::create("bhsim-validate");
};

TEST(Validate, EveryShippedFile_IsRightAndOfItsKind) {
  const std::vector<std::pair<const char*, const char*>> folders{
      {"simulations", "simulation"},
      {"configs/load", "load profile"},
      {"configs/apps", "contract"},
      {"configs/agents", "agent profile"},
      {"configs/thresholds", "thresholds"}};
  for (const auto& [folder, kind] : folders) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(kRoot / folder)) {
      const auto result = validate_file(entry.path());
      ASSERT_TRUE(result) << result.error().message;
      EXPECT_EQ(result->kind, kind);
      EXPECT_EQ(result->name, entry.path().stem().string()) << "a file is found by its name";
      ++files;
    }
    EXPECT_GT(files, 0) << folder;
  }
  EXPECT_EQ(validate_file(kRoot / "configs/production-config.yml")->kind,
            "production configuration");
}

TEST_F(ValidateText, OtherFirstKey_IsToldTheNearest) {
  EXPECT_EQ(error_of("simulaton: x\n"),
            "f.yml:1:1: the first key is 'simulaton' (did you mean 'simulation'?); a file of bhsim "
            "begins with one of "
            "app, agent, bytehot, load, simulation, thresholds");
}

TEST_F(ValidateText, NoMapping_IsNoFileOfOurs) {
  EXPECT_EQ(
      error_of("- a\n"),
      "f.yml:1:1: it is not a mapping of keys; a file of bhsim begins with one of app, agent, "
      "bytehot, load, simulation, thresholds");
}

TEST_F(ValidateText, BareContract_SaysWhichChecksFallAway) {
  const auto result = validate("app: A\nimage: {ref: shop}\ncommand: [java]\nready: /r\n");
  ASSERT_TRUE(result) << result.error().message;
  std::vector<std::string> parts, checks;
  for (const auto& out : result->left_out) {
    parts.push_back(out.part);
    checks.insert(checks.end(), out.checks.begin(), out.checks.end());
  }
  EXPECT_EQ(parts, (std::vector<std::string>{"live", "metrics", "swap", "ledger"}));
  for (const auto* id : {"REL-07", "REL-09", "REL-10", "PERF-04", "COMP-01"})
    EXPECT_NE(std::find(checks.begin(), checks.end(), id), checks.end()) << id;
  EXPECT_EQ(result->notes,
            (std::vector<std::string>{
                "image: 'shop' is not named by digest: SEC-20 fails unless it is local",
                "command: without \"{agent}\" no agent is ever started with it"}));
}

TEST(Validate, ExampleOfAForeignApplication_LeavesOutWhatItsReadmeSays) {
  const Path example = kRoot / "docs/examples/tomcat";
  const auto contract = validate_file(example / "contract.yml");
  ASSERT_TRUE(contract) << contract.error().message;
  std::vector<std::string> parts, checks;
  for (const auto& out : contract->left_out) {
    parts.push_back(out.part);
    checks.insert(checks.end(), out.checks.begin(), out.checks.end());
  }
  EXPECT_EQ(parts, (std::vector<std::string>{"metrics", "swap.groups", "ledger"}));
  EXPECT_EQ(checks, (std::vector<std::string>{"CONC-04", "CONC-06", "REL-09", "REL-10"}));
  EXPECT_TRUE(validate_file(example / "load.yml"));
}

TEST_F(ValidateText, AgentThatClaimsLittle_SaysSo) {
  const auto result = validate("agent: a\njvm: [x]\naccepts: [method-body]\n");
  ASSERT_TRUE(result) << result.error().message;
  std::vector<std::string> parts;
  for (const auto& out : result->left_out) parts.push_back(out.part);
  EXPECT_EQ(parts,
            (std::vector<std::string>{"claims.audit", "claims.configuration", "thread_prefix"}));
}

TEST_F(ValidateText, LoadWithoutWrites_SaysThatNoneCanBeLost) {
  const auto result = validate("load: x\nrate: 1/s\noperations: [{name: a, get: /x}]\n");
  ASSERT_TRUE(result) << result.error().message;
  ASSERT_EQ(result->left_out.size(), 1U);
  EXPECT_EQ(result->left_out[0].checks, (std::vector<std::string>{"REL-09", "REL-10"}));
}

TEST(Validate, Thresholds_SayWhichDefaultsStand) {
  const std::vector<KnownLimit> known{{"PERF-04", "<", "s"}, {"PERF-99", "<", "s"}};
  const auto result = validate_file(kRoot / "configs/thresholds/production.yml", known);
  EXPECT_FALSE(result) << "a limit that no check has is an error";
}

}  // namespace
}  // namespace bhsim::config
