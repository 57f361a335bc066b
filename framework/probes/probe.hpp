#pragma once
// What a probe is, for the files of this folder: a function that runs on a thread of its own until
// it is asked to stop. The tables of them are in table.cpp. Time is real here: a probe looks at
// things that do not wait for a fake clock.

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>

#include "framework/probes/continuity.hpp"
#include "framework/probes/probe_set.hpp"

namespace bhsim::probes {

// The newest figures, written by probes, read by the live view, the csv and the runner.
class Board {
 public:
  // A new JVM: what was read of the one before is no longer true.
  void begin_life();
  void end_life();
  [[nodiscard]] bool lives() const;

  void set_tick(const sidecar::Tick& tick);
  void set_cpu(Nanos cumulative, Time t);
  [[nodiscard]] std::optional<sidecar::Tick> tick() const;
  [[nodiscard]] Latest latest() const;

 private:
  mutable std::mutex mutex_;
  bool lives_ = false;
  std::optional<sidecar::Tick> tick_;
  std::optional<std::pair<Nanos, Time>> cpu_;
  std::optional<double> cpu_share_;
};

// What a probe works with; all but the segment outlives it.
struct Scene {
  const engine::Client& engine;
  history::Store& store;
  const Clock& clock;
  const ProbeOptions& options;
  Board& board;
  Continuity& continuity;
  Segment segment;  // of a probe of the whole run: empty
  // Says what the probe could not do; kept in fact "probes", bounded.
  std::function<void(std::string_view probe, const std::string& trouble)> complain;
};

struct Probe {
  std::string_view name;
  Extent least;  // full: left out for conformance items
  bool needs_sidecar;
  void (*run)(const Scene& scene, const std::stop_token& stop);
};

std::span<const Probe> run_probes();      // once for the run
std::span<const Probe> segment_probes();  // once for each JVM

// Waits until `when`; false when asked to stop, at once.
bool sleep_until(const Clock& clock, Time when, const std::stop_token& stop);
// The first whole multiple of `period` after `beat` that is still to come. Pure.
Time next_beat(Time beat, Time now, Nanos period);
// Calls `look` now and then at whole multiples of `period` until `stop`; a look that took longer
// than a period skips, and does not make up for, what it missed.
void each(const Clock& clock, Nanos period, const std::stop_token& stop,
          const std::function<void()>& look);

// Adds one sample.
void sample(const Scene& scene, std::string_view series, Time t, double value);
// The instant of a wall time of this host or a local engine, by the distance of the clocks now.
Time at_wall(const Clock& clock, WallTime wall);

// --- the probes; docs/probes.md says what each of them sees

void probe_host(const Scene& scene, const std::stop_token& stop);              // host.cpp
void probe_events(const Scene& scene, const std::stop_token& stop);            // events.cpp
void probe_resource_csv(const Scene& scene, const std::stop_token& stop);      // resource_csv.cpp
void probe_recording(const Scene& scene, const std::stop_token& stop);         // recording.cpp
void probe_stats(const Scene& scene, const std::stop_token& stop);             // stats.cpp
void probe_ticks(const Scene& scene, const std::stop_token& stop);             // ticks.cpp
void probe_gc_log(const Scene& scene, const std::stop_token& stop);            // log_files.cpp
void probe_redefine_log(const Scene& scene, const std::stop_token& stop);      // log_files.cpp
void probe_audit(const Scene& scene, const std::stop_token& stop);             // log_files.cpp
void probe_thread_dumps(const Scene& scene, const std::stop_token& stop);      // thread_dumps.cpp
void probe_volumes(const Scene& scene, const std::stop_token& stop);           // volumes.cpp
void probe_app_log(const Scene& scene, const std::stop_token& stop);           // app_log.cpp
void probe_live(const Scene& scene, const std::stop_token& stop);              // health.cpp
void probe_ready(const Scene& scene, const std::stop_token& stop);             // health.cpp
void probe_uptime(const Scene& scene, const std::stop_token& stop);            // health.cpp
void probe_container_health(const Scene& scene, const std::stop_token& stop);  // health.cpp
void probe_metrics(const Scene& scene, const std::stop_token& stop);           // metrics.cpp

// What the container's log holds beyond what probe_app_log has taken: the last words of an
// application that was stopped after its segment's probes (app_log.cpp).
void catch_up_app_log(const Scene& scene);
// Dumps the threads into artifacts/ and as a row: by attach, or, where the JVM refuses that, by
// SIGQUIT, whose answer comes through the application's log (thread_dumps.cpp).
Result<void> dump_threads(const Scene& scene);
// The text of one dump, however it was had.
Result<void> keep_thread_dump(const Scene& scene, std::string_view text);

}  // namespace bhsim::probes
