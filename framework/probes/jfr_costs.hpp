#pragma once
// What flight recordings tell of a run: where CPU, memory and time went, and what Java threads have
// allocated over time. Chunk by chunk, so that memory is bounded by the largest chunk and by the
// number of different methods, whatever the length of the run. No engine, no JVM, no clock.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/probes/jfr_chunk.hpp"

namespace bhsim::probes::jfr {

// A row of table cost, in wall time (framework/history/records.hpp).
struct Dear {
  std::string what, stack;
  std::int64_t samples = 0, agent_samples = 0;
  double weight = 0;  // samples, bytes or nanoseconds
  double share = 0;
  std::optional<WallTime> t;
};

// All Java threads together, and the agent's own, since the first recording.
struct Allocated {
  WallTime t;
  std::int64_t bytes = 0, agent_bytes = 0;
};

struct FileReport {
  std::int64_t chunks = 0, events = 0;
  std::optional<WallTime> from, to;  // nothing: no chunk could be read
  bool whole = true;                 // false: it ends in the middle of something
  std::string trouble;               // why some of it could not be read; empty: nothing
};

class Costs {
 public:
  // A thread whose name begins so is the agent's; empty: there is no agent.
  explicit Costs(std::string agent_thread_prefix) : prefix_(std::move(agent_thread_prefix)) {}

  // Recordings in the order of time. `life` names the JVM that wrote it: files of one JVM follow
  // each other. A chunk that was read before, in another file, is left out.
  FileReport read(const Path& file, const std::string& life);

  // The dearest of each kind, at most `most`: "cpu", "allocation", "lock" and "pause".
  [[nodiscard]] std::map<std::string, std::vector<Dear>> dearest(std::size_t most) const;
  [[nodiscard]] const std::vector<Allocated>& allocated() const { return allocated_; }

 private:
  struct Tally {
    std::int64_t samples = 0, agent_samples = 0;
    double weight = 0;
    std::map<std::string, double> stacks;
  };
  using Kind = std::unordered_map<std::string, Tally>;
  class Names;

  // Takes the chunk that begins in `bytes`; how many of them it has by its own word.
  std::uintmax_t note(const std::string& bytes, FileReport& report);
  void take(const Chunk& chunk);
  void take_sampled(const Chunk& chunk, Names& names, std::string_view event, Kind& kind,
                    std::string_view thread, std::string_view object, std::string_view weight);
  void take_pauses(const Chunk& chunk, Names& names);
  void take_allocated(const Chunk& chunk, Names& names);
  void add_pause(Dear pause);

  const std::string prefix_;
  Kind cpu_, allocation_, lock_;
  std::vector<Dear> pauses_;  // the longest, unordered
  double pause_ns_ = 0;
  std::set<WallTime> chunks_;  // their starts
  std::string life_;
  std::unordered_map<std::int64_t, std::int64_t> threads_;  // of this life: bytes so far
  std::int64_t allocated_bytes_ = 0, agent_bytes_ = 0;
  std::vector<Allocated> allocated_;
};

}  // namespace bhsim::probes::jfr
