#pragma once
// What the helper reports once a second about process 1 of its namespace (docs/sidecar.md).

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"

namespace bhsim::sidecar {

// From /proc. The CPU of threads is cumulative since their birth; what threads used that ended
// before the subscription's first look, or lived between two looks, is in `cpu_process` only.
struct ProcessTick {
  std::int64_t threads = 0;
  std::int64_t rss_bytes = 0;
  std::optional<std::int64_t>
      descriptors;      // open ones; nothing when /proc/<pid>/fd is not readable
  Nanos cpu_threads{};  // of all threads by schedstat, those included that have ended since
  Nanos cpu_agent{};    // of the threads whose name begins with the agent's prefix, likewise
  Nanos cpu_process{};  // utime + stime: covers threads that lived between two ticks, in steps of
                        // 10 ms
  std::int64_t agent_threads = 0;  // alive now
};

// From the JVM's own counters (hsperfdata), what jstat reads.
struct JvmTick {
  std::int64_t heap_used = 0;       // bytes, all generations
  std::int64_t heap_committed = 0;  // bytes
  std::int64_t metaspace_used = 0;  // bytes
  std::int64_t classes_loaded = 0;  // loaded minus unloaded
  std::int64_t classes_unloaded = 0;
  std::int64_t gc_count = 0;
  Nanos gc_time{};         // cumulative
  Nanos safepoint_time{};  // cumulative
  std::int64_t safepoints = 0;
};

struct Tick {
  Time t;                              // when the helper looked
  std::optional<ProcessTick> process;  // nothing when the process is gone or not to be seen
  std::optional<JvmTick> jvm;          // nothing before the JVM has written its counters
  std::int64_t missed = 0;             // ticks that the helper could not make in time, so far
};

}  // namespace bhsim::sidecar
