#include "framework/runner/scenario_logs.hpp"

#include <algorithm>
#include <ctime>
#include <nlohmann/json.hpp>
#include <optional>

#include "framework/base/files.hpp"
#include "framework/base/units.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/faults/catalogue.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/names.hpp"

namespace bhsim::runner {
namespace {

using history::FaultState;
using history::Swap;
using history::SwapOutcome;

constexpr std::string_view kCorrupt = "corrupt-bytecode", kInvalid = "invalid-changes";

bool is_among(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Which scenario a variant belongs to; nothing for a plain new version.
std::optional<std::string_view> scenario_of_variant(const std::string& variant) {
  if (is_among(config::kSchemaVariants, variant)) return kInvalid;
  if (is_among(config::kMalformedVariants, variant)) return kCorrupt;
  if (is_among(config::kUnusualVariants, variant)) return kCorrupt;
  return std::nullopt;
}

std::string_view scenario_of_fault(const std::string& name) {
  const auto* kind = faults::find_fault_kind(name);
  return kind == nullptr ? "resource-exhaustion" : kind->scenario;
}

// "2026-11-26T20:57:03.123Z"
std::string stamp(WallTime t) {
  const auto ms = to_ns(t) / 1'000'000;
  const std::time_t seconds = ms / 1000;
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     ms % 1000);
}

class Logs {
 public:
  explicit Logs(const history::History& history) : history_(history) {
    for (const auto& name : config::kScenarios) {
      ScenarioLog log;
      log.scenario = name;
      logs_.push_back(std::move(log));
    }
  }

  ScenarioLog& of(std::string_view scenario) {
    return *std::find_if(logs_.begin(), logs_.end(),
                         [&](const ScenarioLog& log) { return log.scenario == scenario; });
  }
  void line(ScenarioLog& log, Time t, std::string_view level, const std::string& text) {
    log.text += fmt::format("{} {:<9} {}\n", stamp(history_.wall(t)), level, text);
  }
  void error(ScenarioLog& log, Time t, const std::string& text) {
    ++log.errors;
    line(log, t, "ERROR", text);
  }
  void recovered(ScenarioLog& log, Time t, const std::string& text) {
    ++log.recovered;
    line(log, t, "RECOVERED", text);
  }
  std::vector<ScenarioLog> take() { return std::move(logs_); }

 private:
  const history::History& history_;
  std::vector<ScenarioLog> logs_;
};

// A valid class that comes in an unusual way: it has to land, which is all there is to tell.
void tell_unusual(Logs& logs, ScenarioLog& log, const Swap& swap) {
  const bool landed = swap.outcome == SwapOutcome::landed;
  logs.line(log, swap.t_served.value_or(swap.t_write), landed ? "INFO" : "WARN",
            fmt::format("{} of {}, generation {}: {}", swap.variant, swap.class_name,
                        swap.generation, history::to_string(swap.outcome)));
}

void tell_bad(Logs& logs, ScenarioLog& log, const Swap& swap, const Swap* next) {
  const auto what =
      fmt::format("{} of {}, generation {}", swap.variant, swap.class_name, swap.generation);
  if (swap.outcome != SwapOutcome::refused) {
    logs.line(log, swap.t_write, "WARN",
              fmt::format("{}: {} {}", what, history::to_string(swap.outcome), swap.detail));
    return;
  }
  logs.error(log, swap.t_write, fmt::format("{}: refused, the version before it serves", what));
  if (next != nullptr && next->outcome == SwapOutcome::landed && next->t_served)
    logs.recovered(
        log, *next->t_served,
        fmt::format("{}: the valid generation {} serves {} after its write", next->class_name,
                    next->generation, format_duration(*next->t_served - next->t_write)));
  else
    logs.line(log, swap.t_write, "WARN",
              fmt::format("{}: no valid version of {} was served after it", what, swap.class_name));
}

void tell_swaps(Logs& logs, const history::History& history) {
  const auto& swaps = history.swaps();
  for (auto swap = swaps.begin(); swap != swaps.end(); ++swap) {
    const auto scenario = scenario_of_variant(swap->variant);
    if (!scenario) continue;
    auto& log = logs.of(*scenario);
    if (swap->valid) {
      tell_unusual(logs, log, *swap);
      continue;
    }
    ++log.brought;
    const auto next = std::find_if(swap, swaps.end(), [&](const Swap& later) {
      return later.valid && later.role == swap->role && later.class_name == swap->class_name;
    });
    tell_bad(logs, log, *swap, next == swaps.end() ? nullptr : &*next);
  }
}

void tell_faults(Logs& logs, const history::History& history) {
  for (const auto& fault : history.faults()) {
    auto& log = logs.of(scenario_of_fault(fault.kind));
    ++log.brought;
    const auto what = fmt::format("fault {} ({})", fault.id, fault.kind);
    if (!fault.t_active) {
      logs.line(log, fault.t_intent, "WARN", what + ": was not seen to act");
      continue;
    }
    logs.error(log, *fault.t_active, fmt::format("{}: {}", what, fault.acted_proof));
    if (fault.t_recovered && fault.t_undo)
      logs.recovered(log, *fault.t_recovered,
                     fmt::format("{}: works again {} after it was undone", what,
                                 format_duration(*fault.t_recovered - *fault.t_undo)));
    else
      logs.line(log, fault.t_undo.value_or(*fault.t_active), "WARN",
                what + ": was not seen to recover");
  }
}

}  // namespace

std::vector<ScenarioLog> scenario_logs(const config::Plan& plan, const history::History& history) {
  if (plan.conformance_swaps.empty() && plan.faults.empty()) return {};
  Logs logs(history);
  tell_swaps(logs, history);
  tell_faults(logs, history);
  auto all = logs.take();
  for (auto& log : all)
    if (log.text.empty())
      log.text = fmt::format("{} {:<9} nothing of this scenario was brought by the simulation {}\n",
                             stamp(history.wall(history.last())), "INFO", plan.simulation);
  return all;
}

Result<void> keep_scenario_logs(const config::Plan& plan, const Path& run_directory,
                                history::Store& store) {
  BHSIM_TRY(store.flush());
  // Closed again before the store is sealed.
  BHSIM_ASSIGN(const auto history, history::History::open(run_directory));
  auto fact = nlohmann::json::object();
  for (const auto& log : scenario_logs(plan, history)) {
    const auto file = fmt::format("artifacts/app-{}.log", log.scenario);
    BHSIM_TRY(write_file(run_directory / file, log.text));
    fact[log.scenario] = {{"brought", log.brought},
                          {"errors", log.errors},
                          {"recovered", log.recovered},
                          {"log", file}};
  }
  if (!fact.empty()) store.set_fact_json(history::fact::kScenarios, fact);
  return {};
}

}  // namespace bhsim::runner
