#include "framework/runner/swapping.hpp"

#include <algorithm>

#include "framework/base/log.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim::runner {
namespace {

sidecar::Way way_of(config::Delivery delivery) {
  switch (delivery) {
    case config::Delivery::rename_touch:
      return sidecar::Way::rename_touch;
    case config::Delivery::overwrite:
      return sidecar::Way::overwrite;
    case config::Delivery::in_place:
      return sidecar::Way::in_place;
  }
  return sidecar::Way::rename_touch;
}

void not_delivered(Versions& versions, const history::Swap& swap, const Error& error) {
  log::warning("swap {} of {} was not delivered: {}", swap.generation, swap.class_name,
               error.message);
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
  return hotswap::Deliverer::create(
      {.directory = plan.app.swap_directory, .way = way_of(plan.agent.delivery)},
      std::move(originals), *setting.clock);
}

void deliver_one(hotswap::Deliverer& deliverer, sidecar::Sidecar& sidecar, Versions& versions,
                 history::Swap swap, Digests* digests) {
  versions.expect(swap);
  const auto done = deliverer.deliver(sidecar, swap);
  if (!done) return not_delivered(versions, swap, done.error());
  if (digests != nullptr) (*digests)[done->generation] = done->sha256;
  versions.delivered(*done);
}

void deliver_together(hotswap::Deliverer& deliverer, sidecar::Sidecar& sidecar, Versions& versions,
                      std::vector<history::Swap> swaps, Digests* digests) {
  for (const auto& swap : swaps) versions.expect(swap);
  for (std::size_t from = 0; from < swaps.size(); from += sidecar::protocol::kMostTogether) {
    const auto first = swaps.begin() + static_cast<std::ptrdiff_t>(from);
    const auto left = std::min(sidecar::protocol::kMostTogether, swaps.size() - from);
    const std::vector<history::Swap> some(first, first + static_cast<std::ptrdiff_t>(left));
    const auto done = deliverer.deliver_group(sidecar, some);
    if (!done) {
      for (const auto& swap : some) not_delivered(versions, swap, done.error());
      continue;
    }
    for (const auto& swap : *done) {
      if (digests != nullptr) (*digests)[swap.generation] = swap.sha256;
      versions.delivered(swap);
    }
  }
}

probes::ProbeOptions probe_options(const Setting& setting, const Application& application,
                                   probes::Extent extent, const Path& run_directory) {
  const auto& app = setting.plan->app;
  probes::ProbeOptions options;
  options.extent = extent;
  options.run_id = setting.run_id;
  options.role = application.role();
  options.run_directory = run_directory;
  options.live_path = app.live_path;
  options.ready_path = app.ready_path;
  options.metrics_path = app.metrics_path;
  options.gc_log = kGcLog;
  options.redefine_log = kRedefineLog;
  if (setting.plan->production.jfr_enabled) options.recordings = kRecordings;
  options.audit_file = app.audit_file;
  options.agent_thread_prefix = setting.plan->agent.thread_prefix;
  options.log_patterns = setting.plan->agent.log;
  options.volumes = app.volumes;
  return options;
}

void begin_segment(probes::ProbeSet& probes, const Application& application) {
  probes.begin_segment({.number = application.segment().segment,
                        .container = application.container(),
                        .port = application.port(),
                        .sidecar = application.sidecar().get()});
}

}  // namespace bhsim::runner
