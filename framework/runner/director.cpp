#include "framework/runner/director.hpp"

#include <algorithm>

#include "framework/base/log.hpp"
#include "framework/base/units.hpp"
#include "framework/config/timeline.hpp"
#include "framework/history/series.hpp"
#include "framework/runner/early_end.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kGlance = 50ms;
// Recovered: five good windows of 100 ms in a row, counted from the first.
constexpr int kGoodWindows = 5;
constexpr Nanos kGoodWindow = 100ms;
constexpr Nanos kMostRecovery = 90s;
constexpr Nanos kLookEvery = 1s;
// An engine that does not answer for so long is not just busy or being restarted.
constexpr Nanos kMostSilence = 30s;

// The state that the application is in, or what it lacks; anything else is a trouble of our own.
bool could_not_be_applied(const Error& error) {
  return error.code == ErrorCode::conflict || error.code == ErrorCode::unsupported;
}

}  // namespace

std::vector<Action> actions_of(const config::Plan& plan) {
  std::vector<Action> actions;
  for (const auto& swaps : config::deliveries(plan.swaps))
    actions.push_back({.at = swaps.front().at, .what = std::vector(swaps.begin(), swaps.end())});
  for (const auto at : plan.collections) actions.push_back({.at = at, .what = Action::Collect{}});
  for (const auto& fault : plan.faults) actions.push_back({.at = fault.at, .what = fault});
  std::stable_sort(actions.begin(), actions.end(),
                   [](const Action& a, const Action& b) { return a.at < b.at; });
  return actions;
}

Result<bool> Director::wait_until(Time when, const std::stop_token& stop) {
  const auto& clock = *stage_.setting->clock;
  while (clock.now() < when) {
    if (stop.stop_requested()) return false;
    if (clock.now() >= next_look_) BHSIM_TRY(look());
    clock.sleep_until(std::min(when, clock.now() + kGlance));
  }
  return !stop.stop_requested();
}

Result<void> Director::run(std::stop_token stop) {
  auto result = follow(stop);
  if (result && !*result) log::debug("the timeline was stopped before its end");
  keep_phases(stage_.setting->clock->now());
  if (!result) return fail(result.error());
  return {};
}

Result<bool> Director::follow(const std::stop_token& stop) {
  const Time t0 = stage_.workload->t0();
  const auto& plan = *stage_.setting->plan;
  for (const auto& action : actions_of(plan)) {
    BHSIM_ASSIGN(const bool reached, wait_until(t0 + action.at, stop));
    if (!reached) return false;
    // Recoveries that took longer than planned have used up the time.
    if (stage_.setting->clock->now() >= t0 + plan.duration) break;
    BHSIM_TRY(carry_out(action, stop));
  }
  return wait_until(t0 + plan.duration, stop);
}

Result<void> Director::look() {
  next_look_ = stage_.setting->clock->now() + kLookEvery;
  BHSIM_TRY(look_at_application());
  if (!stage_.setting->abort_on_fail || !judgeable()) return {};
  const LiveCounts counts{.errors = stage_.workload->errors(),
                          .went_back = stage_.versions->counts().violations,
                          .writes_lost = writes_lost_,
                          .writes_altered = writes_altered_};
  if (const auto why = cannot_pass(*stage_.setting->plan, counts))
    return fail(ErrorCode::conflict, "{} (--abort-on-fail)", *why);
  return {};
}

// Checks judge what comes after the warm-up, and need some of it.
bool Director::judgeable() const {
  constexpr Nanos kSome = 5s;
  const auto& phases = stage_.setting->plan->phases;
  const auto measured = std::find_if(phases.begin(), phases.end(),
                                     [](const auto& phase) { return phase.name != "warm-up"; });
  return measured != phases.end() &&
         stage_.setting->clock->now() >= stage_.workload->t0() + measured->start + kSome;
}

// Outside of faults it has to run. One that is gone does not come back: nothing more is to be
// measured.
Result<void> Director::look_at_application() {
  const Time now = stage_.setting->clock->now();
  const auto end = stage_.application->look_for_end();
  if (!end) {
    if (!engine_gone_) engine_gone_ = now;
    if (now - *engine_gone_ < kMostSilence) return {};
    keep_disturbance(stage_.application->seen_running(), end.error().message, *stage_.store);
    return fail(end.error().within("the engine went away"));
  }
  if (!*end) {
    engine_gone_.reset();
    return look_at_dependency();
  }
  stage_.probes->end_segment();
  auto unplanned = **end;
  if (engine_gone_) unplanned.engine_silent = now - *engine_gone_;
  return fail(keep_end(unplanned, *stage_.store));
}

// What the application does without it says nothing of the application.
Result<void> Director::look_at_dependency() {
  const auto* dependency = stage_.application->dependency();
  if (dependency == nullptr) return {};
  const auto ended = dependency->look_for_end();
  if (!ended || !*ended) return {};  // an engine that does not answer is looked for above
  const auto why = "what the application depends on is gone: " + **ended;
  keep_disturbance(stage_.application->seen_running(), why, *stage_.store);
  return fail(ErrorCode::conflict, "{}", why);
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
    // Nothing is acknowledged between two JVMs.
    acknowledged_before_ = static_cast<std::int64_t>(stage_.workload->ledger().counts.acknowledged);
    const auto resumed = stage_.application->resume(t_start, stop);
    if (!resumed && resumed.error().code != ErrorCode::config) return fail(resumed.error());
    stage_.store->add(stage_.application->segment());
    if (stage_.application->sidecar() != nullptr)
      begin_segment(*stage_.probes, *stage_.application);
    if (!resumed) {
      // The fault is undone; that it does not come back is judged. One that has ended is met at the
      // next look.
      log::warning("{}", resumed.error().message);
      next_look_ = {};
    }
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
  spec.class_directory = app.swap_directory;
  spec.dependency_path = app.dependency.uses;
  if (const auto* dependency = stage_.application->dependency())
    spec.way = dependency->way_container();
  spec.stops_within = app.stop_within;
  spec.hand = stage_.application->hand();
  spec.parameters = planned.parameters;
  BHSIM_TRY(look());
  ++applied_;
  const Time from = clock.now();
  auto outcome = stage_.injector->run(spec, planned.holds, stop, hooks(stop));
  if (!outcome && could_not_be_applied(outcome.error())) {
    // Nothing was broken, and so nothing is known: the run goes on, and the fault is unseen.
    stage_.store->add(history::Fault{.id = planned.id,
                                     .kind = planned.kind,
                                     .target = spec.target,
                                     .state = history::FaultState::unseen,
                                     .t_intent = from,
                                     .t_undo = from,
                                     .t_healed = from,
                                     .t_recovered = from,
                                     .acted_proof = outcome.error().message,
                                     .healed_proof = "it was never applied"});
    log::warning("fault {} ({}) could not be applied: {}", planned.id, planned.kind,
                 outcome.error().message);
    return {};
  }
  if (!outcome)
    return fail(outcome.error().within(fmt::format("fault {} ({})", planned.id, planned.kind)));
  const bool healed = outcome->row.state == history::FaultState::healed;
  if (healed) ++healed_;
  Time until = clock.now();
  if (healed && outcome->handed_over) {
    BHSIM_ASSIGN(outcome->row.t_recovered,
                 wait_recovered(outcome->row.t_undo.value_or(from), stop));
    until = std::max(clock.now(), outcome->row.t_recovered.value_or(from));
    stage_.store->add(outcome->row);
    if (outcome->row.t_recovered && !stage_.application->segment().t_ready)
      stage_.store->add(stage_.application->ready_late(*outcome->row.t_recovered));
    if (!app.ledger_ranges.empty() && outcome->jvm_ended) {
      stage_.store->add(read_back(fmt::format("after {} {}", planned.kind, planned.id), stop));
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
  // Stopped while it was starting: the run is at its end anyway.
  if (!outcome->handed_over && outcome->handed_over.error().code != ErrorCode::cancelled)
    return fail(outcome->handed_over.error().within(
        fmt::format("after fault {} ({})", planned.id, planned.kind)));
  return {};
}

history::LedgerCheck Director::read_back(const std::string& reason, std::stop_token stop) {
  const auto& setting = *stage_.setting;
  auto row = check_ledger(stage_.workload->ledger(), stage_.application->port(),
                          setting.plan->app.ledger_ranges, reason, *setting.clock, std::move(stop));
  writes_lost_ += row.lost;
  writes_altered_ += row.altered + row.duplicated;
  return row;
}

Result<std::optional<Time>> Director::wait_recovered(Time from, std::stop_token stop) {
  const auto& clock = *stage_.setting->clock;
  const auto& app = stage_.setting->plan->app;
  const std::string& path = app.ready_path.empty() ? app.live_path : app.ready_path;
  // A start may have taken all of it.
  const Time deadline =
      std::max(from + kMostRecovery, clock.now() + kGoodWindow * kGoodWindows * 2);
  int good = 0;
  Time first = from;
  while (clock.now() < deadline) {
    const Time window = clock.now();
    if (path.empty() || answers_ok(stage_.application->port(), path, kGoodWindow)) {
      if (good++ == 0) first = window;
      if (good == kGoodWindows) return first;
    } else {
      good = 0;
    }
    BHSIM_ASSIGN(const bool reached, wait_until(window + kGoodWindow, stop));
    if (!reached) return std::nullopt;
  }
  ++not_recovered_;
  log::warning("the application had not recovered {} after a fault was undone",
               format_duration(clock.now() - from));
  return std::nullopt;
}

}  // namespace bhsim::runner
