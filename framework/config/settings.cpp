#include "framework/config/settings.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "framework/base/nearest.hpp"
#include "framework/base/units.hpp"
#include "framework/config/build.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

constexpr std::string_view kLimitPrefix = "limit.";

struct Setting {
  std::string_view key;
  std::string_view expects;
  Result<void> (*apply)(Pieces& pieces, std::string_view value);
};

Result<void> set_duration(Nanos& target, std::string_view value, Nanos least, Nanos most) {
  BHSIM_ASSIGN(const Nanos parsed, parse_duration(value));
  if (parsed < least || parsed > most)
    return fail(ErrorCode::usage, "expected from {} to {}", spoken(least), spoken(most));
  target = parsed;
  return {};
}

Result<void> set_integer(int& target, std::string_view value, int least, int most) {
  int parsed = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), parsed);
  if (error != std::errc{} || end != value.data() + value.size() || parsed < least || parsed > most)
    return fail(ErrorCode::usage, "expected a whole number from {} to {}", least, most);
  target = parsed;
  return {};
}

Result<std::string> one_of(std::string_view value, const std::vector<std::string>& words) {
  if (std::find(words.begin(), words.end(), value) != words.end()) return std::string(value);
  const auto close = nearest(value, words);
  return fail(ErrorCode::usage, "'{}' is not one of {}{}", value, fmt::join(words, ", "),
              close ? fmt::format("; did you mean '{}'?", *close) : "");
}

// "pause,kill" → both; "none" → nothing.
Result<std::vector<std::string>> list_of(std::string_view value,
                                         const std::vector<std::string>& words) {
  std::vector<std::string> out;
  if (value == "none") return out;
  while (true) {
    const auto comma = value.find(',');
    BHSIM_ASSIGN(std::string word, one_of(value.substr(0, comma), words));
    out.push_back(std::move(word));
    if (comma == std::string_view::npos) return out;
    value.remove_prefix(comma + 1);
  }
}

// Every phase that has such a schedule; none is told, or the setting would be lost in silence.
template <typename T, typename Apply>
Result<void> in_phases(Pieces& pieces, std::optional<T> SimulationPhase::*schedule,
                       const Apply& apply) {
  bool any = false;
  for (auto& phase : pieces.simulation.phases) {
    if (!(phase.*schedule)) continue;
    any = true;
    BHSIM_TRY(apply(*(phase.*schedule)));
  }
  if (!any) return fail(ErrorCode::usage, "no phase of '{}' has any", pieces.simulation.name);
  return {};
}

template <Nanos SwapSchedule::*Field, std::int64_t LeastMs>
Result<void> set_swap_time(Pieces& pieces, std::string_view value) {
  return in_phases(pieces, &SimulationPhase::swaps, [value](SwapSchedule& schedule) {
    return set_duration(schedule.*Field, value, milliseconds(LeastMs), hours(1));
  });
}

template <double SwapSchedule::*Field>
Result<void> set_swap_share(Pieces& pieces, std::string_view value) {
  BHSIM_ASSIGN(const double share, parse_share(value));
  return in_phases(pieces, &SimulationPhase::swaps,
                   [share](SwapSchedule& schedule) -> Result<void> {
                     schedule.*Field = share;
                     return {};
                   });
}

Result<void> set_fault_kinds(Pieces& pieces, std::string_view value) {
  std::vector<FaultChoice> choices;
  while (value != "none") {
    const auto comma = value.find(',');
    BHSIM_ASSIGN(auto choice, fault_choice(std::string(value.substr(0, comma))));
    choices.push_back(std::move(choice));
    if (comma == std::string_view::npos) break;
    value.remove_prefix(comma + 1);
  }
  return in_phases(pieces, &SimulationPhase::faults,
                   [&choices](FaultSchedule& schedule) -> Result<void> {
                     schedule.from = choices;
                     return {};
                   });
}

// So many times as often, within what a file may say.
Result<void> set_intensity(Pieces& pieces, std::string_view value) {
  double times = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), times);
  if (error != std::errc{} || end != value.data() + value.size() || !(times >= 0.1 && times <= 10))
    return fail(ErrorCode::usage, "expected a number from 0.1 to 10");
  return in_phases(
      pieces, &SimulationPhase::faults, [times](FaultSchedule& schedule) -> Result<void> {
        const auto every = static_cast<double>(schedule.every.count()) / times;
        schedule.every = std::clamp<Nanos>(Nanos(std::llround(every)), kFaultSpacingMin, hours(1));
        return {};
      });
}

Result<void> set_rate(Pieces& pieces, std::string_view value) {
  BHSIM_ASSIGN(pieces.load.rate_per_s, parse_rate(value));
  if (pieces.load.rate_per_s > kMostRequestsPerSecond)
    return fail(ErrorCode::usage, "expected at most {:.0f}/s", kMostRequestsPerSecond);
  return {};
}

Result<void> set_required(Pieces& pieces, std::string_view value) {
  pieces.simulation.required.clear();
  while (true) {
    const auto comma = value.find(',');
    const auto pattern = value.substr(0, comma);
    if (!is_check_pattern(pattern))
      return fail(ErrorCode::usage, "'{}' is not a check such as PERF-04 or REL-*", pattern);
    pieces.simulation.required.emplace_back(pattern);
    if (comma == std::string_view::npos) return {};
    value.remove_prefix(comma + 1);
  }
}

using P = Pieces;
using V = std::string_view;

constexpr std::array kSettings{
    Setting{"agent.swap_within", "a duration: a valid swap not served by then is lost",
            [](P& p, V v) {
              return set_duration(p.agent.swap_within, v, milliseconds(1), minutes(10));
            }},
    Setting{"app.port", "a port from 1 to 65535",
            [](P& p, V v) { return set_integer(p.contract.port, v, 1, 65535); }},
    Setting{"app.start.typical", "a duration: what a restart is reckoned to take",
            [](P& p, V v) {
              return set_duration(p.contract.start_typical, v, milliseconds(1), minutes(10));
            }},
    Setting{"app.start.within", "a duration: start to ready",
            [](P& p, V v) {
              return set_duration(p.contract.start_within, v, milliseconds(1), minutes(10));
            }},
    Setting{"app.stop.within", "a duration: stop signal to exit",
            [](P& p, V v) {
              return set_duration(p.contract.stop_within, v, milliseconds(1), minutes(10));
            }},
    Setting{"audits", "a list such as container,drain, or none",
            [](P& p, V v) -> Result<void> {
              BHSIM_ASSIGN(p.simulation.audits, list_of(v, kAudits));
              return {};
            }},
    Setting{"conformance", "a list such as bad-swaps, or none",
            [](P& p, V v) -> Result<void> {
              BHSIM_ASSIGN(p.simulation.conformance, list_of(v, kConformance));
              return {};
            }},
    Setting{"faults.every", "a duration: from fault to fault",
            [](P& p, V v) {
              return in_phases(p, &SimulationPhase::faults, [v](FaultSchedule& schedule) {
                return set_duration(schedule.every, v, std::chrono::seconds(10), hours(1));
              });
            }},
    Setting{"faults.from", "a list such as pause,kill, or none", set_fault_kinds},
    Setting{"faults.intensity", "a number from 0.1 to 10: so many times as often", set_intensity},
    Setting{"jvm", "one more flag for the JVM, behind those of the simulation",
            [](P& p, V v) -> Result<void> {
              p.simulation.jvm.emplace_back(v);
              return {};
            }},
    Setting{"load.arrivals", "constant or poisson",
            [](P& p, V v) -> Result<void> {
              BHSIM_ASSIGN(p.load.arrivals, one_of(v, kArrivals));
              return {};
            }},
    Setting{"load.connections", "a whole number of connections",
            [](P& p, V v) {
              return set_integer(p.load.connections, v, 1, static_cast<int>(kMostConnections));
            }},
    Setting{"load.rate", "a rate such as 1000/s", set_rate},
    Setting{"load.slo", "a duration: ok later than that is no goodput",
            [](P& p, V v) { return set_duration(p.load.slo, v, milliseconds(1), minutes(1)); }},
    Setting{"load.timeout", "a duration: a request not answered by then has failed",
            [](P& p, V v) { return set_duration(p.load.timeout, v, milliseconds(1), minutes(1)); }},
    Setting{"required", "a list of checks such as REL-*,PERF-04", set_required},
    Setting{"swaps.bursts", "a share of the steps such as 10%",
            set_swap_share<&SwapSchedule::bursts>},
    Setting{"swaps.every", "a duration: from step to step inside a train",
            set_swap_time<&SwapSchedule::every, 500>},
    Setting{"swaps.groups", "a share of the steps such as 10%",
            set_swap_share<&SwapSchedule::groups>},
    Setting{"swaps.quiet", "a duration: between trains", set_swap_time<&SwapSchedule::quiet, 0>},
    Setting{"swaps.train", "a whole number of steps",
            [](P& p, V v) {
              return in_phases(p, &SimulationPhase::swaps, [v](SwapSchedule& schedule) {
                return set_integer(schedule.train, v, 1, 100);
              });
            }},
    Setting{"variants", "a list of variants for bad-swaps such as truncated,huge",
            [](P& p, V v) -> Result<void> {
              BHSIM_ASSIGN(p.simulation.variants, list_of(v, unusual_and_bad_variants()));
              return {};
            }},
};

Result<void> set_limit(std::string_view id, std::string_view value, Thresholds& thresholds,
                       std::span<const KnownLimit> known) {
  // A bare value keeps relation and unit: "--set limit.PERF-04=3".
  const auto standing = thresholds.limits.find(std::string(id));
  const bool bare =
      standing != thresholds.limits.end() && !value.empty() && value[0] >= '0' && value[0] <= '9';
  std::string text(value);
  if (bare) {
    text = standing->second.relation + " " + text;
    if (value.find_first_not_of("0123456789.") == std::string_view::npos)
      text += " " + standing->second.unit;
  }
  // The loader of thresholds knows all there is to check.
  const auto checked = parse_thresholds(
      fmt::format("thresholds: set\nlimits:\n  {}: \"{}\"\n", id, text), "--set", known);
  if (!checked) {
    std::string message = checked.error().message;
    // Its place is one in a text that nobody wrote.
    if (const auto space = message.find(": "); space != std::string::npos)
      message.erase(0, space + 2);
    return fail(ErrorCode::usage, "{}", message);
  }
  thresholds.limits[std::string(id)] = checked->limits.begin()->second;
  return {};
}

}  // namespace

Result<void> apply_setting(std::string_view setting, Pieces& pieces,
                           std::span<const KnownLimit> known) {
  const auto told = [setting](const Error& error) {
    return fail(ErrorCode::usage, "--set {}: {}", setting, error.message);
  };
  const auto equals = setting.find('=');
  if (equals == std::string_view::npos || equals == 0 || equals + 1 == setting.size())
    return fail(ErrorCode::usage, "--set {}: expected KEY=VALUE", setting);
  const auto key = setting.substr(0, equals), value = setting.substr(equals + 1);
  if (key.starts_with(kLimitPrefix)) {
    const auto id = key.substr(kLimitPrefix.size());
    const auto bad = [](char c) {
      return c == '"' || c == '\\' || c == '\n' || c == ':' || c == '#';
    };
    if (!is_check_id(id) || std::any_of(value.begin(), value.end(), bad))
      return fail(ErrorCode::usage,
                  "--set {}: expected limit.ID=LIMIT such as limit.PERF-04=\"< 3 s\"", setting);
    if (const auto set = set_limit(id, value, pieces.thresholds, known); !set)
      return told(set.error());
    return {};
  }
  std::vector<std::string> keys;
  for (const auto& known_setting : kSettings) {
    keys.emplace_back(known_setting.key);
    if (known_setting.key != key) continue;
    if (const auto set = known_setting.apply(pieces, value); !set) return told(set.error());
    return {};
  }
  const auto close = nearest(key, keys);
  return fail(ErrorCode::usage, "--set {}: unknown key '{}'{}", setting, key,
              close ? fmt::format("; did you mean '{}'?", *close)
                    : fmt::format("; known are {} and limit.ID", fmt::join(keys, ", ")));
}

std::vector<SettableKey> settable_keys() {
  std::vector<SettableKey> out;
  out.reserve(kSettings.size() + 1);
  for (const auto& setting : kSettings)
    out.push_back({std::string(setting.key), std::string(setting.expects)});
  out.push_back({"limit.ID", "a limit such as \"< 3 s\", or a value in the unit that stands"});
  return out;
}

}  // namespace bhsim::config
