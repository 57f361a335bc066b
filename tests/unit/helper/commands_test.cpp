// The conversation itself: what is no request, what is too long, when the helper ends.

#include "framework/sidecar/protocol.hpp"
#include "helper_client.hpp"

namespace bhsim::test {
namespace {

using Commands = HelperTest;

TEST_F(Commands, Greeting_TellsProtocolAndVersion) {
  EXPECT_EQ(hello["hello"]["protocol"], sidecar::protocol::kVersion);
  EXPECT_FALSE(hello["hello"]["version"].get<std::string>().empty());
  EXPECT_EQ(hello["hello"]["pid"], helper->pid());
}

TEST_F(Commands, UnknownCommand_IsAUsageErrorAndTheHelperGoesOn) {
  EXPECT_EQ(refused({{"do", "fly"}}), "usage");
  EXPECT_EQ(refused({{"do", 7}}), "usage");
  must({{"do", "ping"}});
}

TEST_F(Commands, LinesThatAreNoRequests_AreRefusedOneByOne) {
  for (const std::string line :
       {"nonsense", "[1,2]", "\"text\"", "{\"id\":1", "\xff\xfe", "null", "17"}) {
    helper->write(line + "\n");
    const Json answer = next();
    EXPECT_EQ(answer["ok"], false) << line;
    EXPECT_EQ(answer["code"], "usage");
  }
  must({{"do", "ping"}});
}

TEST_F(Commands, EmptyLines_AreSkipped) {
  helper->write("\n\n\n");
  must({{"do", "ping"}});
}

TEST_F(Commands, DeeplyNestedLine_IsRefused) {
  helper->write(std::string(1'000'000, '[') + "\n");
  EXPECT_EQ(next()["code"], "usage");
  must({{"do", "ping"}});
}

TEST_F(Commands, LineBeyondTheLimit_IsRefusedOnceAndSkippedToItsEnd) {
  const std::string piece(1U << 20U, 'x');
  for (int i = 0; i < 14; ++i) ASSERT_TRUE(helper->write(piece));
  helper->write("\n");
  const Json answer = next();
  EXPECT_EQ(answer["code"], "usage");
  EXPECT_NE(answer["error"].get<std::string>().find("longer"), std::string::npos);
  must({{"do", "ping"}});
}

TEST_F(Commands, RequestInSinglePieces_IsPutTogether) {
  for (const char c : std::string(R"({"id":5,"do":"ping"})")) helper->write(std::string(1, c));
  helper->write("\n");
  EXPECT_EQ(next()["id"], 5);
}

TEST_F(Commands, AnyId_ComesBackAsItWas) {
  helper->write(R"({"id":{"a":[1]},"do":"ping"})"
                "\n");
  EXPECT_EQ(next()["id"].dump(), R"({"a":[1]})");
}

TEST_F(Commands, IllTypedArguments_NameTheArgument) {
  const Json answer = ask({{"do", "chmod"}, {"path", path("x")}, {"mode", "0644"}});
  EXPECT_EQ(answer["code"], "usage");
  EXPECT_NE(answer["error"].get<std::string>().find("'mode'"), std::string::npos);
  EXPECT_EQ(refused({{"do", "stat"}, {"path", "relative"}}), "usage");
  EXPECT_EQ(refused({{"do", "stat"}, {"path", std::string("/a\0b", 4)}}), "usage");
  EXPECT_EQ(refused({{"do", "stat"}}), "usage");
  EXPECT_EQ(refused({{"do", "tail"}, {"path", path("x")}, {"offset", -1}, {"limit", 1}}), "usage");
  EXPECT_EQ(refused({{"do", "tail"},
                     {"path", path("x")},
                     {"offset", 18446744073709551615U},
                     {"limit", 2000000}}),
            "usage");
}

TEST_F(Commands, EndOfInput_EndsTheHelper) {
  helper->close_input();
  EXPECT_EQ(helper->wait(), 0);
}

TEST_F(Commands, EndOfInputWhileASlowRequestIsUnderWay_EndsItAtOnce) {
  // A process that neither dies of SIGQUIT nor opens a socket: attach waits for its deadline.
  const auto deaf = ChildProcess::start({"sh", "-c", "trap '' QUIT; echo deaf; read line"});
  ASSERT_EQ(deaf->line(), "deaf");
  start({"--pid=" + std::to_string(deaf->pid())});
  helper->write(
      Json{{"id", 1}, {"do", "attach"}, {"jcmd", "VM.info"}, {"within", 100'000'000'000}}.dump() +
      "\n");
  must({{"do", "ping"}});
  helper->close_input();
  EXPECT_EQ(helper->wait(), 0);
}

TEST_F(Commands, WrongOptions_AreAUsageError) {
  for (const std::vector<std::string>& arguments :
       std::vector<std::vector<std::string>>{{},
                                             {"fly"},
                                             {"serve", "--pid=x"},
                                             {"serve", "--tmp=here"},
                                             {"hold", "on"},
                                             {"health", "/", "0"}}) {
    std::vector<std::string> command{helper_program()};
    command.insert(command.end(), arguments.begin(), arguments.end());
    EXPECT_EQ(ChildProcess::start(command)->wait(), 3);
  }
}

TEST_F(Commands, Version_IsPrinted) {
  const auto child = ChildProcess::start({helper_program(), "--version"});
  EXPECT_EQ(child->line(), "bhsim-helper " BHSIM_VERSION);
  EXPECT_EQ(child->wait(), 0);
}

TEST_F(Commands, Hold_WaitsForASignalAndEndsInOrder) {
  const auto child = ChildProcess::start({helper_program(), "hold"});
  ASSERT_EQ(child->line(), "holding");
  child->kill(SIGTERM);
  EXPECT_EQ(child->wait(), 0);
}

}  // namespace
}  // namespace bhsim::test
