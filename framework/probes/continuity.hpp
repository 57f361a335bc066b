#pragma once
// What outlives one JVM: where its growing files were left, so that nothing is taken twice and
// nothing left out when the application is started again.

#include <array>
#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "framework/base/clock.hpp"
#include "framework/probes/tail.hpp"

namespace bhsim::probes {

// The newest forced collections: what System.gc() in the GC log was ours. Thread-safe.
class ForcedCollections {
 public:
  void begin(Time t);
  void end(Time t);
  // The log's line comes within a second of the collection's end.
  [[nodiscard]] bool contains(Time t) const;

 private:
  static constexpr std::size_t kKept = 32;
  mutable std::mutex mutex_;
  std::array<std::pair<Time, std::optional<Time>>, kKept> spans_{};
  std::size_t count_ = 0;
};

struct Continuity {
  ForcedCollections forced;
  std::atomic<std::int64_t> dumps{0};
  std::atomic<std::int64_t> lock_waits{0};  // threads of the newest dump that ask for a lock
  std::atomic<std::int64_t> deadlocks{0};   // dumps in which the JVM tells of one
  std::atomic<int> attach_failures{0};      // in a row
  // Each of these is used by one probe at a time: the one of the JVM that runs.
  TailPosition audit;
  std::int64_t log_until_ns = 0;  // the engine's time of the newest log line that was taken
  std::map<std::string, std::int64_t, std::less<>> log_rows;  // by level
  std::int64_t log_rows_dropped = 0;
  std::int64_t log_errors = 0;
  std::int64_t log_bytes = 0;
};

}  // namespace bhsim::probes
