#pragma once
// How a value is written where it stands. Each appends to `out`, and allocates nothing once that is
// warm.

#include <cstdint>
#include <string>
#include <string_view>

namespace bhsim::load {

void append_number(std::string& out, std::uint64_t number);
// For one segment of a path, a query or a form: everything but letters, digits and "-._~" as %XX.
void append_percent_encoded(std::string& out, std::string_view text);
// For the inside of a JSON string.
void append_json_escaped(std::string& out, std::string_view text);
// For where a JSON value is expected: a number, true, false and null as they stand, anything else
// as a string with its quotes.
void append_json_value(std::string& out, std::string_view text);
// The way back: the inside of a valid JSON string, its escapes resolved, as UTF-8; never longer
// than `raw`. Half of a surrogate pair becomes U+FFFD.
void append_json_unescaped(std::string& out, std::string_view raw);

// A control character, such as a line break: what no path and no header may hold.
bool has_control(std::string_view text);

}  // namespace bhsim::load
