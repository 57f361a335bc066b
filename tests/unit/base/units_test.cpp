#include "framework/base/units.hpp"

#include <gtest/gtest.h>

namespace bhsim {
namespace {

using namespace std::chrono_literals;

TEST(Duration, EveryUnit_IsReadExactly) {
  EXPECT_EQ(parse_duration("250ns").value(), 250ns);
  EXPECT_EQ(parse_duration("85us").value(), 85us);
  EXPECT_EQ(parse_duration("500ms").value(), 500ms);
  EXPECT_EQ(parse_duration("5s").value(), 5s);
  EXPECT_EQ(parse_duration("10m").value(), 10min);
  EXPECT_EQ(parse_duration("4h").value(), 4h);
  EXPECT_EQ(parse_duration("2d").value(), 48h);
  EXPECT_EQ(parse_duration("1h30m").value(), 90min);
  EXPECT_EQ(parse_duration("1.5s").value(), 1500ms);
  EXPECT_EQ(parse_duration("0s").value(), 0s);
}

TEST(Duration, AnythingElse_IsRefusedWithTheFormsThatWork) {
  for (const auto* text :
       {"", "5", "s", "-5s", "5 s", "5sec", "5x", "1..5s", "1e9s", "999999999d", "5s4"}) {
    const auto parsed = parse_duration(text);
    ASSERT_FALSE(parsed) << text;
    EXPECT_EQ(parsed.error().code, ErrorCode::config) << text;
    EXPECT_NE(parsed.error().message.find("1h30m"), std::string::npos) << text;
  }
}

TEST(Duration, WhatIsFormatted_ReadsBackAsTheSame) {
  for (const Nanos d :
       {Nanos(7ns), Nanos(85us), Nanos(500ms), Nanos(5s), Nanos(125s), Nanos(90min), Nanos(4h)})
    EXPECT_EQ(parse_duration(format_duration(d)).value(), d) << format_duration(d);
}

TEST(Size, PowersOf1024_WithAndWithoutUnits) {
  EXPECT_EQ(parse_size("17").value(), 17);
  EXPECT_EQ(parse_size("64k").value(), 64 * 1024);
  EXPECT_EQ(parse_size("512MB").value(), 512LL * 1024 * 1024);
  EXPECT_EQ(parse_size("4GiB").value(), 4LL * 1024 * 1024 * 1024);
  EXPECT_FALSE(parse_size("4Q"));
  EXPECT_FALSE(parse_size("-1"));
  EXPECT_FALSE(parse_size("99999999t"));
  EXPECT_EQ(format_size(231LL * 1024 * 1024), "231 MB");
  EXPECT_EQ(format_size(1536), "1.5 KB");
}

TEST(Rate, EventsASecond_OrRefused) {
  EXPECT_DOUBLE_EQ(parse_rate("1000/s").value(), 1000);
  EXPECT_DOUBLE_EQ(parse_rate("30/m").value(), 0.5);
  for (const auto* text : {"1000", "0/s", "-1/s", "x/s", "1000/d"})
    EXPECT_FALSE(parse_rate(text)) << text;
}

TEST(Share, PercentOrFraction_FromZeroToOne) {
  EXPECT_DOUBLE_EQ(parse_share("5%").value(), 0.05);
  EXPECT_DOUBLE_EQ(parse_share("0.05").value(), 0.05);
  for (const auto* text : {"101%", "1.5", "-1%", "5 %", ""})
    EXPECT_FALSE(parse_share(text)) << text;
}

TEST(Wall, AnInstant_IsWrittenInUtcWithMilliseconds) {
  EXPECT_EQ(format_wall(wall_from_ns(1'764'036'664'123'456'789)), "2025-11-25T02:11:04.123Z");
}

}  // namespace
}  // namespace bhsim
