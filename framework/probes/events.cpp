// What the engine tells about the containers of the run.

#include <algorithm>
#include <array>

#include "framework/engine/resources.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

constexpr int kMostReconnects = 1'000;

// The rest (exec_create of each health check, attach, archive-path …) is bhsim's and the engine's
// own doing.
bool matters(std::string_view action) {
  constexpr std::array<std::string_view, 10> kKept{
      "create", "start", "restart", "stop", "kill", "die", "oom", "pause", "unpause", "destroy"};
  return action.starts_with("health_status") ||
         std::find(kKept.begin(), kKept.end(), action) != kKept.end();
}

std::string detail_of(const engine::Event& event) {
  for (const auto* key : {"exitCode", "signal"})
    if (const auto found = event.attributes.find(key); found != event.attributes.end())
      return fmt::format("{}={}", key, found->second);
  return {};
}

}  // namespace

void probe_events(const Scene& scene, const std::stop_token& stop) {
  std::int64_t newest = to_ns(scene.clock.wall());
  const auto take = [&](const engine::Event& event) {
    if (event.time_ns <= newest) return;
    newest = event.time_ns;
    if (event.type != "container" || !matters(event.action)) return;
    scene.store.add(history::EngineEvent{.t = at_wall(scene.clock, wall_from_ns(event.time_ns)),
                                         .container = event.id,
                                         .action = event.action,
                                         .detail = detail_of(event)});
  };
  for (int attempt = 0; attempt < kMostReconnects && !stop.stop_requested(); ++attempt) {
    const auto followed = engine::follow_events(scene.engine, "bhsim.run=" + scene.options.run_id,
                                                newest, take, stop);
    if (followed) return;
    scene.complain("events", followed.error().message);
    sleep_until(scene.clock, scene.clock.now() + 1s, stop);
  }
}

}  // namespace bhsim::probes
