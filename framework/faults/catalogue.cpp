#include "framework/faults/catalogue.hpp"

#include <algorithm>
#include <charconv>

#include "framework/base/nearest.hpp"
#include "framework/base/units.hpp"

namespace bhsim::faults {
namespace {

std::optional<double> count_of(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return static_cast<double>(value);
}

template <typename T>
std::optional<double> value_of(const Result<T>& parsed) {
  return parsed ? std::optional(static_cast<double>(*parsed)) : std::nullopt;
}

bool is_path(std::string_view text) {
  return text.starts_with('/') && text.find("..") == std::string_view::npos &&
         text.find(' ') == std::string_view::npos && text.size() < 1024;
}

std::string wanted_word(const Parameter& parameter, const std::string& text) {
  std::vector<std::string> words;
  for (const auto word : parameter.words)
    if (!word.empty()) words.emplace_back(word);
  const auto close = nearest(text, words);
  return fmt::format("one of {}{}", fmt::join(words, ", "),
                     close ? fmt::format("; did you mean '{}'?", *close) : "");
}

}  // namespace

std::optional<std::string> refused(const Parameter& parameter, const std::string& text) {
  const auto within = [&](std::optional<double> value) {
    return value && *value >= parameter.least && *value <= parameter.most;
  };
  switch (parameter.type) {
    case Parameter::Type::size:
      if (within(value_of(parse_size(text)))) return std::nullopt;
      return fmt::format("a size from {} to {}",
                         format_size(static_cast<std::int64_t>(parameter.least)),
                         format_size(static_cast<std::int64_t>(parameter.most)));
    case Parameter::Type::share:
      if (within(value_of(parse_share(text)))) return std::nullopt;
      return fmt::format("a share from {:g}% to {:g}%", parameter.least * 100,
                         parameter.most * 100);
    case Parameter::Type::count:
      if (within(count_of(text))) return std::nullopt;
      return fmt::format("a whole number from {:.0f} to {:.0f}", parameter.least, parameter.most);
    case Parameter::Type::path:
      if (is_path(text)) return std::nullopt;
      return std::string("an absolute path without '..' and blanks");
    case Parameter::Type::folder:
      if (text == "classes" || is_path(text)) return std::nullopt;
      return std::string("'classes', or an absolute path without '..' and blanks");
    case Parameter::Type::word:
      if (std::ranges::find(parameter.words, std::string_view(text)) != parameter.words.end() &&
          !text.empty())
        return std::nullopt;
      return wanted_word(parameter, text);
  }
  return std::nullopt;
}

std::vector<Parameter> FaultKind::told() const {
  std::vector<Parameter> out;
  std::ranges::copy_if(parameters, std::back_inserter(out),
                       [](const Parameter& parameter) { return !parameter.name.empty(); });
  return out;
}

const Parameter* FaultKind::parameter(std::string_view wanted) const {
  const auto found = std::ranges::find(parameters, wanted, &Parameter::name);
  return found == parameters.end() || wanted.empty() ? nullptr : &*found;
}

const FaultKind* find_fault_kind(std::string_view name) {
  const auto kinds = fault_kinds();
  const auto found = std::ranges::find(kinds, name, &FaultKind::name);
  return found == kinds.end() ? nullptr : &*found;
}

std::vector<std::string> fault_names() {
  std::vector<std::string> names;
  for (const auto& kind : fault_kinds())
    if (kind.make != nullptr) names.emplace_back(kind.name);
  return names;
}

}  // namespace bhsim::faults
