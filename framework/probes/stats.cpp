// The container as the engine sees it, about once a second.

#include "framework/engine/containers.hpp"
#include "framework/history/series.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {

using namespace std::chrono_literals;
namespace series = history::series;

void probe_stats(const Scene& scene, const std::stop_token& stop) {
  const auto take = [&](const engine::ContainerStats& stats) {
    const Time t = scene.clock.now();
    const auto add = [&](std::string_view name, std::optional<std::uint64_t> value) {
      if (value) sample(scene, name, t, static_cast<double>(*value));
    };
    add(series::kContainerMemory, stats.memory_used);
    add(series::kMemoryLimit, stats.memory_limit);
    add(series::kMemoryFailures, stats.memory_failures);
    add(series::kCpuApp, stats.cpu_ns);
    add(series::kPeriods, stats.periods);
    add(series::kThrottledPeriods, stats.throttled_periods);
    add(series::kPids, stats.pids);
    scene.board.set_cpu(Nanos(static_cast<std::int64_t>(stats.cpu_ns)), t);
    return true;
  };
  // A stream that ends before the segment does was cut: the engine is asked again.
  bool said = false;
  each(scene.clock, 1s, stop, [&] {
    const auto followed = engine::follow_stats(scene.engine, scene.segment.container, take, stop);
    if (followed || stop.stop_requested() || said) return;
    said = true;
    scene.complain("stats", followed.error().message);
  });
}

}  // namespace bhsim::probes
