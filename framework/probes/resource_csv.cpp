// resource-metrics.csv in the run directory, as the shell loop of section 9.2.6 writes it: no
// header, a row each 10 s of
//   timestamp  seconds since 1970
//   memory     KB of heap in use: jstat's S0U + S1U + EU + OU
//   cpu        % of one core over about the last second
//   threads    of the process
//   fds        open descriptors
// Rows are due while the application runs, as the loop's `kill -0` has it. A row that cannot be
// filled within five seconds is not written; fact resource_metrics tells how many were due.

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>

#include "framework/history/facts.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

constexpr std::string_view kFile = "resource-metrics.csv";
constexpr Nanos kFresh = 3s;  // older figures are of a JVM that has stopped
constexpr Nanos kPatience = 5s;

std::optional<std::string> row_now(const Scene& scene) {
  const auto tick = scene.board.tick();
  const auto cpu = scene.board.latest().cpu_share;
  if (!tick || !tick->jvm || !tick->process || !tick->process->descriptors || !cpu)
    return std::nullopt;
  if (scene.clock.now() - tick->t > kFresh) return std::nullopt;
  return fmt::format("{},{},{:.1f},{},{}\n", to_ns(scene.clock.wall()) / 1'000'000'000,
                     tick->jvm->heap_used / 1024, *cpu * 100, tick->process->threads,
                     *tick->process->descriptors);
}

}  // namespace

void probe_resource_csv(const Scene& scene, const std::stop_token& stop) {
  std::ofstream file(scene.options.run_directory / kFile, std::ios::trunc);
  std::int64_t expected = 0;
  std::int64_t written = 0;
  while (!scene.board.lives())  // the counting starts with the application
    if (!sleep_until(scene.clock, scene.clock.now() + 200ms, stop)) break;
  each(scene.clock, 10s, stop, [&] {
    if (!scene.board.lives()) return;
    const Time deadline = scene.clock.now() + kPatience;
    auto row = row_now(scene);
    while (!row && scene.board.lives() && scene.clock.now() < deadline &&
           sleep_until(scene.clock, scene.clock.now() + 100ms, stop))
      row = row_now(scene);
    if (!row && (stop.stop_requested() || !scene.board.lives())) return;
    ++expected;
    if (row && (file << *row << std::flush)) ++written;
    // Each time, so that a run that is cut short has it too.
    scene.store.set_fact(
        history::fact::kResourceRows,
        nlohmann::json{{"expected", expected}, {"written", written}, {"path", kFile}}.dump());
  });
  if (!file) scene.complain("resource csv", fmt::format("{} could not be written", kFile));
}

}  // namespace bhsim::probes
