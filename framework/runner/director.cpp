#include "framework/runner/director.hpp"

#include <algorithm>

#include "framework/base/log.hpp"
#include "framework/base/units.hpp"
#include "framework/history/series.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kGlance = 50ms;
// Recovered: five good windows of 100 ms in a row, counted from the first.
constexpr int kGoodWindows = 5;
constexpr Nanos kGoodWindow = 100ms;
constexpr Nanos kMostRecovery = 90s;

}  // namespace

std::vector<Action> actions_of(const config::Plan& plan) {
  std::vector<Action> actions;
  for (const auto& swap : plan.swaps) {
    auto* last = actions.empty()
                     ? nullptr
                     : std::get_if<std::vector<config::PlannedSwap>>(&actions.back().what);
    if (last != nullptr && swap.group_id != 0 && last->front().group_id == swap.group_id)
      last->push_back(swap);
    else
      actions.push_back({.at = swap.at, .what = std::vector{swap}});
  }
  for (const auto at : plan.collections) actions.push_back({.at = at, .what = Action::Collect{}});
  for (const auto& fault : plan.faults) actions.push_back({.at = fault.at, .what = fault});
  std::stable_sort(actions.begin(), actions.end(),
                   [](const Action& a, const Action& b) { return a.at < b.at; });
  return actions;
}

bool Director::wait_until(Time when, const std::stop_token& stop) const {
  const auto& clock = *stage_.setting->clock;
  while (clock.now() < when) {
    if (stop.stop_requested()) return false;
    clock.sleep_until(std::min(when, clock.now() + kGlance));
  }
  return !stop.stop_requested();
}

Result<void> Director::run(std::stop_token stop) {
  const Time t0 = stage_.workload->t0();
  const auto& plan = *stage_.setting->plan;
  Result<void> result;
  for (const auto& action : actions_of(plan)) {
    if (!wait_until(t0 + action.at, stop)) break;
    result = carry_out(action, stop);
    if (!result) break;
  }
  if (result && !wait_until(t0 + plan.duration, stop))
    log::debug("the timeline was stopped before its end");
  keep_phases(stage_.setting->clock->now());
  return result;
}

void Director::keep_phases(Time until) {
  const Time t0 = stage_.workload->t0();
  std::int64_t id = 0;
  for (const auto& phase : stage_.setting->plan->phases) {
    const Time from = t0 + phase.start;
    if (from >= until) break;
    stage_.store->add(history::Window{.kind = history::WindowKind::phase,
                                      .id = ++id,
                                      .name = phase.name,
                                      .t0 = from,
                                      .t1 = std::min(until, from + phase.length)});
  }
}

Result<void> Director::carry_out(const Action& action, std::stop_token stop) {
  if (const auto* swaps = std::get_if<std::vector<config::PlannedSwap>>(&action.what)) swap(*swaps);
  if (std::holds_alternative<Action::Collect>(action.what)) collect();
  if (const auto* planned = std::get_if<config::PlannedFault>(&action.what))
    return fault(*planned, std::move(stop));
  return {};
}

void Director::swap(const std::vector<config::PlannedSwap>& swaps) {
  const auto sidecar = stage_.application->sidecar();
  if (stage_.deliverer == nullptr || sidecar == nullptr) return;
  std::vector<history::Swap> rows;
  for (const auto& planned : swaps) rows.push_back(to_swap(planned));
  if (rows.size() > 1)
    deliver_together(*stage_.deliverer, *sidecar, *stage_.versions, std::move(rows),
                     &stage_.digests);
  else
    deliver_one(*stage_.deliverer, *sidecar, *stage_.versions, std::move(rows.front()),
                &stage_.digests);
}

void Director::collect() {
  const auto& clock = *stage_.setting->clock;
  const Time from = clock.now();
  if (const auto live = stage_.probes->force_collection({}); !live)
    log::warning("a forced collection failed: {}", live.error().message);
  stage_.store->add(history::Window{.kind = history::WindowKind::gc,
                                    .id = ++collections_,
                                    .name = "forced",
                                    .t0 = from - 200ms,
                                    .t1 = clock.now() + 500ms});
}

// Between the death of the application and its next readiness: segments, side-car and probes change
// over.
faults::InjectorHooks Director::hooks(const std::stop_token& stop) {
  faults::InjectorHooks hooks;
  hooks.jvm_ended = [this] {
    stage_.probes->end_segment();
    if (auto ended = stage_.application->ended(true)) stage_.store->add(std::move(*ended));
  };
  hooks.jvm_started = [this, stop](Time t_start) -> Result<void> {
    stage_.versions->restarted(t_start);
    BHSIM_ASSIGN(auto segment, stage_.application->resume(t_start, stop));
    stage_.store->add(segment);
    begin_segment(*stage_.probes, *stage_.application);
    return {};
  };
  return hooks;
}

Result<void> Director::fault(const config::PlannedFault& planned, std::stop_token stop) {
  const auto& app = stage_.setting->plan->app;
  const auto& clock = *stage_.setting->clock;
  faults::FaultSpec spec;
  spec.id = planned.id;
  spec.kind = planned.kind;
  spec.run_id = stage_.setting->run_id;
  spec.target = stage_.application->container();
  spec.port = stage_.application->port();
  spec.probe_path = app.ready_path.empty() ? app.live_path : app.ready_path;
  ++applied_;
  const Time from = clock.now();
  auto outcome = stage_.injector->run(spec, planned.holds, stop, hooks(stop));
  if (!outcome)
    return fail(outcome.error().within(fmt::format("fault {} ({})", planned.id, planned.kind)));
  const bool healed = outcome->row.state == history::FaultState::healed;
  if (healed) ++healed_;
  Time until = clock.now();
  if (healed) {
    BHSIM_ASSIGN(outcome->row.t_recovered,
                 wait_recovered(outcome->row.t_undo.value_or(from), stop));
    until = std::max(clock.now(), *outcome->row.t_recovered);
    stage_.store->add(outcome->row);
    if (!app.ledger_ranges.empty() && outcome->jvm_ended) {
      stage_.store->add(check_ledger(stage_.workload->ledger(), spec.port, app.ledger_ranges,
                                     fmt::format("after {} {}", planned.kind, planned.id), clock,
                                     stop));
      until = clock.now();
    }
  }
  stage_.store->add(history::Window{.kind = history::WindowKind::fault,
                                    .id = planned.id,
                                    .name = planned.kind,
                                    .t0 = from,
                                    .t1 = until});
  if (outcome->row.state == history::FaultState::undo_failed)
    return fail(ErrorCode::engine, "fault {} ({}) could not be undone: {}", planned.id,
                planned.kind, outcome->trouble);
  return {};
}

Result<Time> Director::wait_recovered(Time from, std::stop_token stop) {
  const auto& clock = *stage_.setting->clock;
  const auto& app = stage_.setting->plan->app;
  const std::string& path = app.ready_path.empty() ? app.live_path : app.ready_path;
  int good = 0;
  Time first = from;
  while (clock.now() < from + kMostRecovery) {
    const Time window = clock.now();
    if (path.empty() || answers_ok(stage_.application->port(), path, kGoodWindow)) {
      if (good++ == 0) first = window;
      if (good == kGoodWindows) return first;
    } else {
      good = 0;
    }
    if (!wait_until(window + kGoodWindow, stop)) break;
  }
  return fail(ErrorCode::timeout, "the application had not recovered {} after the fault was undone",
              format_duration(clock.now() - from));
}

}  // namespace bhsim::runner
