#include "framework/probes/engine_probes.hpp"

#include "framework/engine/containers.hpp"
#include "framework/engine/resources.hpp"
#include "framework/history/series.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;
namespace series = history::series;

constexpr int kMostReconnects = 100;

std::string detail_of(const engine::Event& event) {
  for (const auto* key : {"exitCode", "signal"})
    if (const auto found = event.attributes.find(key); found != event.attributes.end()) return fmt::format("{}={}", key, found->second);
  return {};
}

}  // namespace

void probe_events(const Scene& scene, const std::stop_token& stop) {
  // The engine's wall clock is this host's, or as far from it as the first event shows; events are rare and coarse.
  const auto offset = scene.clock.wall().time_since_epoch() - scene.clock.now().time_since_epoch();
  std::int64_t newest = to_ns(scene.clock.wall());
  for (int attempt = 0; attempt < kMostReconnects && !stop.stop_requested(); ++attempt) {
    const auto followed = engine::follow_events(
        scene.engine, "bhsim.run=" + scene.options.run_id, newest,
        [&](const engine::Event& event) {
          if (event.type != "container" || event.time_ns <= newest) return;
          newest = event.time_ns;
          scene.store.add(history::EngineEvent{.t = time_from_ns(event.time_ns - offset.count()),
                                               .container = event.id,
                                               .action = event.action,
                                               .detail = detail_of(event)});
        },
        stop);
    if (followed) return;
    scene.complain("events", followed.error().message);
    sleep_until(scene.clock, scene.clock.now() + 1s, stop);
  }
}

void probe_stats(const Scene& scene, const std::stop_token& stop) {
  const auto take = [&](const engine::ContainerStats& stats) {
    const Time t = scene.clock.now();
    const auto add = [&](std::string_view name, std::uint64_t value) { sample(scene, name, t, static_cast<double>(value)); };
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
  const auto followed = engine::follow_stats(scene.engine, scene.segment.container, take, stop);
  if (!followed && !stop.stop_requested()) scene.complain("stats", followed.error().message);
}

}  // namespace bhsim::probes
