#include "framework/runner/bad_swaps.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/config/items.hpp"
#include "framework/history/facts.hpp"
#include "framework/runner/blast_radius.hpp"
#include "framework/runner/container_log.hpp"
#include "framework/runner/item_sight.hpp"
#include "framework/runner/light_load.hpp"
#include "framework/runner/swapping.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

// What is seen while the changes come, on its way into the store.
class BadSwapsWatch {
 public:
  BadSwapsWatch(const Setting& setting, const Application& application, history::Store& store,
                const std::vector<std::string>& classes, ItemSight sight)
      : setting_(setting),
        application_(application),
        store_(store),
        log_(*setting.clock),
        sight_(std::move(sight)),
        versions_(classes, std::string(config::kBadSwapsItem), setting.plan->agent.swap_within,
                  store) {}

  Result<void> start_load(Nanos most) { return load_.start(setting_, application_, 100, most); }
  void deliver(hotswap::Deliverer& deliverer, sidecar::Sidecar& sidecar,
               const config::PlannedSwap& planned) {
    const Time now = setting_.clock->now();
    blast_.delivered(planned, now);
    newest_ = sight_.attempted({.purpose = planned.valid ? "valid" : "bad",
                                .class_name = planned.class_name,
                                .variant = planned.variant,
                                .generation = planned.generation,
                                .sha256 = {},
                                .t_write = now,
                                .t_end = {},
                                .t_served = {},
                                .t_refused = {}});
    deliver_one(deliverer, sidecar, versions_, to_swap(planned), nullptr);
  }
  [[nodiscard]] const history::ItemAttempt& newest() { return sight_.attempt(newest_); }
  [[nodiscard]] Time load_began() const { return load_.run->t0(); }

  // Takes what has come; waits for it a moment.
  void look(const std::stop_token& stop) {
    load_.take(50ms, takers_);
    versions_.settle(setting_.clock->now());
    if (setting_.clock->now() < next_log_) return;
    next_log_ = setting_.clock->now() + 200ms;
    log_.read(*setting_.engine, application_.container(), stop,
              [this](Time t, std::string_view line) { sight_.line(t, line); });
  }
  void finish() {
    load_.finish(takers_);
    versions_.finish(setting_.clock->now());
    store_.set_fact_json(history::fact::kBadSwapsLoad, blast_.to_json());
  }

 private:
  void take(const load::Observations& seen) {
    versions_.observe(seen, load_.observed);
    for (const auto& one : seen)
      sight_.saw(load_.observed.at(one.class_index), one.generation, one.t_sent, one.t_done);
  }
  void take(const load::SecondRecord& second) {
    blast_.took(second.t0, load_.run->spec().operations[second.operation].name,
                static_cast<std::int64_t>(second.planned),
                static_cast<std::int64_t>(at(second.outcomes, load::Outcome::ok)));
  }

  const Setting& setting_;
  const Application& application_;
  history::Store& store_;
  ContainerLog log_;
  ItemSight sight_;
  Versions versions_;
  BlastRadius blast_;
  std::size_t newest_ = 0;  // the attempt that was delivered last
  Time next_log_{};
  LightLoad load_;
  const LightLoad::Takers takers_{[this](const load::Observations& seen) { take(seen); },
                                  [this](const load::SecondRecord& second) { take(second); }};
};

void deliver_bad_swaps(const Setting& setting, BadSwapsWatch& watch, hotswap::Deliverer& deliverer,
                       sidecar::Sidecar& sidecar, const std::stop_token& stop) {
  const auto& plan = *setting.plan;
  const auto& clock = *setting.clock;
  const bool tells = plan.agent.log.contains("refused");
  const auto watch_until = [&](const std::function<Time()>& until) {
    while (!stop.stop_requested() && clock.now() < until()) watch.look(stop);
  };
  const config::PlannedSwap* last = nullptr;
  for (const auto& planned : plan.conformance_swaps) {
    watch_until([&] {
      return last == nullptr ? watch.load_began() + planned.at
                             : next_bad_swap(*last, watch.newest(), planned, tells);
    });
    if (stop.stop_requested()) return;
    watch.deliver(deliverer, sidecar, planned);
    last = &planned;
  }
  // Until the last invalid one has been watched for as long as any.
  const Time end = clock.now() + plan.agent.swap_within + 2s;
  watch_until([end] { return end; });
}

}  // namespace

Time next_bad_swap(const config::PlannedSwap& last, const history::ItemAttempt& attempt,
                   const config::PlannedSwap& next, bool tells) {
  constexpr Nanos kAfterServed = 1s, kAfterTold = 2s;
  const Time planned = attempt.t_write + (next.at - last.at);
  if (last.valid)
    return attempt.t_served ? std::min(planned, *attempt.t_served + kAfterServed) : planned;
  const bool refused = tells && attempt.t_refused && !attempt.t_served;
  return refused ? std::min(planned, *attempt.t_refused + kAfterTold) : planned;
}

Result<void> conform_bad_swaps(const Setting& setting, history::Store& store,
                               const Path& run_directory, std::stop_token stop) {
  const auto& plan = *setting.plan;
  BHSIM_ASSIGN(auto sight, ItemSight::create(plan));
  BHSIM_ASSIGN(const auto application,
               Application::create(setting, std::string(config::kBadSwapsItem)));
  BHSIM_ASSIGN(auto segment, application->start(stop));
  store.add(std::move(segment));
  const auto sidecar = application->sidecar();
  probes::ProbeSet probes(
      *setting.engine, store, *setting.clock,
      probe_options(setting, *application, probes::Extent::conformance, run_directory));
  BHSIM_TRY(probes.start());
  begin_segment(probes, *application);
  BHSIM_ASSIGN(auto deliverer, make_deliverer(setting, *application));

  BadSwapsWatch watch(setting, *application, store, deliverer.classes(), std::move(sight));
  const Nanos last = plan.conformance_swaps.empty() ? Nanos{} : plan.conformance_swaps.back().at;
  BHSIM_TRY(watch.start_load(last + plan.agent.swap_within + 10s));
  deliver_bad_swaps(setting, watch, deliverer, *sidecar, stop);
  watch.finish();
  probes.end_segment();
  probes.stop();
  BHSIM_ASSIGN(auto ended, application->ended(false));
  if (const auto state = engine::inspect_container(*setting.engine, application->container());
      state && state->running) {
    BHSIM_ASSIGN(ended, application->stop());
  }
  store.add(std::move(ended));
  return application->remove();
}

}  // namespace bhsim::runner
