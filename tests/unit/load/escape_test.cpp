#include "framework/load/escape.hpp"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/load/json_scan.hpp"
#include "framework/load/random.hpp"

namespace bhsim::load {
namespace {

std::string percent_encoded(std::string_view text) {
  std::string out;
  append_percent_encoded(out, text);
  return out;
}

std::string json_value(std::string_view text) {
  std::string out;
  append_json_value(out, text);
  return out;
}

std::string unescaped(std::string_view raw) {
  std::string out;
  append_json_unescaped(out, raw);
  return out;
}

TEST(Escape, PathSegment_HoldsNothingThatMeansSomethingInAUrl) {
  EXPECT_EQ(percent_encoded("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(percent_encoded("a/b?c=d&e f%\r\nü"), "a%2Fb%3Fc%3Dd%26e%20f%25%0D%0A%C3%BC");
}

TEST(Escape, JsonValue_IsANumberOrAWordOrElseAString) {
  for (const char* bare : {"0", "-1.5e+3", "true", "false", "null"})
    EXPECT_EQ(json_value(bare), bare);
  EXPECT_EQ(json_value(""), R"("")");
  EXPECT_EQ(json_value("007"), R"("007")");
  EXPECT_EQ(json_value(" 1"), R"(" 1")");
  EXPECT_EQ(json_value("1,\"a\":2"), R"("1,\"a\":2")");
  EXPECT_EQ(json_value("[1]"), R"("[1]")");
  EXPECT_EQ(json_value("\"x\""), R"("\"x\"")");
}

// The library is the judge, and the way back is the way back.
TEST(Escape, JsonStrings_AreReadByTheLibraryAndReadBackEqual) {
  Random random(5);
  for (int round = 0; round < 5'000; ++round) {
    std::string text;
    for (std::uint64_t n = random.below(12); n > 0; --n)
      text.push_back(static_cast<char>(random.below(128)));
    std::string escaped;
    append_json_escaped(escaped, text);
    const auto json = nlohmann::json::parse('"' + escaped + '"', nullptr, false);
    ASSERT_TRUE(json.is_string()) << escaped;
    ASSERT_EQ(json.get<std::string>(), text);
    ASSERT_EQ(unescaped(escaped), text);
  }
}

TEST(Escape, UnicodeEscapes_BecomeUtf8AsTheLibraryHasIt) {
  for (const char* raw : {R"(\u00e9)", R"(\u20AC)", R"(\ud83d\ude00)", R"(a\u0041\/\b)"})
    EXPECT_EQ(unescaped(raw),
              nlohmann::json::parse('"' + std::string(raw) + '"').get<std::string>())
        << raw;
}

TEST(Escape, HalfOfASurrogatePair_IsTheReplacementCharacter) {
  EXPECT_EQ(unescaped(R"(\ud83dx)"), "\uFFFDx");
  EXPECT_EQ(unescaped(R"(\ude00)"), "\uFFFD");
  EXPECT_EQ(unescaped(R"(\ud83d\u0041)"), "\uFFFDA");
}

// What the scanner would not let through still stays inside the text.
TEST(Escape, BrokenEscapes_DoNotLeaveTheText) {
  for (const char* raw :
       {"\\", "a\\", "\\u", "\\u12", "\\ud83d", "\\ud83d\\", "\\ud83d\\u1", "\\x"})
    EXPECT_LE(unescaped(raw).size(), 6U) << raw;
}

}  // namespace
}  // namespace bhsim::load
