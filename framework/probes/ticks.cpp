// Process and JVM as the side-car sees them, once a second.

#include <memory>

#include "framework/history/series.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;
namespace series = history::series;

void keep(const Scene& scene, const sidecar::Tick& tick) {
  const auto add = [&](std::string_view name, std::int64_t value) {
    sample(scene, name, tick.t, static_cast<double>(value));
  };
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

// The side-car calls from its own thread, and may outlive the segment: a closed gate lets nothing
// through.
struct Gate {
  std::mutex mutex;
  const Scene* scene = nullptr;
};

}  // namespace

void probe_ticks(const Scene& scene, const std::stop_token& stop) {
  auto& sidecar = *scene.segment.sidecar;
  const auto gate = std::make_shared<Gate>();
  gate->scene = &scene;
  const auto subscribed =
      sidecar.subscribe({.agent_thread_prefix = scene.options.agent_thread_prefix},
                        [gate](const sidecar::Tick& tick) {
                          const std::lock_guard lock(gate->mutex);
                          if (gate->scene != nullptr) keep(*gate->scene, tick);
                        });
  if (!subscribed) scene.complain("ticks", subscribed.error().message);
  bool said = false;
  each(scene.clock, 1s, stop, [&] {
    if (said || sidecar.alive()) return;
    said = true;
    scene.complain("ticks", "the side-car has ended: " + sidecar.why());
  });
  const std::lock_guard lock(gate->mutex);
  gate->scene = nullptr;
}

}  // namespace bhsim::probes
