// Health as a client sees it, and as the engine does.

#include "framework/probes/health.hpp"

#include <algorithm>

#include "framework/probes/engine_time.hpp"
#include "framework/probes/http.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kPatience = 1s;  // HLTH-01: what is not answered by then is down

void probe_endpoint(const Scene& scene, const std::string& endpoint, const std::string& path,
                    Nanos period, const std::stop_token& stop) {
  if (path.empty() || scene.segment.port == 0) return;
  each(scene.clock, period, stop, [&] {
    history::Health row;
    row.t = scene.clock.now();
    row.endpoint = endpoint;
    row.role = scene.options.role;
    const auto answer = http_get(scene.segment.port, path, kPatience, scene.clock);
    row.latency = scene.clock.now() - row.t;
    row.status = answer ? answer->status : 0;
    row.up = row.status == 200;
    // One that was under way when the segment ended tells of the end, not of the application.
    if (!stop.stop_requested()) scene.store.add(std::move(row));
  });
}

}  // namespace

void probe_live(const Scene& scene, const std::stop_token& stop) {
  probe_endpoint(scene, "live", scene.options.live_path, 1s, stop);
}

void probe_ready(const Scene& scene, const std::stop_token& stop) {
  probe_endpoint(scene, "ready", scene.options.ready_path, 1s, stop);
}

void probe_uptime(const Scene& scene, const std::stop_token& stop) {
  const auto& options = scene.options;
  const auto& path = options.live_path.empty() ? options.ready_path : options.live_path;
  probe_endpoint(scene, "uptime", path, 100ms, stop);
}

std::optional<history::Health> engine_view(const engine::ContainerState& state, Time now,
                                           WallTime wall, Time began) {
  if (state.health.empty() || !state.running || state.paused || state.health == "starting")
    return std::nullopt;
  history::Health row;
  row.t = now;
  row.endpoint = "container";
  row.up = state.health == "healthy";
  const auto looked = state.health_last ? parse_engine_time(*state.health_last) : std::nullopt;
  row.latency = looked ? std::max(Nanos{}, wall - *looked) : now - began;
  return row;
}

void probe_container_health(const Scene& scene, const std::stop_token& stop) {
  const Time began = scene.clock.now();
  each(scene.clock, 5s, stop, [&] {
    const auto state = engine::inspect_container(scene.engine, scene.segment.container);
    if (!state) return;
    auto row = engine_view(*state, scene.clock.now(), scene.clock.wall(), began);
    if (!row) return;
    row->role = scene.options.role;
    scene.store.add(*std::move(row));
  });
}

}  // namespace bhsim::probes
