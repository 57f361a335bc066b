#include "framework/base/cache.hpp"
#include "framework/config/loaders.hpp"

#include <gtest/gtest.h>

#include "framework/config/vocabulary.hpp"
#include "source_tree.hpp"

namespace bhsim::config {
namespace {

class AgentJar : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_TRUE(make_directories(root() / "configs/agents"));
    ASSERT_TRUE(write_file(root() / "configs/agents/bytehot.yml",
                           "agent: bytehot\njvm: [\"-javaagent:{jar}\"]\n"));
    ASSERT_TRUE(write_file(root() / "bytehot-1.0-agent.jar", "jar"));
    ASSERT_TRUE(write_file(root() / "other.jar", "jar"));
  }
  [[nodiscard]] const Path& root() const { return folder_->path(); }

 private:
  Result<TemporaryDirectory> folder_ = TemporaryDirectory::create("bhsim-agents");
};

TEST_F(AgentJar, JarWithTheNameOfAProfile_TakesIt) {
  const auto agent = resolve_agent(root(), (root() / "bytehot-1.0-agent.jar").string());
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_EQ(agent->name, "bytehot");
  EXPECT_EQ(agent->jar, (root() / "bytehot-1.0-agent.jar").string());
}

TEST_F(AgentJar, JarOfAnUnknownAgent_IsNotGuessed) {
  const auto agent = resolve_agent(root(), (root() / "other.jar").string());
  ASSERT_FALSE(agent);
  EXPECT_NE(agent.error().message.find("no agent profile has a name that 'other.jar' begins with "
                                       "(there are bytehot)"),
            std::string::npos)
      << agent.error().message;
}

TEST_F(AgentJar, MissingJar_IsToldBeforeAnythingStarts) {
  EXPECT_EQ(resolve_agent(root(), "/nowhere/bytehot.jar").error().message,
            "--agent=/nowhere/bytehot.jar: there is no such file");
}

TEST_F(AgentJar, ProfileThatNeedsAJarAndHasNone_IsRefused) {
  const auto agent = resolve_agent(root(), "bytehot");
  ASSERT_FALSE(agent);
  EXPECT_TRUE(agent.error().message.ends_with(
      "the agent 'bytehot' needs its jar: give --agent=PATH.jar, or 'jar:' in the profile"));
}

TEST_F(AgentJar, JarWithAHyphenInItsName_IsThatOfTheProfileWithout) {
  ASSERT_TRUE(write_file(root() / "configs/agents/hotswapagent.yml",
                         "agent: hotswapagent\njvm: [\"-javaagent:{jar}\"]\n"));
  ASSERT_TRUE(write_file(root() / "hotswap-agent-1.4.1.jar", "jar"));
  const auto agent = resolve_agent(root(), (root() / "hotswap-agent-1.4.1.jar").string());
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_EQ(agent->name, "hotswapagent");
}

TEST_F(AgentJar, JarThatIsYetToBeFetched_IsToldWithItsCommand) {
  ASSERT_TRUE(write_file(root() / "configs/agents/theirs.yml",
                         "agent: theirs\njar: \"{cache}/no-such-agent.jar\"\nfetch: scripts/fetch\n"
                         "jvm: [\"-javaagent:{jar}\"]\n"));
  const auto agent = resolve_agent(root(), "theirs");
  ASSERT_FALSE(agent);
  EXPECT_EQ(agent.error().code, ErrorCode::not_found);
  EXPECT_TRUE(
      agent.error().message.ends_with("jar: " + (cache_folder() / "no-such-agent.jar").string() +
                                      " is not there; this brings it: scripts/fetch"))
      << agent.error().message;
}

TEST_F(AgentJar, RelativeJarOfAProfile_LiesBesideIt) {
  ASSERT_TRUE(write_file(root() / "configs/agents/mine.yml",
                         "agent: mine\njar: ../../other.jar\njvm: [\"-javaagent:{jar}\"]\n"));
  const auto agent = resolve_agent(root(), "mine");
  ASSERT_TRUE(agent) << agent.error().message;
  EXPECT_EQ(agent->jar, (root() / "other.jar").string());
}

// --- what is accepted

}  // namespace
}  // namespace bhsim::config
