// Ticks about a real JVM of this machine.

#include "framework/base/clock.hpp"
#include "helper_client.hpp"

namespace bhsim::test {
namespace {

class Ticks : public HelperTest {
 protected:
  Json tick() {
    for (Json line = next(); !line.is_null(); line = next()) {
      if (line.contains("tick")) return line["tick"];
    }
    ADD_FAILURE() << "no tick";
    return {};
  }
};

TEST_F(Ticks, OfAJvm_TellProcessAndCounters) {
  const auto java =
      ChildProcess::start({"java", "-XX:+UseG1GC", "-Xmx64m", "-cp", TEST_JAVA_DIR, "Idle"});
  ASSERT_EQ(java->line(), "ready");
  start({"--pid=" + std::to_string(java->pid())});
  must({{"do", "subscribe"}, {"agent_prefix", "bhsim-agent-and-more-than-15-characters"}});
  must({{"do", "subscribe"}, {"agent_prefix", "bhsim-agent"}});
  const Json first = tick();
  const Json second = tick();
  EXPECT_GT(second["t"], first["t"]);
  EXPECT_EQ(second["t"].get<std::int64_t>() / 1'000'000'000,
            first["t"].get<std::int64_t>() / 1'000'000'000 + 1 +
                second["missed"].get<std::int64_t>() - first["missed"].get<std::int64_t>())
      << "one each second, at whole seconds";
  const Json& process = second["process"];
  EXPECT_GT(process["threads"], 5);
  EXPECT_EQ(process["agent_threads"], 1);
  EXPECT_GT(process["rss"], 10'000'000);
  EXPECT_GT(process["descriptors"], 3);
  EXPECT_GT(process["cpu_agent"], first["process"]["cpu_agent"]);
  EXPECT_LT(process["cpu_agent"], process["cpu_threads"]);
  // Within the 10 ms steps of the one, and the threads that ended before the first look.
  EXPECT_LT(process["cpu_threads"].get<double>(), process["cpu_process"].get<double>() + 5e7);
  const Json& jvm = second["jvm"];
  EXPECT_GT(jvm["heap_used"], 0);
  EXPECT_LE(jvm["heap_used"], jvm["heap_committed"]);
  EXPECT_LE(jvm["heap_committed"], 70'000'000);
  EXPECT_GT(jvm["metaspace_used"], 100'000);
  EXPECT_GT(jvm["classes_loaded"], 300);
  EXPECT_GE(jvm["gc_count"], 1) << "it has collected once";
  EXPECT_GT(jvm["gc_time"], 0);
  EXPECT_GT(jvm["safepoints"], 0);
}

TEST_F(Ticks, AfterTheProcessHasEnded_AreEmptyAndGoOn) {
  auto child = ChildProcess::start({"cat"});
  start({"--pid=" + std::to_string(child->pid())});
  must({{"do", "subscribe"}});
  const Json before = tick();
  EXPECT_EQ(before["process"]["threads"], 1);
  EXPECT_TRUE(before["jvm"].is_null());
  child.reset();
  Json after = tick();
  if (!after["process"].is_null()) after = tick();  // it ended just after that one
  EXPECT_TRUE(after["process"].is_null());
}

// CPU of the threads of that name, nanoseconds; -1: there is none.
std::int64_t cpu_of(const Json& answer, const std::string& name) {
  for (const Json& thread : answer["threads"])
    if (thread["name"] == name) return thread["cpu"];
  return -1;
}

TEST_F(Ticks, ThreadsOfAJvm_AreToldByNameWithoutTheirNumbers) {
  const auto java =
      ChildProcess::start({"java", "-XX:+UseG1GC", "-Xmx64m", "-cp", TEST_JAVA_DIR, "Idle"});
  ASSERT_EQ(java->line(), "ready");
  start({"--pid=" + std::to_string(java->pid())});
  const Json first = must({{"do", "threads"}});
  Json second = must({{"do", "threads"}});
  while (cpu_of(second, "bhsim-agent-bus") == cpu_of(first, "bhsim-agent-bus"))
    second = must({{"do", "threads"}});
  EXPECT_GT(cpu_of(second, "bhsim-agent-bus"), cpu_of(first, "bhsim-agent-bus"));
  EXPECT_GE(cpu_of(second, "G# Conc##"), 0) << second;
}

TEST_F(Ticks, CpuOfTheProcess_IsThatOfAllItsThreads) {
  const auto java =
      ChildProcess::start({"java", "-XX:+UseG1GC", "-Xmx64m", "-cp", TEST_JAVA_DIR, "Idle"});
  ASSERT_EQ(java->line(), "ready");
  start({"--pid=" + std::to_string(java->pid())});
  const Json threads = must({{"do", "threads"}});
  std::int64_t sum = 0;
  for (const Json& thread : threads["threads"]) sum += thread["cpu"].get<std::int64_t>();
  const Json cpu = must({{"do", "cpu"}});
  EXPECT_GE(cpu["cpu"], sum) << "those included that had ended before";
  EXPECT_GT(cpu["t"], threads["t"]);
}

TEST_F(Ticks, CpuOfAProcessThatIsGone_IsRefused) {
  auto child = ChildProcess::start({"cat"});
  start({"--pid=" + std::to_string(child->pid())});
  EXPECT_GT(must({{"do", "cpu"}})["cpu"], 0);
  child.reset();
  Json answer = ask({{"do", "cpu"}});
  while (answer["ok"] == true) answer = ask({{"do", "cpu"}});  // it is just ending
  EXPECT_EQ(answer["code"], "not_found");
}

TEST_F(Ticks, BeforeSubscribing_ThereAreNone) {
  must({{"do", "threads"}});
  EXPECT_FALSE(helper->line(std::chrono::milliseconds(1200)));
}

}  // namespace
}  // namespace bhsim::test
