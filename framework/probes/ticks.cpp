#include "framework/history/series.hpp"
#include "framework/probes/sidecar_probes.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;
namespace series = history::series;

void keep(const Scene& scene, const sidecar::Tick& tick) {
  const auto add = [&](std::string_view name, std::int64_t value) { sample(scene, name, tick.t, static_cast<double>(value)); };
  if (tick.jvm) {
    add(series::kHeapUsed, tick.jvm->heap_used);
    add(series::kHeapCommitted, tick.jvm->heap_committed);
    add(series::kMetaspaceUsed, tick.jvm->metaspace_used);
    add(series::kClassesLoaded, tick.jvm->classes_loaded);
    add(series::kGcTime, tick.jvm->gc_time.count());
    add(series::kSafepointTime, tick.jvm->safepoint_time.count());
  }
  if (tick.process) {
    add(series::kThreads, tick.process->threads);
    add(series::kRss, tick.process->rss_bytes);
    add(series::kCpuAgent, tick.process->cpu_agent.count());
    if (tick.process->descriptors) add(series::kDescriptors, *tick.process->descriptors);
  }
  scene.board.set_tick(tick);
}

}  // namespace

void probe_ticks(const Scene& scene, const std::stop_token& stop) {
  const auto subscribed = scene.segment.sidecar->subscribe({.agent_thread_prefix = scene.options.agent_thread_prefix},
                                                           [scene](const sidecar::Tick& tick) { keep(scene, tick); });
  if (!subscribed) return scene.complain("ticks", subscribed.error().message);
  // The side-car's own thread calls; it ends with the side-car, which outlives this probe's segment.
  each(scene.clock, 1s, stop, [] {});
}

}  // namespace bhsim::probes
