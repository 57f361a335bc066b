// simulations/*.yml → Simulation.

#include <algorithm>
#include <cmath>
#include <set>

#include "framework/config/load_faults.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/pairs.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::size_t kMostPhases = 20;

// A duration of a schedule within bounds.
Nanos span_of(YamlReader& reader, std::string_view key, Nanos fallback, Nanos least, Nanos most) {
  const Nanos value = reader.duration(key, fallback);
  if (value < least || value > most) {
    reader.complain(reader.place(key),
                    fmt::format("{}: expected from {} to {}", key, spoken(least), spoken(most)));
    return fallback;
  }
  return value;
}

SwapSchedule read_swaps(YamlReader swaps) {
  SwapSchedule schedule;
  schedule.train = static_cast<int>(swaps.integer("train", 1, 100, schedule.train));
  schedule.every = span_of(swaps, "every", schedule.every, milliseconds(500), hours(1));
  schedule.quiet = span_of(swaps, "quiet", schedule.quiet, Nanos{}, hours(1));
  // A bad one here could leave a breaker open for the valid ones after it.
  const auto others = unusual_and_bad_variants();
  for (const YamlNode* item : swaps.scalars("variants", "'valid'")) {
    if (std::find(others.begin(), others.end(), item->text) != others.end())
      swaps.complain(item->place,
                     fmt::format("variants: '{}' is delivered by 'conformance: [bad-swaps]', on a "
                                 "container of its own; under load only 'valid'",
                                 item->text));
    else if (item->text != "valid")
      swaps.complain(item->place,
                     fmt::format("variants: found '{}', expected 'valid'", item->text));
  }
  schedule.groups = swaps.share("groups", 0);
  schedule.bursts = swaps.share("bursts", 0);
  if (schedule.groups + schedule.bursts > 1)
    swaps.complain(swaps.place("bursts"),
                   "bursts: together with 'groups' more than all of the steps");
  schedule.release = swaps.boolean("release", false);
  swaps.done();
  return schedule;
}

StepSchedule read_steps(YamlReader steps) {
  StepSchedule schedule;
  schedule.factor = steps.number("factor", 1.1, 10, schedule.factor);
  schedule.length = span_of(steps, "length", schedule.length, std::chrono::seconds(5), minutes(10));
  schedule.every = span_of(steps, "every", schedule.every, std::chrono::seconds(10), hours(1));
  if (schedule.every < schedule.length + kSettling)
    steps.complain(steps.place("every"),
                   fmt::format("every: the load needs {} after a step of {} before the next rises",
                               spoken(kSettling), spoken(schedule.length)));
  steps.done();
  return schedule;
}

SimulationPhase read_phase(YamlReader& reader) {
  SimulationPhase phase;
  phase.name = reader.text("name");
  if (!phase.name.empty() && !is_plain_name(phase.name))
    reader.complain(reader.place("name"),
                    fmt::format("name: '{}' is not a plain name of letters, digits, '.', "
                                "'_' and '-'",
                                phase.name));
  phase.share = reader.share("share");
  phase.min = span_of(reader, "min", Nanos{}, Nanos{}, kDurationMax);
  if (reader.has("max")) phase.max = span_of(reader, "max", kDurationMax, Nanos{1}, kDurationMax);
  if (phase.max && *phase.max < phase.min)
    reader.complain(reader.place("max"), "max: shorter than 'min'");
  if (auto swaps = reader.mapping("swaps"); !swaps.empty()) phase.swaps = read_swaps(swaps);
  if (auto faults = reader.mapping("faults"); !faults.empty())
    phase.faults = read_fault_schedule(faults);
  if (auto steps = reader.mapping("steps"); !steps.empty()) phase.steps = read_steps(steps);
  if (phase.steps && (phase.swaps || phase.faults))
    reader.complain(
        reader.place("steps"),
        "steps: a phase has these or swaps and faults, or nobody knows what disturbed it");
  reader.done();
  return phase;
}

void read_phases(YamlReader& root, Simulation& simulation) {
  auto phases = root.mappings("phases");
  if (phases.empty() && !root.empty())
    root.complain(root.place("phases"),
                  "a simulation lacks 'phases': a list of {name: …, share: 60%, min: 40s}");
  double sum = 0;
  std::set<std::string> names;
  for (auto& reader : phases) {
    SimulationPhase phase = read_phase(reader);
    sum += phase.share;
    if (!names.insert(phase.name).second)
      reader.complain(reader.place("name"),
                      fmt::format("name: the phase '{}' stands here twice", phase.name));
    simulation.phases.push_back(std::move(phase));
  }
  if (!phases.empty() && std::abs(sum - 1) > 1e-6)
    root.complain(root.place("phases"),
                  fmt::format("phases: the shares add up to {:.6g} %, not 100 %", sum * 100));
  if (phases.size() > kMostPhases)
    root.complain(root.place("phases"), fmt::format("phases: more than {}", kMostPhases));
}

// The word after the last flag that begins so; empty: there is none.
std::string flag_value(const std::vector<std::string>& flags, std::string_view head) {
  std::string value;
  for (const auto& flag : flags)
    if (flag.starts_with(head)) value = flag.substr(head.size());
  return value;
}

void read_pairs(YamlReader& root, Simulation& simulation) {
  if (!root.has("pairs")) return;
  auto reader = root.mapping("pairs");
  PairSchedule pairs;
  pairs.share = reader.share("share", pairs.share);
  if (pairs.share <= 0 || pairs.share > 0.95)
    reader.complain(reader.place("share"), "share: expected more than 0 % and at most 95 %");
  pairs.warm_up = span_of(reader, "warm_up", pairs.warm_up, kPairWarmUpMin, minutes(5));
  pairs.measured = span_of(reader, "measured", pairs.measured, kPairMeasuredMin, minutes(10));
  pairs.swap_every = span_of(reader, "swap_every", pairs.swap_every, milliseconds(500), hours(1));
  pairs.floor_every = static_cast<int>(reader.integer("floor_every", 2, 20, pairs.floor_every));
  reader.done();
  // Without a heap that is resident as a whole, memory could not be compared.
  const auto& jvm = simulation.jvm;
  const auto heap = flag_value(jvm, "-Xmx");
  if (heap.empty() || heap != flag_value(jvm, "-Xms") ||
      std::find(jvm.begin(), jvm.end(), "-XX:+AlwaysPreTouch") == jvm.end())
    root.complain(root.place("jvm"),
                  "jvm: 'pairs' compare the memory of two JVMs, which needs -Xms and -Xmx of the "
                  "same size, and -XX:+AlwaysPreTouch");
  simulation.pairs = pairs;
}

void read_required(YamlReader& root, Simulation& simulation) {
  for (const YamlNode* item : root.scalars("required", "checks such as PERF-04 or REL-*")) {
    if (!is_check_pattern(item->text))
      root.complain(item->place,
                    fmt::format("required: found '{}', expected a check such as PERF-04 or REL-*",
                                item->text));
    simulation.required.push_back(item->text);
  }
  if (simulation.required.empty() && !root.empty())
    root.complain(root.place("required"),
                  "a simulation lacks 'required': the checks that decide it");
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t i : {0, 1, 2, 3, 5, 6, 8, 9})
    if (text[i] < '0' || text[i] > '9') return false;
  const int month = (text[5] - '0') * 10 + text[6] - '0',
            day = (text[8] - '0') * 10 + text[9] - '0';
  return month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

void read_waivers(YamlReader& root, Simulation& simulation) {
  for (auto& reader : root.mappings("waivers")) {
    Waiver waiver{reader.text("check"), reader.text("reason"), reader.text("owner"),
                  reader.text("expires")};
    if (!waiver.check.empty() && !is_check_id(waiver.check))
      reader.complain(reader.place("check"),
                      fmt::format("check: '{}' is not an id such as PERF-04", waiver.check));
    if (!waiver.expires.empty() && !is_date(waiver.expires))
      reader.complain(
          reader.place("expires"),
          fmt::format("expires: found '{}', expected a date such as 2027-01-31", waiver.expires));
    reader.done();
    simulation.waivers.push_back(std::move(waiver));
  }
}

Simulation read_simulation(YamlReader root) {
  Simulation simulation;
  simulation.name = root.text("simulation");
  if (!simulation.name.empty() && !is_plain_name(simulation.name))
    root.complain(root.place("simulation"),
                  fmt::format("simulation: '{}' is not a plain name of letters, digits, "
                              "'.', '_' and '-'",
                              simulation.name));
  simulation.title = root.text("title", simulation.name);
  simulation.app = root.text("app", "");
  simulation.agent = root.text("agent", "");
  simulation.config = root.text("config", "");
  simulation.jvm = root.texts("jvm");
  simulation.duration =
      span_of(root, "duration", simulation.duration, std::chrono::seconds(1), kDurationMax);
  simulation.load = root.text("load", "");
  read_phases(root, simulation);
  read_pairs(root, simulation);
  simulation.conformance = root.words("conformance", kConformance);
  simulation.variants = root.words("variants", unusual_and_bad_variants());
  const auto& items = simulation.conformance;
  if (!simulation.variants.empty() &&
      std::find(items.begin(), items.end(), "bad-swaps") == items.end())
    root.complain(root.place("variants"),
                  "variants: nothing delivers them without 'conformance: [bad-swaps]'");
  simulation.audits = root.words("audits", kAudits);
  read_required(root, simulation);
  simulation.thresholds = root.text("thresholds", "");
  read_waivers(root, simulation);
  root.done();
  return simulation;
}

}  // namespace

Result<Simulation> parse_simulation(std::string_view text, const std::string& name) {
  BHSIM_ASSIGN(YamlFile file, YamlFile::from_text(text, name));
  Simulation simulation = read_simulation(file.root("a simulation"));
  simulation.file = name;
  BHSIM_TRY(file.finish());
  return simulation;
}

Result<Simulation> load_simulation(const Path& file) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  return parse_simulation(text, file.string());
}

}  // namespace bhsim::config
