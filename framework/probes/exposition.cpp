#include "framework/probes/exposition.hpp"

#include <charconv>
#include <cctype>
#include <limits>
#include <optional>

namespace bhsim::probes {
namespace {

bool is_name_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == ':'; }
bool is_name(char c) { return is_name_start(c) || std::isdigit(static_cast<unsigned char>(c)) != 0; }

void skip_blanks(std::string_view& text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
}

std::string take_name(std::string_view& text) {
  std::size_t length = 0;
  if (!text.empty() && is_name_start(text.front()))
    while (length < text.size() && is_name(text[length])) ++length;
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
    if (escaped == 'n') value += '\n';
    else if (escaped == '\\' || escaped == '"') value += escaped;
    else return std::nullopt;
  }
  return std::nullopt;
}

bool take_labels(std::string_view& text, std::map<std::string, std::string>& labels) {
  if (!text.starts_with('{')) return true;
  text.remove_prefix(1);
  while (true) {
    skip_blanks(text);
    if (text.starts_with('}')) {
      text.remove_prefix(1);
      return true;
    }
    const auto name = take_name(text);
    if (name.empty() || !text.starts_with("=\"")) return false;
    text.remove_prefix(2);
    auto value = take_quoted(text);
    if (!value || !labels.emplace(name, std::move(*value)).second) return false;
    skip_blanks(text);
    if (text.starts_with(',')) text.remove_prefix(1);
    else if (!text.starts_with('}')) return false;
  }
}

std::optional<double> to_number(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "+Inf" || text == "Inf") return std::numeric_limits<double>::infinity();
  if (text == "-Inf") return -std::numeric_limits<double>::infinity();
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Metric> parse_sample(std::string_view line) {
  Metric metric;
  metric.name = take_name(line);
  if (metric.name.empty() || !take_labels(line, metric.labels)) return std::nullopt;
  skip_blanks(line);
  const auto value = line.substr(0, line.find(' '));  // a time stamp may follow
  const auto number = to_number(value);
  if (!number) return std::nullopt;
  metric.value = *number;
  return metric;
}

}  // namespace

Result<std::vector<Metric>> parse_exposition(std::string_view text) {
  std::vector<Metric> metrics;
  std::map<std::string, std::string> types;
  for (int number = 1; !text.empty(); ++number) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    if (end == std::string_view::npos) return fail(ErrorCode::protocol, "metrics, line {}: the last line has no end", number);
    text.remove_prefix(end + 1);
    if (line.starts_with("# TYPE ")) {
      auto rest = line.substr(7);
      const auto name = take_name(rest);
      skip_blanks(rest);
      types[name] = std::string(rest);
    }
    if (line.empty() || line.starts_with('#')) continue;
    auto metric = parse_sample(line);
    if (!metric) return fail(ErrorCode::protocol, "metrics, line {}: not in the exposition format: {}", number, line.substr(0, 100));
    if (const auto type = types.find(metric->name); type != types.end()) metric->type = type->second;
    metrics.push_back(std::move(*metric));
  }
  return metrics;
}

}  // namespace bhsim::probes
