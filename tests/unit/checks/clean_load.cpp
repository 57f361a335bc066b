// What clients and probes saw, and the faults that they saw it in.

#include <algorithm>

#include "clean_parts.hpp"

namespace bhsim::checks::clean {
namespace {

using namespace std::chrono_literals;
using namespace history;

LoadSecond load_second(double s, const char* operation, std::int64_t planned) {
  static const std::string quick = histogram(90, 2ms, 0.01, 8ms);
  LoadSecond row;
  row.t = at(s);
  row.operation = operation;
  row.planned = planned;
  row.outcomes[0] = planned;
  row.within_slo = planned;
  row.corrected = quick;
  row.uncorrected = quick;
  return row;
}

}  // namespace

void add_load(CleanRun& run) {
  static const std::string lag = histogram(100, 80us);
  for (int s = 0; s < static_cast<int>(kEnd); ++s) {
    const std::int64_t rate = s >= kStep && s < kStepEnd ? kRate * 3 / 2 : kRate;
    run.load.push_back(load_second(s, "quote", rate * 9 / 10));
    run.load.push_back(load_second(s, "order", rate / 10));
    run.generator.push_back({at(s), lag, 300us, 0.08, 110, 0});
  }
}

void add_health(CleanRun& run) {
  const auto add = [&](double s, const char* endpoint, bool up, Nanos latency) {
    run.health.push_back({at(s), endpoint, up, up ? 200 : 0, latency, "load"});
  };
  for (int s = 0; s < static_cast<int>(kEnd); ++s) {
    const bool up = !disturbed(s);
    add(s + 0.1, "live", up, 2ms);
    add(s + 0.2, "ready", up, 3ms);
    if (s % 5 == 0) add(s + 0.3, "container", up, 2s);
    for (int tenth = 0; tenth < 10; ++tenth) {
      const double t = s + tenth / 10.0;
      add(t, "uptime", !disturbed(t), 1ms);
    }
  }
  std::ranges::stable_sort(run.health, {}, &Health::t);
}

void add_faults(CleanRun& run) {
  Fault pause{1,          "pause",          "c-load",         FaultState::healed,  at(kPause),
              at(kPause), at(kPauseUndone), at(kPauseUndone), at(kPauseRecovered), "paused",
              "running"};
  Fault kill{2,         "kill",       "c-load",         FaultState::healed, at(kKill),
             at(kKill), at(kStarted), at(kStarted + 2), at(kKillRecovered), "exit 137",
             "ready"};
  run.faults = {pause, kill};
  run.windows.push_back({WindowKind::fault, 1, "pause", at(kPause), at(kPauseRecovered)});
  run.windows.push_back({WindowKind::fault, 2, "kill", at(kKill), at(kKillRecovered)});
  run.plan.faults = {{1, at(kPause) - kBuilderStart, "pause", 1500ms, 1500ms, "disrupt"},
                     {2, at(kKill) - kBuilderStart, "kill", 0ms, 3s, "disrupt"}};
  // Short ones, which nobody noticed.
  for (std::int64_t id = 3; id <= kFaults; ++id) {
    const double from = 571 + 1.4 * static_cast<double>(id - 3);
    run.faults.push_back({id, "pause", "c-load", FaultState::healed, at(from), at(from),
                          at(from + 0.2), at(from + 0.2), at(from + 0.2), "paused", "running"});
    run.windows.push_back({WindowKind::fault, id, "pause", at(from), at(from + 0.2)});
    run.plan.faults.push_back({id, at(from) - kBuilderStart, "pause", 200ms, 200ms, "recover"});
  }
  run.jvms.push_back({0, "c-load", "load", at(-10), at(-8), at(kKill), 137, false, true});
  run.jvms.push_back(
      {1, "c-load", "load", at(kStarted), at(kStarted + 2), at(605), 143, false, true});
  run.events.push_back({at(kKill + 0.1), "c-load", "die", "exit 137"});
  run.events.push_back({at(605), "c-load", "die", "exit 143"});
  run.fail_requests(500, 502, 60, Outcome::timeout, 1s);
  run.fail_requests(540, 543, 50, Outcome::refused);
}

}  // namespace bhsim::checks::clean
