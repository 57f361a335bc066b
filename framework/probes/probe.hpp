#pragma once
// What a probe is, for the files of this folder: a function that runs on a thread of its own until it is asked to stop. The
// tables of them are in table.cpp.

#include <atomic>
#include <functional>
#include <mutex>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>

#include "framework/probes/probe_set.hpp"

namespace bhsim::probes {

// The newest figures, written by probes, read by the live view, the csv and the runner.
class Board {
 public:
  void set_tick(const sidecar::Tick& tick);
  void set_cpu(Nanos cumulative, Time t);
  [[nodiscard]] std::optional<sidecar::Tick> tick() const;
  [[nodiscard]] Latest latest() const;
  // A new JVM: what was read of the one before is no longer true.
  void forget();

 private:
  mutable std::mutex mutex_;
  std::optional<sidecar::Tick> tick_;
  std::optional<std::pair<Nanos, Time>> cpu_;
  std::optional<double> cpu_share_;
};

struct Scene {
  const engine::Client& engine;
  history::Store& store;
  const Clock& clock;
  const ProbeOptions& options;
  Board& board;
  Segment segment;  // of a probe of the whole run: empty
  // Says once what the probe could not do; kept as fact "probes".
  std::function<void(std::string_view probe, const std::string& trouble)> complain;
  std::atomic<std::int64_t>* dumps = nullptr;
};

struct Probe {
  std::string_view name;
  Extent least;         // full: left out for conformance items
  bool needs_sidecar;
  void (*run)(const Scene& scene, const std::stop_token& stop);
};

std::span<const Probe> run_probes();      // once for the run
std::span<const Probe> segment_probes();  // once for each JVM

// Sleeps until `when` in short steps; false when asked to stop.
bool sleep_until(const Clock& clock, Time when, const std::stop_token& stop);
// Calls `look` at whole multiples of `period` after now until `stop`; a look that took longer than a period skips, and
// does not make up for, what it missed.
void each(const Clock& clock, Nanos period, const std::stop_token& stop, const std::function<void()>& look);

// Adds one sample.
void sample(const Scene& scene, std::string_view series, Time t, double value);
// Dumps the threads into artifacts/ and as a row.
Result<void> dump_threads(const Scene& scene);

}  // namespace bhsim::probes
