#include "framework/load/escape.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "framework/load/json_scan.hpp"

namespace bhsim::load {
namespace {

constexpr std::string_view kUpperHex = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

// The letter behind the backslash of a short JSON escape and the character that it stands for.
constexpr std::string_view kShortEscapes = "bfnrt\"\\/";
constexpr std::string_view kEscaped = "\b\f\n\r\t\"\\/";

void append_utf8(std::string& out, std::uint32_t code) {
  const auto byte = [&out](std::uint32_t bits) { out.push_back(static_cast<char>(bits)); };
  const auto tail = [&byte, code](unsigned shift) { byte(0x80U | ((code >> shift) & 0x3FU)); };
  if (code < 0x80) return byte(code);
  if (code < 0x800) {
    byte(0xC0U | (code >> 6U));
    return tail(0);
  }
  if (code < 0x10000) {
    byte(0xE0U | (code >> 12U));
    tail(6);
    return tail(0);
  }
  byte(0xF0U | (code >> 18U));
  tail(12);
  tail(6);
  tail(0);
}

// The four digits of a \u escape that begin at `at`; 0xFFFFFFFF when there are none.
std::uint32_t code_unit(std::string_view raw, std::size_t at) {
  constexpr std::uint32_t kNone = 0xFFFFFFFF;
  if (raw.size() < at + 4) return kNone;
  std::uint32_t unit = 0;
  const char* begin = raw.data() + at;
  const auto [end, code] = std::from_chars(begin, begin + 4, unit, 16);
  return code == std::errc{} && end == begin + 4 ? unit : kNone;
}

bool is_high_surrogate(std::uint32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
bool is_low_surrogate(std::uint32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }

// Takes the \u escape whose digits begin at `at`, and the one behind it when both are a pair;
// returns where it ends.
std::size_t append_unicode_escape(std::string& out, std::string_view raw, std::size_t at) {
  std::uint32_t unit = code_unit(raw, at);
  at += 4;
  if (is_high_surrogate(unit) && raw.substr(std::min(at, raw.size()), 2) == "\\u") {
    if (const std::uint32_t low = code_unit(raw, at + 2); is_low_surrogate(low)) {
      append_utf8(out, 0x10000 + ((unit - 0xD800) << 10U) + (low - 0xDC00));
      return at + 6;
    }
  }
  if (unit > 0xFFFF || is_high_surrogate(unit) || is_low_surrogate(unit)) unit = 0xFFFD;
  append_utf8(out, unit);
  return at;
}

}  // namespace

void append_number(std::string& out, std::uint64_t number) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
  out.append(digits.data(), end);
}

void append_percent_encoded(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (is_unreserved(c)) {
      out.push_back(c);
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    out.push_back('%');
    out.push_back(kUpperHex[byte >> 4U]);
    out.push_back(kUpperHex[byte & 15U]);
  }
}

void append_json_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= ' ' && c != '"' && c != '\\') {
      out.push_back(c);
      continue;
    }
    out.push_back('\\');
    if (const auto at = kEscaped.find(c); at != std::string_view::npos) {
      out.push_back(kShortEscapes[at]);
      continue;
    }
    out.append("u00");
    out.push_back(kUpperHex[byte >> 4U]);
    out.push_back(kUpperHex[byte & 15U]);
  }
}

void append_json_value(std::string& out, std::string_view text) {
  if (JsonScanner::is_bare(text)) {
    out.append(text);
    return;
  }
  out.push_back('"');
  append_json_escaped(out, text);
  out.push_back('"');
}

void append_json_unescaped(std::string& out, std::string_view raw) {
  for (std::size_t at = 0; at < raw.size();) {
    if (raw[at] != '\\' || at + 1 == raw.size()) {
      out.push_back(raw[at++]);
      continue;
    }
    const char letter = raw[at + 1];
    at += 2;
    if (letter == 'u') {
      at = append_unicode_escape(out, raw, at);
    } else {
      const auto known = kShortEscapes.find(letter);
      out.push_back(known == std::string_view::npos ? letter : kEscaped[known]);
    }
  }
}

bool has_control(std::string_view text) {
  return std::any_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < ' ' || c == 127; });
}

}  // namespace bhsim::load
