#include "framework/config/vocabulary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "framework/base/units.hpp"

namespace bhsim::config {
namespace {

// ASCII only, whatever the locale.
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_java_word(std::string_view word) {
  if (word.empty() || is_digit(word[0])) return false;
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '$'; });
}

bool is_word_part(char c) { return is_letter(c) || is_digit(c) || c == '_' || c == '-'; }

// "users.name"
bool is_dotted(std::string_view name) {
  const auto dot = name.find('.');
  return dot != std::string_view::npos && is_placeholder_word(name.substr(0, dot)) &&
         is_placeholder_column(name.substr(dot + 1));
}

// "PERF-" cut off the front of `text`.
bool take_family(std::string_view& text) {
  std::size_t n = 0;
  while (n < text.size() && is_upper(text[n])) ++n;
  if (n < 2 || n == text.size() || text[n] != '-') return false;
  text.remove_prefix(n + 1);
  return true;
}

bool is_metric_word(std::string_view word) {
  if (word.empty() || is_digit(word[0])) return false;
  return std::all_of(word.begin(), word.end(),
                     [](char c) { return is_letter(c) || is_digit(c) || c == '_' || c == ':'; });
}

}  // namespace

std::vector<std::string> unusual_and_bad_variants() {
  std::vector<std::string> all = kMalformedVariants;
  all.insert(all.end(), kSchemaVariants.begin(), kSchemaVariants.end());
  all.insert(all.end(), kUnusualVariants.begin(), kUnusualVariants.end());
  return all;
}

std::string spoken(Nanos duration) {
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
  if (seconds.count() == 0 || duration < std::chrono::minutes(1)) return format_duration(duration);
  std::string out;
  const auto h = seconds.count() / 3600, m = seconds.count() / 60 % 60, s = seconds.count() % 60;
  if (h > 0) out += fmt::format("{}h", h);
  if (m > 0) out += fmt::format("{}m", m);
  if (s > 0) out += fmt::format("{}s", s);
  return out;
}

bool is_class_name(std::string_view text) {
  while (true) {
    const auto dot = text.find('.');
    if (!is_java_word(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool is_plain_name(std::string_view text) {
  if (text.empty() || text.size() > 100 || text[0] == '.' || text[0] == '-') return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '.' || c == '_' || c == '-';
  });
}

bool is_metric_selector(std::string_view text) {
  const auto brace = text.find('{');
  if (!is_metric_word(text.substr(0, brace))) return false;
  if (brace == std::string_view::npos) return true;
  if (text.find('}') != text.size() - 1) return false;
  // label="value", each: what stands in the quotes is whatever the application writes.
  auto labels = text.substr(brace + 1, text.size() - brace - 2);
  while (!labels.empty()) {
    const auto equals = labels.find("=\"");
    if (equals == std::string_view::npos || !is_metric_word(labels.substr(0, equals))) return false;
    const auto close = labels.find('"', equals + 2);
    if (close == std::string_view::npos) return false;
    labels.remove_prefix(close + 1);
    if (labels.empty()) return true;
    if (labels.front() != ',') return false;
    labels.remove_prefix(1);
  }
  return false;
}

bool is_absolute_path(std::string_view text) {
  if (text.empty() || text[0] != '/' || text.find("..") != std::string_view::npos) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c != 0x7f; });
}

bool is_check_id(std::string_view text) {
  if (!take_family(text) || text.size() < 2 || !is_digit(text[0]) || !is_digit(text[1]))
    return false;
  text.remove_prefix(2);
  return text.empty() || (text[0] == '.' && is_plain_name(text.substr(1)));
}

bool is_check_pattern(std::string_view text) {
  if (is_check_id(text)) return text.find('.') == std::string_view::npos;
  if (!take_family(text) || text.empty() || text.back() != '*') return false;
  text.remove_suffix(1);
  return text.size() < 2 && std::all_of(text.begin(), text.end(), is_digit);
}

bool is_placeholder_word(std::string_view text) {
  return !text.empty() && is_letter(text[0]) && is_placeholder_column(text);
}

bool is_placeholder_column(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), is_word_part);
}

std::optional<std::pair<std::int64_t, std::int64_t>> number_range(std::string_view text) {
  const auto dots = text.find("..");
  if (dots == std::string_view::npos) return std::nullopt;
  std::pair<std::int64_t, std::int64_t> range;
  const auto whole = [](std::string_view digits, std::int64_t& value) {
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return error == std::errc{} && end == digits.data() + digits.size();
  };
  if (!whole(text.substr(0, dots), range.first) || !whole(text.substr(dots + 2), range.second))
    return std::nullopt;
  return range;
}

std::vector<std::string> placeholders(std::string_view text) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '{') continue;
    const auto end = text.find('}', i);
    if (end == std::string_view::npos) break;
    const auto name = text.substr(i + 1, end - i - 1);
    if (name.empty()) continue;
    if (!std::all_of(name.begin(), name.end(), is_letter) && !number_range(name) &&
        !is_dotted(name))
      continue;
    out.emplace_back(name);
    i = end;
  }
  return out;
}

}  // namespace bhsim::config
