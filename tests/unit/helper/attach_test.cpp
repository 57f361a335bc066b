// HotSpot's attach protocol against a real JVM of this machine.

#include "helper_client.hpp"

namespace bhsim::test {
namespace {

constexpr std::int64_t kWithin = 30'000'000'000;

class Attach : public HelperTest {
 protected:
  Json jcmd(const std::string& command, std::int64_t within = kWithin) {
    return ask({{"do", "attach"}, {"jcmd", command}, {"within", within}});
  }
};

TEST_F(Attach, Commands_AreAnsweredAsByJcmd) {
  const auto java = ChildProcess::start({"java", "-Xmx64m", "-cp", TEST_JAVA_DIR, "Idle"});
  ASSERT_EQ(java->line(), "ready");
  start({"--pid=" + std::to_string(java->pid())});
  const Json dump = jcmd("Thread.print -l");
  ASSERT_EQ(dump["ok"], true) << dump;
  EXPECT_NE(dump["text"].get<std::string>().find("\"bhsim-agent-busy\""), std::string::npos);
  const Json collected = jcmd("GC.run");
  // The JVM itself says nothing; "Command executed successfully" is jcmd's own word.
  EXPECT_EQ(collected["ok"], true) << collected;
  EXPECT_EQ(collected["text"], "");
  EXPECT_LT(collected["t0"], collected["t1"]);
  const Json info = jcmd("VM.info");
  EXPECT_NE(info["text"].get<std::string>().find("OpenJDK"), std::string::npos);
  const Json unknown = jcmd("No.such");
  EXPECT_EQ(unknown["ok"], false);
  EXPECT_NE(unknown["error"].get<std::string>().find("No.such"), std::string::npos) << unknown;
  EXPECT_FALSE(std::filesystem::exists("/tmp/.attach_pid" + std::to_string(java->pid())));
}

TEST_F(Attach, SocketLeftBehindByAnEarlierJvm_IsReplaced) {
  const auto java = ChildProcess::start({"java", "-Xmx64m", "-cp", TEST_JAVA_DIR, "Idle"});
  ASSERT_EQ(java->line(), "ready");
  const std::string socket = "/tmp/.java_pid" + std::to_string(java->pid());
  must({{"do", "special"}, {"path", socket}, {"kind", "socket"}});
  start({"--pid=" + std::to_string(java->pid())});
  EXPECT_EQ(jcmd("VM.version")["ok"], true);
}

TEST_F(Attach, JvmThatForbidsIt_IsATimeoutWithTheReason) {
  const auto java = ChildProcess::start(
      {"java", "-XX:+DisableAttachMechanism", "-Xmx64m", "-cp", TEST_JAVA_DIR, "Idle"});
  ASSERT_EQ(java->line(), "ready");
  start({"--pid=" + std::to_string(java->pid())});
  const Json answer = jcmd("VM.version", 500'000'000);
  EXPECT_EQ(answer["code"], "timeout");
  EXPECT_NE(answer["error"].get<std::string>().find("DisableAttachMechanism"), std::string::npos);
}

TEST_F(Attach, ProcessThatIsNotThere_IsNotFound) {
  start({"--pid=4194303"});
  EXPECT_EQ(jcmd("VM.version")["code"], "not_found");
}

TEST_F(Attach, BadArguments_AreUsageErrors) {
  EXPECT_EQ(refused({{"do", "attach"}, {"jcmd", ""}, {"within", 1000}}), "usage");
  EXPECT_EQ(refused({{"do", "attach"}, {"jcmd", std::string("a\0b", 3)}, {"within", 1000}}),
            "usage");
  EXPECT_EQ(refused({{"do", "attach"}, {"jcmd", "GC.run"}}), "usage");
}

TEST_F(Attach, WhileOneWaits_OtherCommandsAreAnswered) {
  const auto java = ChildProcess::start(
      {"java", "-XX:+DisableAttachMechanism", "-Xmx64m", "-cp", TEST_JAVA_DIR, "Idle"});
  ASSERT_EQ(java->line(), "ready");
  start({"--pid=" + std::to_string(java->pid())});
  helper->write(
      Json{{"id", "slow"}, {"do", "attach"}, {"jcmd", "GC.run"}, {"within", 700'000'000}}.dump() +
      "\n");
  must({{"do", "ping"}});
  EXPECT_EQ(next()["id"], "slow");
}

}  // namespace
}  // namespace bhsim::test
