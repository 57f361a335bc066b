#include "framework/probes/resource_csv.hpp"

#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/history/facts.hpp"

namespace bhsim::probes {

using namespace std::chrono_literals;

void probe_resource_csv(const Scene& scene, const std::stop_token& stop) {
  constexpr std::string_view kFile = "resource-metrics.csv";
  constexpr Nanos kFresh = 3s;  // older figures are of a JVM that is gone or stopped
  std::ofstream file(scene.options.run_directory / kFile, std::ios::trunc);
  file << "timestamp,memory,cpu,threads,fds\n";
  std::int64_t expected = 0, written = 0;
  // The first row when there is something to tell: the counting starts with the application.
  while (!scene.board.latest().cpu_share && sleep_until(scene.clock, scene.clock.now() + 200ms, stop)) {
  }
  each(scene.clock, 10s, stop, [&] {
    if (stop.stop_requested()) return;
    ++expected;
    const auto tick = scene.board.tick();
    const auto cpu = scene.board.latest().cpu_share;
    if (!tick || !tick->jvm || !tick->process || !tick->process->descriptors || !cpu || scene.clock.now() - tick->t > kFresh) return;
    const auto kilobytes = (tick->jvm->heap_used + tick->jvm->metaspace_used) / 1024;
    file << fmt::format("{},{},{:.1f},{},{}\n", to_ns(scene.clock.wall()) / 1'000'000'000, kilobytes, *cpu * 100,
                        tick->process->threads, *tick->process->descriptors)
         << std::flush;
    if (file) ++written;
  });
  scene.store.set_fact(history::fact::kResourceRows,
                       nlohmann::json{{"expected", expected}, {"written", written}, {"path", kFile}}.dump());
}

}  // namespace bhsim::probes
