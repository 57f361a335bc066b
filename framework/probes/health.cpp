#include "framework/probes/health.hpp"

#include <httplib.h>

#include <ctime>

#include "framework/engine/containers.hpp"
#include "framework/history/series.hpp"
#include "framework/probes/exposition.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

// A connection of its own, kept open; what is not answered in a second is down.
class Asker {
 public:
  explicit Asker(int port) : client_("127.0.0.1", port) {
    client_.set_connection_timeout(1s);
    client_.set_read_timeout(1s);
    client_.set_keep_alive(true);
    client_.set_tcp_nodelay(true);
  }
  httplib::Result get(const std::string& path) { return client_.Get(path.c_str()); }

 private:
  httplib::Client client_;
};

void probe_endpoint(const Scene& scene, const std::string& endpoint, const std::string& path, Nanos period,
                    const std::stop_token& stop) {
  if (path.empty() || scene.segment.port == 0) return;
  Asker asker(scene.segment.port);
  each(scene.clock, period, stop, [&] {
    history::Health row;
    row.t = scene.clock.now();
    row.endpoint = endpoint;
    row.role = scene.options.role;
    const auto answer = asker.get(path);
    row.latency = scene.clock.now() - row.t;
    row.status = answer ? answer->status : 0;
    row.up = row.status == 200;
    if (!stop.stop_requested()) scene.store.add(std::move(row));
  });
}

// "2026-11-25T02:11:04.123456789Z" → since 1970; nothing for another text, and for the engine's zero time.
std::optional<WallTime> parse_engine_time(const std::string& text) {
  std::tm parts{};
  const char* rest = ::strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr || parts.tm_year < 100) return std::nullopt;
  return wall_from_ns(static_cast<std::int64_t>(::timegm(&parts)) * 1'000'000'000);
}

}  // namespace

void probe_live(const Scene& scene, const std::stop_token& stop) { probe_endpoint(scene, "live", scene.options.live_path, 1s, stop); }

void probe_ready(const Scene& scene, const std::stop_token& stop) { probe_endpoint(scene, "ready", scene.options.ready_path, 1s, stop); }

void probe_uptime(const Scene& scene, const std::stop_token& stop) {
  const auto& path = scene.options.live_path.empty() ? scene.options.ready_path : scene.options.live_path;
  probe_endpoint(scene, "uptime", path, 100ms, stop);
}

void probe_container_health(const Scene& scene, const std::stop_token& stop) {
  each(scene.clock, 5s, stop, [&] {
    const auto state = engine::inspect_container(scene.engine, scene.segment.container);
    if (!state || state->health.empty() || !state->running || state->paused || state->health == "starting") return;
    history::Health row;
    row.t = scene.clock.now();
    row.endpoint = "container";
    row.role = scene.options.role;
    row.up = state->health == "healthy";
    // Of this row the latency is the age of the engine's newest look: stale health is no health.
    if (state->health_last)
      if (const auto looked = parse_engine_time(*state->health_last)) row.latency = std::max(Nanos{}, scene.clock.wall() - *looked);
    scene.store.add(std::move(row));
  });
}

void probe_metrics(const Scene& scene, const std::stop_token& stop) {
  if (scene.options.metrics_path.empty() || scene.segment.port == 0) return;
  namespace series = history::series;
  constexpr std::array<std::pair<std::string_view, std::string_view>, 3> kWanted{{
      {"hot_swaps_completed", series::kSwapsCompleted},
      {"error_rate", series::kMetricsErrorRate},
      {"requests_per_second", series::kMetricsRequestRate},
  }};
  Asker asker(scene.segment.port);
  bool said = false;
  each(scene.clock, 5s, stop, [&] {
    const auto answer = asker.get(scene.options.metrics_path);
    if (!answer || answer->status != 200) return;
    const auto metrics = parse_exposition(answer->body);
    if (!metrics) {
      if (!said) scene.complain("metrics", metrics.error().message);
      said = true;
      return;
    }
    const Time t = scene.clock.now();
    for (const auto& metric : *metrics)
      for (const auto& [name, kept] : kWanted)
        if (metric.labels.empty() && (metric.name == name || metric.name == std::string(name) + "_total")) sample(scene, kept, t, metric.value);
  });
}

}  // namespace bhsim::probes
