#include "framework/runner/swapping.hpp"

#include "framework/base/log.hpp"

namespace bhsim::runner {
namespace {

sidecar::Way way_of(config::Delivery delivery) {
  switch (delivery) {
    case config::Delivery::rename_touch: return sidecar::Way::rename_touch;
    case config::Delivery::overwrite: return sidecar::Way::overwrite;
    case config::Delivery::in_place: return sidecar::Way::in_place;
  }
  return sidecar::Way::rename_touch;
}

void not_delivered(Versions& versions, const history::Swap& swap, const Error& error) {
  log::warning("swap {} of {} was not delivered: {}", swap.generation, swap.class_name, error.message);
  versions.not_delivered(swap, error.message);
}

}  // namespace

history::Swap to_swap(const config::PlannedSwap& planned) {
  history::Swap swap;
  swap.generation = planned.generation;
  swap.class_name = planned.class_name;
  swap.variant = planned.variant;
  swap.valid = planned.valid;
  swap.group_id = planned.group_id;
  swap.phase = planned.phase;
  swap.role = planned.role;
  return swap;
}

Result<hotswap::Deliverer> make_deliverer(const Setting& setting, const Application& application) {
  const auto& plan = *setting.plan;
  std::map<std::string, std::string> originals;
  for (const auto& swappable : plan.app.swap_classes) {
    BHSIM_ASSIGN(originals[swappable.class_name], application.original_class(swappable.class_name));
  }
  return hotswap::Deliverer::create({.directory = plan.app.swap_directory, .way = way_of(plan.agent.delivery)},
                                    std::move(originals), *setting.clock);
}

void deliver_one(hotswap::Deliverer& deliverer, sidecar::Sidecar& sidecar, Versions& versions, history::Swap swap,
                 Digests* digests) {
  versions.expect(swap);
  const auto done = deliverer.deliver(sidecar, swap);
  if (!done) return not_delivered(versions, swap, done.error());
  if (digests != nullptr) (*digests)[done->generation] = done->sha256;
  versions.delivered(*done);
}

void deliver_together(hotswap::Deliverer& deliverer, sidecar::Sidecar& sidecar, Versions& versions,
                      std::vector<history::Swap> swaps, Digests* digests) {
  for (const auto& swap : swaps) versions.expect(swap);
  const auto done = deliverer.deliver_group(sidecar, swaps);
  if (!done) {
    for (const auto& swap : swaps) not_delivered(versions, swap, done.error());
    return;
  }
  for (const auto& swap : *done) {
    if (digests != nullptr) (*digests)[swap.generation] = swap.sha256;
    versions.delivered(swap);
  }
}

probes::Target probe_target(const Setting& setting, const Application& application) {
  const auto& app = setting.plan->app;
  probes::Target target;
  target.container = application.container();
  target.role = application.role();
  target.segment = application.segment().segment;
  target.port = application.port();
  target.live_path = app.live_path;
  target.ready_path = app.ready_path;
  target.metrics_path = app.metrics_path;
  target.audit_file = app.audit_file;
  target.gc_log = kGcLog;
  target.redefine_log = kRedefineLog;
  target.agent_thread_prefix = setting.plan->agent.thread_prefix;
  target.volumes = app.volumes;
  return target;
}

}  // namespace bhsim::runner
