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
  std::int64_t value = 0;
  if (!take_number(text, value) || text.empty()) return std::nullopt;
  constexpr std::string_view kUnits = "BKMG";
  const auto unit = kUnits.find(text.front());
  if (unit == std::string_view::npos) return std::nullopt;
  text.remove_prefix(1);
  return value << (10 * unit);
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
  if (!parts || parts->tags != "gc") return std::nullopt;
  auto text = parts->text;
  history::GcPause pause;
  pause.t = parts->t;
  if (!take(text, "GC(") || !take_number(text, pause.id) || !take(text, ") ") ||
      !text.starts_with("Pause"))
    return std::nullopt;
  // The figures stand last: "2M->1M(10M) 6.793ms".
  const auto arrow = text.rfind("->");
  if (arrow == std::string_view::npos) return std::nullopt;
  const auto figures = text.rfind(' ', arrow);
  if (figures == std::string_view::npos) return std::nullopt;
  const auto name = text.substr(0, figures);
  text.remove_prefix(figures + 1);
  const auto before = take_size(text);
  if (!before || !take(text, "->")) return std::nullopt;
  const auto after = take_size(text);
  if (!after || !take(text, "(")) return std::nullopt;
  const auto capacity = take_size(text);
  double milliseconds = 0;
  if (!capacity || !take(text, ") ") || !take_number(text, milliseconds) || text != "ms")
    return std::nullopt;
  pause.before_bytes = *before;
  pause.after_bytes = *after;
  pause.capacity_bytes = *capacity;
  pause.pause = Nanos(std::llround(milliseconds * 1e6));
  // "Pause Young (Normal) (G1 Evacuation Pause)": the last parenthesis is the cause.
  const auto cause = name.rfind(" (");
  pause.kind = name.substr(0, cause);
  if (cause != std::string_view::npos)
    pause.cause = name.substr(cause + 2, name.size() - cause - 3);
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

std::optional<std::int64_t> parse_heap_used(std::string_view text) {
  const auto heap = text.find(" heap ");
  if (heap == std::string_view::npos) return std::nullopt;
  const auto used = text.find("used ", heap);
  if (used == std::string_view::npos) return std::nullopt;
  text.remove_prefix(used + 5);
  return take_size(text);
}

}  // namespace bhsim::probes
