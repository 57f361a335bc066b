#include "framework/probes/log_lines.hpp"

#include <gtest/gtest.h>

#include "framework/base/files.hpp"

namespace bhsim::probes {
namespace {

TEST(LevelOf, ByWordsOfTheirOwn) {
  EXPECT_EQ(level_of("2026-11-25T02:11:04.123Z ERROR bhsim.orders - the disk is full"), "ERROR");
  EXPECT_EQ(level_of("2026-11-25 02:11:04 [main] WARN  c.e.Orders - slow"), "WARN");
  EXPECT_EQ(level_of("WARNING: An illegal reflective access operation has occurred"), "WARN");
  EXPECT_EQ(level_of("2026-11-25T02:11:04.123Z INFO  bhsim.orders - 0 ERRORS, no WARNED"),
            std::nullopt);
  EXPECT_EQ(level_of(""), std::nullopt);
}

TEST(LevelOf, ExceptionAtAnyLevel_IsAnException) {
  EXPECT_EQ(level_of("INFO - caught java.util.ConcurrentModificationException"), "EXCEPTION");
  EXPECT_EQ(level_of("Exception in thread \"x\" java.lang.OutOfMemoryError: Java heap space"),
            "EXCEPTION");
  EXPECT_EQ(level_of("INFO - handles Exceptions well"), std::nullopt);
  EXPECT_EQ(level_of("INFO - an Exception without a package"), std::nullopt);
}

TEST(StackFrame, IsNotALineOfItsOwn) {
  EXPECT_TRUE(is_stack_frame("\tat com.example.Orders.read(Orders.java:10)"));
  EXPECT_TRUE(is_stack_frame("    at com.example.Orders.read(Orders.java:10)"));
  EXPECT_TRUE(is_stack_frame("\t... 3 more"));
  EXPECT_TRUE(is_stack_frame("Caused by: java.io.IOException: gone"));
  EXPECT_FALSE(is_stack_frame("at last an ERROR"));
  EXPECT_EQ(level_of("\tat com.example.SomeException.make(SomeException.java:1)"), std::nullopt);
}

struct Sifted {
  std::vector<history::LogLine> rows;
  LogSifter sifter;
  explicit Sifted(LogSifter::Rules rules)
      : sifter(std::move(rules), [this](history::LogLine row) { rows.push_back(std::move(row)); }) {
  }
};

TEST(LogSifter, Exception_IsKeptWithTheHeadOfItsStack) {
  Sifted sifted({.source = "stderr"});
  sifted.sifter.feed(time_from_ns(7), "ERROR orders - failed: java.lang.IllegalStateException: no");
  for (int i = 0; i < 40; ++i)
    sifted.sifter.feed(time_from_ns(8), "\tat a.B.c" + std::to_string(i) + "(B.java:1)");
  sifted.sifter.feed(time_from_ns(9), "INFO orders - goes on");
  ASSERT_EQ(sifted.rows.size(), 1U);
  EXPECT_EQ(to_ns(sifted.rows[0].t), 7);
  EXPECT_EQ(sifted.rows[0].level, "EXCEPTION");
  EXPECT_EQ(sifted.rows[0].source, "stderr");
  EXPECT_EQ(std::count(sifted.rows[0].text.begin(), sifted.rows[0].text.end(), '\n'), 5);
}

TEST(LogSifter, LastLineOfAll_IsHandedOverAtTheEnd) {
  Sifted sifted({.source = "stdout"});
  sifted.sifter.feed(time_from_ns(7), "WARN last words");
  EXPECT_TRUE(sifted.rows.empty());
  sifted.sifter.finish();
  ASSERT_EQ(sifted.rows.size(), 1U);
  EXPECT_EQ(sifted.rows[0].level, "WARN");
}

TEST(LogSifter, Secret_IsNeverKept) {
  Sifted sifted({.source = "stdout", .secrets = {"hunter2", ""}});
  sifted.sifter.feed(time_from_ns(7), "ERROR login of x with hunter2 and hunter2hunter2");
  sifted.sifter.finish();
  ASSERT_EQ(sifted.rows.size(), 1U);
  EXPECT_EQ(sifted.rows[0].text, "ERROR login of x with *** and ******");
}

TEST(LogSifter, LongLine_IsCut) {
  Sifted sifted({.source = "stdout"});
  sifted.sifter.feed(time_from_ns(7), "ERROR " + std::string(100'000, 'x'));
  sifted.sifter.finish();
  ASSERT_EQ(sifted.rows.size(), 1U);
  EXPECT_EQ(sifted.rows[0].text.size(), 2'000U);
}

AgentLines agent_lines(const std::map<std::string, std::string>& patterns) {
  auto lines = AgentLines::create(patterns);
  EXPECT_TRUE(lines) << lines.error().message;
  return lines ? std::move(*lines) : AgentLines();
}

TEST(AgentLines, MatchTheProfilesPatterns) {
  const auto lines = agent_lines({{"swapped", "SWAPPED class={class} "},
                                  {"reload", R"(RELOAD .*Reloading classes \[{class}\])"},
                                  {"either", "(left|right) side"}});
  EXPECT_TRUE(lines.match("INFO agent - SWAPPED class=com.example.orders.OrderPolicy from=1"));
  EXPECT_FALSE(lines.match("INFO agent - SWAPPED class= from=1"));
  EXPECT_TRUE(lines.match("HOTSWAP AGENT: RELOAD (x) - Reloading classes [a.B$C]"));
  EXPECT_TRUE(lines.match("the right side"));
  EXPECT_FALSE(lines.match("INFO orders - nothing of the agent"));
}

TEST(AgentLines, QuantifierAfterTheFirstWord_LeavesNoFalseHead) {
  EXPECT_TRUE(agent_lines({{"x", "colou?r"}}).match("color"));
  EXPECT_TRUE(agent_lines({{"x", "ab*c"}}).match("ac"));
  EXPECT_TRUE(agent_lines({{"x", "ab{0,1}c"}}).match("ac"));
  EXPECT_TRUE(agent_lines({{"x", "one|two"}}).match("two"));
}

TEST(AgentLines, BrokenPattern_IsNamed) {
  const auto lines = AgentLines::create({{"swapped", "SWAPPED ("}});
  ASSERT_FALSE(lines);
  EXPECT_EQ(lines.error().code, ErrorCode::config);
  EXPECT_NE(lines.error().message.find("swapped"), std::string::npos);
}

TEST(AgentLines, LineOfMegabytes_DoesNotExhaustTheStack) {
  EXPECT_FALSE(agent_lines({{"x", "a.*b"}}).match(std::string(10'000'000, 'a')));
}

TEST(LogSifter, AgentsLine_IsKeptAtItsLevel) {
  const auto agent = agent_lines({{"swapped", "SWAPPED class={class} "}, {"refused", "REFUSED"}});
  Sifted sifted({.source = "stdout", .agent = &agent});
  sifted.sifter.feed(time_from_ns(1), "INFO agent - SWAPPED class=A from=1");
  sifted.sifter.feed(time_from_ns(2), "WARN agent - REFUSED class=A");
  sifted.sifter.feed(time_from_ns(3), "INFO orders - served");
  sifted.sifter.finish();
  ASSERT_EQ(sifted.rows.size(), 2U);
  EXPECT_EQ(sifted.rows[0].source, "agent");
  EXPECT_EQ(sifted.rows[0].level, "INFO");
  EXPECT_EQ(sifted.rows[1].level, "WARN");
}

std::vector<std::string> dumps_in(const std::string& text, std::size_t length) {
  std::vector<std::string> dumps;
  DumpCollector collector([&](std::string_view dump) { dumps.emplace_back(dump); });
  std::string_view rest(text.data(), length);
  while (!rest.empty()) {
    const auto end = rest.find('\n');
    collector.feed(rest.substr(0, end));
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  collector.finish();
  return dumps;
}

TEST(DumpCollector, DumpInTheOutput_IsFoundWhole) {
  const auto text =
      read_file(Path(BHSIM_SOURCE_DIR) / "tests/unit/probes/samples/sigquit-deadlock.txt");
  ASSERT_TRUE(text);
  const auto dumps = dumps_in(*text + "INFO app - goes on\n", text->size() + 19);
  ASSERT_EQ(dumps.size(), 1U);
  EXPECT_TRUE(dumps[0].starts_with("Full thread dump OpenJDK 64-Bit Server VM"));
  EXPECT_NE(dumps[0].find("Found one Java-level deadlock"), std::string::npos);
  EXPECT_EQ(dumps[0].find("goes on"), std::string::npos);
  EXPECT_EQ(dumps[0].find("app - started"), std::string::npos);
}

TEST(DumpCollector, DumpThatWasCut_IsADumpAllTheSame) {
  const auto text =
      read_file(Path(BHSIM_SOURCE_DIR) / "tests/unit/probes/samples/sigquit-deadlock.txt");
  ASSERT_TRUE(text);
  EXPECT_EQ(dumps_in(*text, text->size() / 2).size(), 1U);
  EXPECT_TRUE(dumps_in("INFO app - no dump\n", 19).empty());
}

}  // namespace
}  // namespace bhsim::probes
