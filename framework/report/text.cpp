#include "framework/report/text.hpp"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "framework/base/units.hpp"

namespace bhsim::report {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

// Bytes of the valid UTF-8 sequence at the start of `s`; 0 when there is none (overlong forms and
// surrogates are none).
std::size_t sequence_length(std::string_view s) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(s[i]); };
  const auto follows = [&](std::size_t i) { return i < s.size() && (byte(i) & 0xC0U) == 0x80U; };
  const unsigned char first = byte(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    if (!follows(1) || !follows(2)) return 0;
    if (first == 0xE0 && byte(1) < 0xA0) return 0;
    if (first == 0xED && byte(1) > 0x9F) return 0;
    return 3;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    if (!follows(1) || !follows(2) || !follows(3)) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return 4;
  }
  return 0;
}

// Copies valid sequences through `keep`, which returns what stands for the sequence.
template <typename Keep>
std::string transform(std::string_view text, Keep keep) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      result += kReplacement;
      text.remove_prefix(1);
      continue;
    }
    result += keep(text.substr(0, length));
    text.remove_prefix(length);
  }
  return result;
}

// Control characters: C0, DEL, and C1, which terminals also obey.
bool is_control(std::string_view sequence) {
  const auto first = static_cast<unsigned char>(sequence[0]);
  if (sequence.size() == 1) return first < 0x20 || first == 0x7F;
  return first == 0xC2 && static_cast<unsigned char>(sequence[1]) < 0xA0;
}

std::string with_separators(std::string digits) {
  for (auto i = static_cast<std::ptrdiff_t>(digits.size()) - 3; i > 0; i -= 3)
    digits.insert(static_cast<std::size_t>(i), ",");
  return digits;
}

}  // namespace

std::string format_number(double value) {
  if (!std::isfinite(value)) return std::isnan(value) ? "?" : (value > 0 ? "∞" : "-∞");
  const double size = std::abs(value);
  const std::string sign = value < 0 && size > 0 ? "-" : "";
  if (size < 1e15 && (size == std::floor(size) || size >= 1000))
    return sign + with_separators(fmt::format("{:.0f}", size));
  if (size >= 1e15 || size < 1e-5) return sign + fmt::format("{:.3g}", size);
  const int before = static_cast<int>(std::floor(std::log10(size))) + 1;
  std::string text = fmt::format("{:.{}f}", size, std::max(0, 4 - before));
  if (text.find('.') != std::string::npos) {
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.') text.pop_back();
  }
  return sign + text;
}

std::string format_quantity(double value, std::string_view unit) {
  return unit.empty() ? format_number(value) : fmt::format("{} {}", format_number(value), unit);
}

std::string format_limit(const checks::Verdict& verdict) {
  if (!verdict.limit) return {};
  std::string_view words = verdict.relation;
  if (words == "<") words = "under";
  if (words == "<=") words = "at most";
  if (words == ">") words = "over";
  if (words == ">=") words = "at least";
  if (words == "=") words = "exactly";
  return fmt::format("{} {}", words, format_quantity(*verdict.limit, verdict.unit));
}

std::string format_offset(Nanos since_start) {
  const std::int64_t tenths = std::abs(since_start.count()) / 100'000'000;
  const std::int64_t s = tenths / 10;
  std::string text = fmt::format("{}{}:{:02}:{:02}", since_start.count() < 0 ? "-" : "", s / 3600,
                                 s / 60 % 60, s % 60);
  if (tenths % 10 != 0) text += fmt::format(".{}", tenths % 10);
  return text;
}

std::string upper(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c == '_') c = ' ';
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return result;
}

std::string sentence(std::string_view text) {
  std::string result(text);
  if (!result.empty() && result[0] >= 'a' && result[0] <= 'z')
    result[0] = static_cast<char>(result[0] - 'a' + 'A');
  return result;
}

std::string spaced(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

std::string counted(std::int64_t count, std::string_view singular, std::string_view plural) {
  return fmt::format("{} {}", format_number(static_cast<double>(count)),
                     count == 1 ? singular : plural);
}

std::string escape_markup(std::string_view text) {
  return transform(text, [](std::string_view c) -> std::string_view {
    if (c == "<") return "&lt;";
    if (c == ">") return "&gt;";
    if (c == "&") return "&amp;";
    if (c == "\"") return "&quot;";
    if (c == "'") return "&#39;";
    if (c == "\n" || c == "\t") return c;
    if (c == "\xEF\xBF\xBE" || c == "\xEF\xBF\xBF")
      return kReplacement;  // no characters of XML 1.0
    return is_control(c) ? kReplacement : c;
  });
}

std::string escape_markdown(std::string_view text) {
  return transform(text, [](std::string_view c) -> std::string {
    if (c == "\n" || c == "\r" || c == "\t") return " ";
    if (is_control(c)) return std::string(kReplacement);
    if (c == "<") return "&lt;";
    if (c == ">") return "&gt;";
    if (c == "&") return "&amp;";
    if (c == "@") return "&#64;";  // nobody is to be notified by a log line
    if (std::string_view("\\`*_{}[]()#+!|~").find(c) != std::string_view::npos)
      return "\\" + std::string(c);
    return std::string(c);
  });
}

std::string plain_line(std::string_view text) {
  return transform(text, [](std::string_view c) -> std::string_view {
    if (c == "\n" || c == "\t") return " ";
    return is_control(c) ? kReplacement : c;
  });
}

std::string escape_script_json(std::string_view json) {
  // Inside JSON these can only stand in strings, where the escape means the same.
  std::string result;
  result.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      result += "\\u003c";
    } else if (c == '>') {
      result += "\\u003e";
    } else if (c == '&') {
      result += "\\u0026";
    } else {
      result += c;
    }
  }
  return result;
}

std::string valid_utf8(std::string_view text) {
  return transform(text, [](std::string_view c) { return c; });
}

std::size_t width(std::string_view utf8) {
  return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
    return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
  }));
}

std::string shell_word(std::string_view word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("_-./:=,@%+").find(static_cast<char>(c)) != std::string_view::npos;
  });
  if (plain) return std::string(word);
  std::string quoted = "'";
  for (const char c : word) quoted += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return quoted + "'";
}

}  // namespace bhsim::report
