#include "framework/config/load_faults.hpp"

#include <algorithm>

#include "framework/base/nearest.hpp"
#include "framework/base/units.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/faults/catalogue.hpp"

namespace bhsim::config {
namespace {

using faults::FaultKind;

constexpr std::string_view kHolds = "holds";
constexpr double kMostOutage = 0.5;

std::string names_text() { return fmt::format("{}", fmt::join(faults::fault_names(), ", ")); }

std::string did_you_mean(std::string_view word, const std::vector<std::string>& words) {
  const auto close = nearest(word, words);
  return close ? fmt::format("; did you mean '{}'?", *close) : "";
}

// A kind that can be made, or a complaint.
const FaultKind* kind_of(const YamlReader& faults, Place place, const std::string& name) {
  const auto* kind = faults::find_fault_kind(name);
  if (kind != nullptr && kind->make != nullptr) return kind;
  if (kind != nullptr)
    faults.complain(place, fmt::format("from: '{}' is not possible: {}", name,
                                       kind->impossible({}).value_or("nobody has made it")));
  else
    faults.complain(place, fmt::format("from: found '{}', expected one of {}{}", name, names_text(),
                                       did_you_mean(name, faults::fault_names())));
  return nullptr;
}

std::vector<std::string> keys_of(const FaultKind& kind) {
  std::vector<std::string> keys;
  for (const auto& parameter : kind.told()) keys.emplace_back(parameter.name);
  if (kind.effect != faults::Effect::restart) keys.emplace_back(kHolds);
  return keys;
}

std::optional<Nanos> holds_of(const YamlReader& faults, const YamlNode& value) {
  const auto holds = parse_duration(value.text);
  if (holds && *holds >= faults::kHoldsMin && *holds <= faults::kHoldsMax) return *holds;
  faults.complain(value.place,
                  fmt::format("holds: found '{}', expected a duration from {} to {}", value.text,
                              spoken(faults::kHoldsMin), spoken(faults::kHoldsMax)));
  return std::nullopt;
}

void tell(const YamlReader& faults, const FaultKind& kind, const YamlEntry& entry,
          FaultChoice& choice) {
  const auto& [key, value] = entry;
  const auto keys = keys_of(kind);
  if (std::ranges::find(keys, key.text) == keys.end())
    return faults.complain(
        key.place, fmt::format("unknown key '{}' in '{}'{}", key.text, kind.name,
                               keys.empty() ? "; it has none"
                                            : fmt::format("; known are {}{}", fmt::join(keys, ", "),
                                                          did_you_mean(key.text, keys))));
  if (value.kind != YamlKind::scalar)
    return faults.complain(value.place, fmt::format("{}: expected a text", key.text));
  if (key.text == kHolds) {
    choice.holds = holds_of(faults, value);
    return;
  }
  if (const auto expected = faults::refused(*kind.parameter(key.text), value.text))
    return faults.complain(
        value.place, fmt::format("{}: found '{}', expected {}", key.text, value.text, *expected));
  choice.parameters[key.text] = value.text;
}

// What was not said takes the kind's own value; the name of the first that has none.
std::optional<std::string> fill(const FaultKind& kind, FaultChoice& choice) {
  for (const auto& parameter : kind.told()) {
    const std::string name(parameter.name);
    if (choice.parameters.contains(name)) continue;
    if (parameter.fallback.empty()) return name;
    choice.parameters[name] = parameter.fallback;
  }
  return std::nullopt;
}

// `kill`, or `memory: {headroom: 8m, holds: 10s}`.
void read_choice(const YamlReader& faults, const YamlNode& item, FaultSchedule& schedule) {
  const bool told = item.kind == YamlKind::mapping && item.entries.size() == 1;
  if (item.kind != YamlKind::scalar && !told)
    return faults.complain(item.place,
                           "from: expected the name of a fault, or 'name: {key: value}'");
  const YamlNode& name = told ? item.entries.front().key : item;
  const auto* kind = kind_of(faults, name.place, name.text);
  if (kind == nullptr) return;
  FaultChoice choice{.kind = name.text, .parameters = {}, .holds = {}};
  if (told) {
    const YamlNode& value = item.entries.front().value;
    if (value.kind != YamlKind::mapping)
      return faults.complain(value.place, fmt::format("{}: expected {{key: value}}", name.text));
    for (const auto& entry : value.entries) tell(faults, *kind, entry, choice);
  }
  if (const auto lacks = fill(*kind, choice))
    return faults.complain(name.place, fmt::format("'{}' lacks '{}'", name.text, *lacks));
  schedule.from.push_back(std::move(choice));
}

}  // namespace

Result<FaultChoice> fault_choice(const std::string& name) {
  const auto* kind = faults::find_fault_kind(name);
  if (kind == nullptr || kind->make == nullptr)
    return fail(ErrorCode::usage, "'{}' is not one of {}{}", name, names_text(),
                did_you_mean(name, faults::fault_names()));
  FaultChoice choice{.kind = name, .parameters = {}, .holds = {}};
  if (const auto lacks = fill(*kind, choice))
    return fail(ErrorCode::usage, "'{}' needs its '{}', which only a simulation's file can say",
                name, *lacks);
  return choice;
}

FaultSchedule read_fault_schedule(YamlReader faults) {
  FaultSchedule schedule;
  schedule.every = faults.duration("every", schedule.every);
  if (schedule.every < std::chrono::seconds(10) || schedule.every > std::chrono::hours(1))
    faults.complain(faults.place("every"), "every: expected from 10s to 1h");
  schedule.outage = faults.share("outage", schedule.outage);
  if (schedule.outage > kMostOutage)
    faults.complain(faults.place("outage"),
                    fmt::format("outage: expected at most {:.0f} %", kMostOutage * 100));
  const YamlNode* from = faults.node("from");
  if (from == nullptr)
    faults.complain(faults.place("from"),
                    fmt::format("'faults' lacks 'from': a list of {}", names_text()));
  else if (from->kind != YamlKind::sequence)
    faults.complain(from->place, fmt::format("from: expected a list of {}", names_text()));
  else
    for (const auto& item : from->items) read_choice(faults, item, schedule);
  faults.done();
  return schedule;
}

}  // namespace bhsim::config
