#pragma once
// Numbers and words as reports show them, and how text of others (class names, log lines) is made
// harmless in each format.

#include <optional>
#include <string>
#include <string_view>

#include "checks/check.hpp"

namespace bhsim::report {

// Whole numbers with thousands separators, others with four significant digits: "14,400,000",
// "12.35", "0.0004312".
std::string format_number(double value);
// With its unit: "1.35 s", "99.98 %", "3 requests"; without when `unit` is empty.
std::string format_quantity(double value, std::string_view unit);
// "at most 2 s", "under 2 s", "at least 99 %", "exactly 0"; empty without a limit.
std::string format_limit(const checks::Verdict& verdict);
// Offset from the start of the load: "1:02:03", "0:00:04.5"; negative with a minus sign.
std::string format_offset(Nanos since_start);
// "PASS", "FAIL" …
std::string upper(std::string_view text);
// With a capital letter: words of a check that stand on their own.
std::string sentence(std::string_view text);
// "bad status" of "bad_status".
std::string spaced(std::string_view name);
// "1 check", "3 checks".
std::string counted(std::int64_t count, std::string_view singular, std::string_view plural);

// For text and attribute values in HTML and XML 1.0: markup characters become entities; control
// characters that XML forbids, and bytes that are not UTF-8, become U+FFFD.
std::string escape_markup(std::string_view text);
// For table cells in GitHub's Markdown: no markup of any kind survives, lines are joined.
std::string escape_markdown(std::string_view text);
// For a terminal: control characters (an escape sequence in a log line) become U+FFFD, lines are
// joined.
std::string plain_line(std::string_view text);
// JSON inside a <script> element: cannot end it or open a comment.
std::string escape_script_json(std::string_view json);
// Valid UTF-8: what is not becomes U+FFFD.
std::string valid_utf8(std::string_view text);
// As a POSIX shell takes it for one word.
std::string shell_word(std::string_view word);
// Cells that a terminal gives to it, counting one for each code point.
std::size_t width(std::string_view utf8);

}  // namespace bhsim::report
