#pragma once
// All that is observed about a run beside the load: one table of probes (table.cpp), each on a
// thread of its own, so that one that waits holds up no other. A probe parses what it sees and
// hands rows to the store; what it cannot do it says in bhsim's log and in fact "probes", and goes
// on. docs/probes.md lists them.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"
#include "framework/history/store.hpp"
#include "framework/sidecar/sidecar.hpp"

namespace bhsim::probes {

// Samples, GC and dumps carry no role: only the application under load is observed in full. A
// conformance item's container gives its log, its redefinitions, its audit log, its engine events
// and its health.
enum class Extent { full, conformance };

struct ProbeOptions {
  Extent extent = Extent::full;
  std::string run_id;
  std::string role = "load";  // of the rows that have one, and in the names of artifacts
  Path run_directory;         // artifacts/ is made below it
  std::string live_path, ready_path, metrics_path;  // empty: not in the contract, not probed
  std::string gc_log = "/logs/gc.log";  // in the container, written with `timenanos,level,tags`
  std::string redefine_log = "/logs/redefine.log";
  std::string recordings;  // of the flight recorder, before "-0.jfr" of the first JVM; empty: none
  std::string audit_file;  // empty: none
  std::string agent_thread_prefix;                  // empty: no agent
  std::map<std::string, std::string> log_patterns;  // the agent profile's, with {class}
  std::vector<std::string> volumes;  // paths in the container whose use is summed to volume.used
  std::vector<std::string> secrets;  // never stored: replaced in log lines by "***"
};

// One start of the JVM. `sidecar` may be null (nothing that needs it is observed, and that is
// said); it must stay until end_segment() has returned.
struct Segment {
  std::int64_t number = 0;
  std::string container;
  int port = 0;  // on 127.0.0.1
  sidecar::Sidecar* sidecar = nullptr;
};

// What was last seen, for the live display.
struct Latest {
  std::optional<std::int64_t> heap_bytes;
  std::optional<double> cpu_share;  // of one core
  std::optional<std::int64_t> rss_bytes, threads, descriptors;
};

class ProbeSet {
 public:
  // All must outlive it. Nothing is started.
  ProbeSet(const engine::Client& engine, history::Store& store, const Clock& clock,
           ProbeOptions options);
  ~ProbeSet();  // stop()
  ProbeSet(const ProbeSet&) = delete;
  ProbeSet& operator=(const ProbeSet&) = delete;

  // The probes of the whole run: clock, host, bhsim itself, engine events, resource-metrics.csv.
  // Once.
  Result<void> start();
  // The probes of one JVM. Ends the segment before, if any.
  void begin_segment(const Segment& segment);
  // Each reads what is there a last time (logs to their end) as far as the side-car still lives; at
  // most about 10 s.
  void end_segment();
  // Ends all; stores the facts "probes" and "resource_metrics". Idempotent.
  void stop();

  // The runner calls these between begin_segment and end_segment, from any one thread.

  // Full collections, and the bytes of all objects that are left, by the JVM's own class histogram,
  // as sample heap.live; the first and the newest histogram of each JVM are kept in artifacts/.
  // The bytes. The runner writes the gc window around the call; it takes up to about 2 s.
  Result<std::int64_t> force_collection(std::stop_token stop);
  // A thread dump now, beside those each 30 s: into artifacts/ and as a row.
  Result<void> dump_threads();

  [[nodiscard]] Latest latest() const;
  // Thread dumps so far in which the JVM tells of a deadlock.
  [[nodiscard]] std::int64_t deadlocks() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bhsim::probes
