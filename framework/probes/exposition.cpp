#include "framework/probes/exposition.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <limits>
#include <optional>
#include <set>

namespace bhsim::probes {
namespace {

enum class Colon { allowed, refused };  // in a metric's name, not in a label's

bool is_name_start(char c, Colon colon) {
  return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         (c == ':' && colon == Colon::allowed);
}

void skip_blanks(std::string_view& text) {
  while (text.starts_with(' ') || text.starts_with('\t')) text.remove_prefix(1);
}

std::string take_name(std::string_view& text, Colon colon) {
  std::size_t length = 0;
  if (!text.empty() && is_name_start(text.front(), colon)) {
    while (length < text.size() && (is_name_start(text[length], colon) ||
                                    std::isdigit(static_cast<unsigned char>(text[length])) != 0))
      ++length;
  }
  std::string name(text.substr(0, length));
  text.remove_prefix(length);
  return name;
}

// A label's value behind its opening quote, with \\, \" and \n.
std::optional<std::string> take_quoted(std::string_view& text) {
  std::string value;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return value;
    if (c != '\\') {
      value += c;
      continue;
    }
    if (text.empty()) return std::nullopt;
    const char escaped = text.front();
    text.remove_prefix(1);
    if (escaped != 'n' && escaped != '\\' && escaped != '"') return std::nullopt;
    value += escaped == 'n' ? '\n' : escaped;
  }
  return std::nullopt;
}

bool take_labels(std::string_view& text, std::map<std::string, std::string>& labels) {
  if (!text.starts_with('{')) return true;
  text.remove_prefix(1);
  while (true) {
    skip_blanks(text);
    if (text.starts_with('}')) break;
    const auto name = take_name(text, Colon::refused);
    skip_blanks(text);
    if (name.empty() || !text.starts_with('=')) return false;
    text.remove_prefix(1);
    skip_blanks(text);
    if (!text.starts_with('"')) return false;
    text.remove_prefix(1);
    auto value = take_quoted(text);
    if (!value || !labels.emplace(name, std::move(*value)).second) return false;
    skip_blanks(text);
    if (text.starts_with(','))
      text.remove_prefix(1);
    else if (!text.starts_with('}'))
      return false;
  }
  text.remove_prefix(1);
  return true;
}

template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> to_value(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  if (text.starts_with('+')) text.remove_prefix(1);
  if (text.find_first_not_of("0123456789+-.eE") != std::string_view::npos) return std::nullopt;
  return whole_number<double>(text);
}

std::optional<Metric> parse_sample(std::string_view line) {
  Metric metric;
  metric.name = take_name(line, Colon::allowed);
  if (metric.name.empty()) return std::nullopt;
  skip_blanks(line);
  if (!take_labels(line, metric.labels)) return std::nullopt;
  skip_blanks(line);
  const auto end = line.find_first_of(" \t");
  const auto value = to_value(line.substr(0, end));
  if (!value) return std::nullopt;
  metric.value = *value;
  if (end == std::string_view::npos) return metric;
  line.remove_prefix(end);
  skip_blanks(line);
  while (line.ends_with(' ') || line.ends_with('\t')) line.remove_suffix(1);
  if (!line.empty() && !whole_number<std::int64_t>(line)) return std::nullopt;  // a time stamp
  return metric;
}

class Parser {
 public:
  Result<std::vector<Metric>> parse(std::string_view text) {
    while (!text.empty()) {
      ++number_;
      const auto end = text.find('\n');
      if (end == std::string_view::npos) return wrong("the last line has no end");
      const auto line = text.substr(0, end);
      text.remove_prefix(end + 1);
      if (line.starts_with("# TYPE ")) BHSIM_TRY(take_type(line.substr(7)));
      if (line.empty() || line.starts_with('#')) continue;
      BHSIM_TRY(take_sample(line));
    }
    return std::move(metrics_);
  }

 private:
  [[nodiscard]] tl::unexpected<Error> wrong(std::string_view what) const {
    return fail(ErrorCode::protocol, "metrics, line {}: {}", number_, what);
  }

  Result<void> take_type(std::string_view rest) {
    constexpr std::array<std::string_view, 5> kTypes{"counter", "gauge", "histogram", "summary",
                                                     "untyped"};
    skip_blanks(rest);
    const auto name = take_name(rest, Colon::allowed);
    skip_blanks(rest);
    if (name.empty() || std::find(kTypes.begin(), kTypes.end(), rest) == kTypes.end())
      return wrong("TYPE without a name, or of a type that does not exist");
    if (begun_.contains(name)) return wrong(fmt::format("TYPE of {} after its samples", name));
    if (!types_.emplace(name, rest).second) return wrong(fmt::format("a second TYPE of {}", name));
    return {};
  }

  // "latency_seconds" for latency_seconds_bucket, where that is a histogram.
  [[nodiscard]] std::string family_of(const std::string& name) const {
    for (const std::string_view suffix : {"_bucket", "_sum", "_count"}) {
      if (!name.ends_with(suffix)) continue;
      const auto stem = name.substr(0, name.size() - suffix.size());
      const auto type = types_.find(stem);
      if (type != types_.end() && (type->second == "histogram" || type->second == "summary"))
        return stem;
    }
    return name;
  }

  Result<void> take_sample(std::string_view line) {
    auto metric = parse_sample(line);
    if (!metric) return wrong(fmt::format("not in the exposition format: {}", line.substr(0, 100)));
    const auto family = family_of(metric->name);
    begun_.insert(family);
    if (const auto type = types_.find(family); type != types_.end()) metric->type = type->second;
    if (!seen_.emplace(metric->name, metric->labels).second)
      return wrong(fmt::format("{} a second time with the same labels", metric->name));
    metrics_.push_back(std::move(*metric));
    return {};
  }

  int number_ = 0;
  std::vector<Metric> metrics_;
  std::map<std::string, std::string> types_;
  std::set<std::string> begun_;
  std::set<std::pair<std::string, std::map<std::string, std::string>>> seen_;
};

}  // namespace

Result<std::vector<Metric>> parse_exposition(std::string_view text) { return Parser().parse(text); }

std::optional<double> sum_of(const std::vector<Metric>& metrics, std::string_view selector) {
  // A selector is a sample without its value.
  const auto wanted = parse_exposition(std::string(selector) + " 0\n");
  if (!wanted || wanted->size() != 1) return std::nullopt;
  std::optional<double> sum;
  for (const auto& metric : metrics) {
    const bool is_meant = metric.name == wanted->front().name &&
                          std::ranges::all_of(wanted->front().labels, [&](const auto& label) {
                            const auto found = metric.labels.find(label.first);
                            return found != metric.labels.end() && found->second == label.second;
                          });
    if (is_meant) sum = sum.value_or(0) + metric.value;
  }
  return sum;
}

}  // namespace bhsim::probes
