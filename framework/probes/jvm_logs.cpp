#include "framework/probes/jvm_logs.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <string>

namespace bhsim::probes {
namespace {

struct LogLine {
  Time t;
  std::string_view tags, text;
};

template <typename T>
bool take_number(std::string_view& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

std::optional<LogLine> split(std::string_view line) {
  std::int64_t ns = 0;
  if (!take(line, "[") || !take_number(line, ns) || !take(line, "ns][")) return std::nullopt;
  const auto level = line.find("][");
  if (level == std::string_view::npos) return std::nullopt;
  line.remove_prefix(level + 2);
  const auto tags = line.find("] ");
  if (tags == std::string_view::npos) return std::nullopt;
  LogLine result{time_from_ns(ns), line.substr(0, tags), line.substr(tags + 2)};
  while (result.tags.ends_with(' ')) result.tags.remove_suffix(1);
  return result;
}

// "24M", "512K", "3G"
std::optional<std::int64_t> take_size(std::string_view& text) {
  constexpr std::int64_t kMost = std::int64_t{1} << 50;  // no heap has a petabyte
  std::int64_t value = 0;
  if (!take_number(text, value) || text.empty()) return std::nullopt;
  constexpr std::string_view kUnits = "BKMG";
  const auto unit = kUnits.find(text.front());
  if (unit == std::string_view::npos || value < 0 || value > kMost >> (10 * unit))
    return std::nullopt;
  text.remove_prefix(1);
  return value << (10 * unit);
}

// "24M->5M(256M)"
bool take_figures(std::string_view text, history::GcPause& pause) {
  const auto before = take_size(text);
  if (!before || !take(text, "->")) return false;
  const auto after = take_size(text);
  if (!after || !take(text, "(")) return false;
  const auto capacity = take_size(text);
  if (!capacity || text != ")") return false;
  pause.before_bytes = *before;
  pause.after_bytes = *after;
  pause.capacity_bytes = *capacity;
  return true;
}

bool of_the_jdk(std::string_view name) {
  for (const std::string_view prefix : {"java.", "javax.", "jdk.", "sun.", "com.sun."})
    if (name.starts_with(prefix)) return true;
  return false;
}

// The text between `before` and `after`.
std::optional<std::string_view> between(std::string_view text, std::string_view before,
                                        std::string_view after) {
  const auto from = text.find(before);
  if (from == std::string_view::npos) return std::nullopt;
  text.remove_prefix(from + before.size());
  return text.substr(0, text.find(after));
}

std::string dotted(std::string_view name) {
  std::string result(name);
  std::replace(result.begin(), result.end(), '/', '.');
  return result;
}

}  // namespace

std::optional<history::GcPause> parse_gc_line(std::string_view line) {
  const auto parts = split(line);
  // ZGC tells of its pauses as phases.
  if (!parts || (parts->tags != "gc" && parts->tags != "gc,phases")) return std::nullopt;
  auto text = parts->text;
  history::GcPause pause;
  pause.t = parts->t;
  if (!take(text, "GC(") || !take_number(text, pause.id) || !take(text, ") ") ||
      !text.starts_with("Pause "))
    return std::nullopt;
  // What it took stands last.
  const auto last = text.rfind(' ');
  auto took = text.substr(last + 1);
  double milliseconds = 0;
  if (!take_number(took, milliseconds) || took != "ms") return std::nullopt;
  pause.pause = Nanos(std::llround(milliseconds * 1e6));
  text = text.substr(0, last);
  if (const auto figures = text.rfind(' '); text.find("->", figures) != std::string_view::npos) {
    if (!take_figures(text.substr(figures + 1), pause)) return std::nullopt;
    text = text.substr(0, figures);
  }
  // "Pause Young (Normal) (G1 Evacuation Pause)": the last parenthesis is the cause.
  const auto cause = text.ends_with(')') ? text.rfind(" (") : std::string_view::npos;
  pause.kind = text.substr(0, cause);
  if (cause != std::string_view::npos)
    pause.cause = text.substr(cause + 2, text.size() - cause - 3);
  pause.forced = pause.cause == "Diagnostic Command";
  return pause;
}

std::optional<history::Redefinition> parse_redefine_line(std::string_view line) {
  const auto parts = split(line);
  if (!parts || !parts->tags.starts_with("redefine,class")) return std::nullopt;
  history::Redefinition row;
  row.t = parts->t;
  if (const auto name = between(parts->text, "redefined name=", ",")) {
    row.class_name = dotted(*name);
    row.ok = true;
  } else if (const auto refused = between(parts->text, "redefined class ", " ");
             refused && parts->text.find(" error: ") != std::string_view::npos) {
    row.class_name = dotted(*refused);
    row.detail = parts->text.substr(parts->text.find(*refused) + refused->size() + 1);
  } else if (const auto thrown = between(parts->text, "exception: '", "'")) {
    row.detail = dotted(*thrown);
  } else {
    return std::nullopt;
  }
  if (of_the_jdk(row.class_name)) return std::nullopt;
  return row;
}

std::optional<std::int64_t> parse_histogram_bytes(std::string_view text) {
  const auto line = text.rfind("\nTotal ");
  if (line == std::string_view::npos) return std::nullopt;
  text.remove_prefix(line + std::string_view("\nTotal").size());
  const auto skip_blanks = [&text] {
    text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
  };
  std::int64_t instances = 0, bytes = 0;
  skip_blanks();
  if (!take_number(text, instances)) return std::nullopt;
  skip_blanks();
  if (!take_number(text, bytes) || (!text.empty() && text.front() != '\n')) return std::nullopt;
  return bytes;
}

}  // namespace bhsim::probes
