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
    auto* last = actions.empty() ? nullptr : std::get_if<std::vector<config::PlannedSwap>>(&actions.back().what);
    if (last != nullptr && swap.group_id != 0 && last->front().group_id == swap.group_id) last->push_back(swap);
    else actions.push_back({.at = swap.at, .what = std::vector{swap}});
  }
  for (const auto at : plan.collections) actions.push_back({.at = at, .what = Action::Collect{}});
  for (const auto& fault : plan.faults) actions.push_back({.at = fault.at, .what = fault});
  std::stable_sort(actions.begin(), actions.end(), [](const Action& a, const Action& b) { return a.at < b.at; });
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
  if (result) wait_until(t0 + plan.duration, stop);
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
  if (const auto* planned = std::get_if<config::PlannedFault>(&action.what)) return fault(*planned, std::move(stop));
  return {};
}

void Director::swap(const std::vector<config::PlannedSwap>& swaps) {
  const auto sidecar = stage_.application->sidecar();
  if (stage_.deliverer == nullptr || sidecar == nullptr) return;
  std::vector<history::Swap> rows;
  for (const auto& planned : swaps) rows.push_back(to_swap(planned));
  if (rows.size() > 1) deliver_together(*stage_.deliverer, *sidecar, *stage_.versions, std::move(rows), &stage_.digests);
  else deliver_one(*stage_.deliverer, *sidecar, *stage_.versions, std::move(rows.front()), &stage_.digests);
}

void Director::collect() {
  const auto sidecar = stage_.application->sidecar();
  if (sidecar == nullptr) return;
  const auto& clock = *stage_.setting->clock;
  const Time from = clock.now();
  // Two: the first may find objects that only a finalizer or a reference queue lets go of.
  for (int i = 0; i < 2; ++i)
    if (const auto done = sidecar->collect_garbage(); !done) {
      log::warning("a forced collection failed: {}", done.error().message);
      return;
    }
  const Time done = clock.now();
  // The floor is what the next look of the side-car sees: at most a second of new objects above it.
  if (!wait_until(done + 1100ms, {})) return;
  if (const auto tick = stage_.probes->latest(); tick && tick->jvm && tick->t >= done)
    stage_.store->add(history::Sample{std::string(history::series::kHeapLive), tick->t, static_cast<double>(tick->jvm->heap_used)});
  stage_.store->add(history::Window{.kind = history::WindowKind::gc,
                                    .id = ++collections_,
                                    .name = "forced",
                                    .t0 = from - 200ms,
                                    .t1 = done + 500ms});
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
