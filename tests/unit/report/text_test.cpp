#include "framework/report/text.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "framework/report/numbers.hpp"

namespace bhsim::report {
namespace {

TEST(FormatNumber, IsWholeWithSeparatorsOrFourDigits) {
  EXPECT_EQ(format_number(0), "0");
  EXPECT_EQ(format_number(-0.0), "0");
  EXPECT_EQ(format_number(3), "3");
  EXPECT_EQ(format_number(14'400'000), "14,400,000");
  EXPECT_EQ(format_number(-1234.4), "-1,234");
  EXPECT_EQ(format_number(999.96), "1000");
  EXPECT_EQ(format_number(12.345678), "12.35");
  EXPECT_EQ(format_number(0.5), "0.5");
  EXPECT_EQ(format_number(0.00043125), "0.0004312");
  EXPECT_EQ(format_number(1.5e-9), "1.5e-09");
  EXPECT_EQ(format_number(3e17), "3e+17");
  EXPECT_EQ(format_number(std::nan("")), "?");
  EXPECT_EQ(format_number(-INFINITY), "-∞");
}

TEST(FormatShare, NeverRoundsToAllOrNothing) {
  EXPECT_EQ(format_share(1, 1'000'000'000), "<0.001 %");
  EXPECT_EQ(format_share(999'999'999, 1'000'000'000), ">99.999 %");
  EXPECT_EQ(format_share(5, 5), "100 %");
  EXPECT_EQ(format_share(0, 5), "0 %");
  EXPECT_EQ(format_share(999, 1000), "99.900 %");
  EXPECT_EQ(format_share(0, 0), "–");
}

TEST(FormatLatency, HasThreeDigits) {
  EXPECT_EQ(format_latency(0.0011), "1.10 ms");
  EXPECT_EQ(format_latency(0.1234), "123 ms");
  EXPECT_EQ(format_latency(74.21), "74.2 s");
  EXPECT_EQ(format_latency(0.000042), "42 µs");
}

TEST(FormatOffset, CountsFromTheStart) {
  EXPECT_EQ(format_offset(std::chrono::milliseconds(3'723'450)), "1:02:03.4");
  EXPECT_EQ(format_offset(std::chrono::seconds(59)), "0:00:59");
  EXPECT_EQ(format_offset(std::chrono::seconds(-5)), "-0:00:05");
}

TEST(FormatLimit, SaysTheRelationInWords) {
  checks::Verdict verdict;
  EXPECT_EQ(format_limit(verdict), "");
  verdict.limit = 2;
  verdict.unit = "s";
  verdict.relation = "<";
  EXPECT_EQ(format_limit(verdict), "under 2 s");
  verdict.relation = ">=";
  EXPECT_EQ(format_limit(verdict), "at least 2 s");
}

TEST(EscapeMarkup, LeavesNoMarkup) {
  EXPECT_EQ(escape_markup(R"(<script>alert("x" & 'y')</script>)"),
            "&lt;script&gt;alert(&quot;x&quot; &amp; &#39;y&#39;)&lt;/script&gt;");
  EXPECT_EQ(escape_markup("Größe → ok"), "Größe → ok");
}

TEST(EscapeMarkup, ControlCharactersAndBrokenUtf8_BecomeReplacements) {
  EXPECT_EQ(escape_markup(std::string_view("a\0b", 3)),
            "a\xEF\xBF\xBD"
            "b");
  EXPECT_EQ(escape_markup("\x1b[31m"), "\xEF\xBF\xBD[31m");
  EXPECT_EQ(escape_markup("\xff"), "\xEF\xBF\xBD");
  EXPECT_EQ(escape_markup("\xC0\xAF"), "\xEF\xBF\xBD\xEF\xBF\xBD");                  // overlong '/'
  EXPECT_EQ(escape_markup("\xED\xA0\x80"), "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD");  // a surrogate
  EXPECT_EQ(escape_markup("\xEF\xBF\xBF"), "\xEF\xBF\xBD");                          // U+FFFF
  EXPECT_EQ(escape_markup("\xC3"), "\xEF\xBF\xBD");                                  // cut short
  EXPECT_EQ(escape_markup("\xC2\x9B"), "\xEF\xBF\xBD");  // C1: terminals take it for ESC [
}

TEST(EscapeMarkdown, CellsStayCells) {
  EXPECT_EQ(escape_markdown("a|b\n# c <b> @team `x`"), "a\\|b \\# c &lt;b&gt; &#64;team \\`x\\`");
}

TEST(PlainLine, TerminalSequencesAreDead) {
  EXPECT_EQ(plain_line("a\x1b]0;title\x07\nb"), "a\xEF\xBF\xBD]0;title\xEF\xBF\xBD b");
}

TEST(EscapeScriptJson, CannotEndItsElement) {
  EXPECT_EQ(escape_script_json(R"({"a":"</script><!--&"})"),
            R"({"a":"\u003c/script\u003e\u003c!--\u0026"})");
}

TEST(Width, CountsCodePoints) { EXPECT_EQ(width("Größe █"), 7U); }

}  // namespace
}  // namespace bhsim::report
