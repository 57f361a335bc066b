#include <gtest/gtest.h>

#include "framework/probes/audit_line.hpp"
#include "framework/probes/engine_time.hpp"
#include "framework/probes/stolen.hpp"

namespace bhsim::probes {
namespace {

TEST(EngineTime, AllFormsOfAnInstant_AreTheSame) {
  const auto utc = parse_engine_time("2026-11-25T02:11:04.5Z");
  ASSERT_TRUE(utc);
  EXPECT_EQ(to_ns(*utc), 1795572664500000000);
  EXPECT_EQ(parse_engine_time("2026-11-25T03:11:04.500000000+01:00"), utc);
  EXPECT_EQ(parse_engine_time("2026-11-24T20:41:04.5-05:30"), utc);
  EXPECT_EQ(to_ns(*parse_engine_time("2026-11-25T02:11:04Z")), 1795572664000000000);
}

TEST(EngineTime, NeverAndNonsense_AreNothing) {
  for (const std::string text :
       {"0001-01-01T00:00:00Z", "", "yesterday", "2026-11-25", "2026-11-25T02:11:04",
        "2026-13-25T02:11:04Z", "2026-02-30T02:11:04Z", "2026-11-25T24:11:04Z",
        "2026-11-25T02:11:04.Z", "2026-11-25T02:11:04.1234567890Z", "2026-11-25T02:11:04Zx",
        "2026-11-25T02:11:04+1:00", "9999-12-31T23:59:59Z"})
    EXPECT_FALSE(parse_engine_time(text)) << text;
}

TEST(EngineTime, CutAnywhere_IsNothing) {
  const std::string text = "2026-11-25T03:11:04.123456789+01:00";
  for (std::size_t length = 0; length < text.size(); ++length)
    EXPECT_FALSE(parse_engine_time(std::string_view(text).substr(0, length))) << length;
}

constexpr std::string_view kProcStat =
    "cpu  4473413 3736177 1222030 4661846 88776 0 214199 598028 0 0\n"
    "cpu0 2236706 1868088 611015 2330923 44388 0 107099 298028 0 0\n"
    "cpu1 2236707 1868089 611015 2330923 44388 0 107100 300000 0 0\n"
    "intr 1 2 3\n";

TEST(Stolen, OfTwoCores_IsThatOfOneOnAverage) {
  EXPECT_EQ(parse_stolen(kProcStat, 100), std::chrono::milliseconds(2'990'140));
}

TEST(Stolen, WithoutTheColumnOrACore_IsNothing) {
  EXPECT_EQ(parse_stolen("", 100), std::nullopt);
  EXPECT_EQ(parse_stolen("cpu  1 2 3 4 5 6 7\ncpu0 1 2 3 4 5 6 7\n", 100), std::nullopt);
  EXPECT_EQ(parse_stolen("cpu  1 2 3 4 5 6 7 8 0 0\n", 100), std::nullopt);
  EXPECT_EQ(parse_stolen("intr 1 2 3 4 5 6 7 8 9\n", 100), std::nullopt);
  EXPECT_EQ(parse_stolen(kProcStat, 0), std::nullopt);
}

constexpr std::string_view kLine =
    R"({"time":"2026-11-25T02:11:04.500Z","mono_ns":42,"class":"a.B","before":"aa","after":"bb","outcome":"refused","reason":"no \"good\""})";

std::optional<history::AuditLine> parse(std::string_view line) {
  return parse_audit_line(
      line, [](WallTime wall) { return time_from_ns(to_ns(wall) - 1'795'572'664'000'000'000); });
}

TEST(AuditLine, OfTheAgentsForm_IsReadWhole) {
  const auto row = parse(kLine);
  ASSERT_TRUE(row);
  EXPECT_EQ(to_ns(row->t), 42);
  EXPECT_EQ(row->class_name, "a.B");
  EXPECT_EQ(row->sha256_before, "aa");
  EXPECT_EQ(row->sha256_after, "bb");
  EXPECT_EQ(row->outcome, "refused");
  EXPECT_EQ(row->detail, "no \"good\"");
}

TEST(AuditLine, WithoutTheMonotonicClock_IsPlacedByItsWallTime) {
  const auto row =
      parse(R"({"time":"2026-11-25T02:11:04.500Z","class":"a.B","outcome":"swapped"})");
  ASSERT_TRUE(row);
  EXPECT_EQ(to_ns(row->t), 500'000'000);
}

TEST(AuditLine, CutAnywhere_IsNothing) {
  for (std::size_t length = 0; length < kLine.size(); ++length)
    EXPECT_FALSE(parse(kLine.substr(0, length))) << length;
}

TEST(AuditLine, OfAnotherForm_IsNothing) {
  EXPECT_FALSE(parse(R"([1])"));
  EXPECT_FALSE(parse(R"({"class":"a.B","outcome":"swapped"})"));
  EXPECT_FALSE(parse(R"({"mono_ns":1,"outcome":"swapped"})"));
  EXPECT_FALSE(parse(R"({"mono_ns":"1","class":7,"outcome":"swapped"})"));
}

}  // namespace
}  // namespace bhsim::probes
