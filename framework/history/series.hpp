#pragma once
// The names of all sampled series, each with its unit: one table, so that a probe and a check
// cannot disagree.

#include <array>
#include <string_view>

namespace bhsim::history::series {

inline constexpr std::string_view kHeapUsed = "heap.used";            // bytes
inline constexpr std::string_view kHeapCommitted = "heap.committed";  // bytes
inline constexpr std::string_view kHeapLive = "heap.live";  // bytes after a forced full collection
inline constexpr std::string_view kMetaspaceUsed = "metaspace.used";  // bytes
inline constexpr std::string_view kClassesLoaded = "classes.loaded";  // loaded minus unloaded
inline constexpr std::string_view kThreads = "threads";               // of the process, /proc
inline constexpr std::string_view kDescriptors = "descriptors";       // open, /proc/1/fd
inline constexpr std::string_view kRss = "rss";                       // bytes, /proc/1/status
inline constexpr std::string_view kCpuApp = "cpu.app";                // ns, cumulative, cgroup
inline constexpr std::string_view kCpuAgent =
    "cpu.agent";  // ns, cumulative, the agent's own threads
inline constexpr std::string_view kThrottledPeriods = "cpu.throttled_periods";  // cumulative
inline constexpr std::string_view kPeriods = "cpu.periods";                     // cumulative
inline constexpr std::string_view kContainerMemory =
    "container.memory";  // bytes: usage - inactive_file
inline constexpr std::string_view kMemoryLimit = "container.memory_limit";  // bytes
inline constexpr std::string_view kMemoryFailures =
    "container.memory_failures";  // failcnt, cumulative
inline constexpr std::string_view kPids = "container.pids";
inline constexpr std::string_view kGcTime = "gc.time";                // ns, cumulative, hsperfdata
inline constexpr std::string_view kSafepointTime = "safepoint.time";  // ns, cumulative, hsperfdata
inline constexpr std::string_view kHostSpin = "host.spin";  // ns that a fixed piece of work took
// ns, cumulative, of a core on average: what a hypervisor gave to other machines
inline constexpr std::string_view kHostStolen = "host.stolen";
inline constexpr std::string_view kOwnCpu = "bhsim.cpu";  // ns, cumulative
inline constexpr std::string_view kOwnRss = "bhsim.rss";  // bytes
// Bytes that Java threads have allocated since the first recording, cumulative over all JVMs of the
// run; of threads that live less than a second nothing is seen. After the run, from the recordings.
inline constexpr std::string_view kAllocated = "allocated";
inline constexpr std::string_view kAllocatedAgent = "allocated.agent";  // the agent's own threads
inline constexpr std::string_view kSwapsCompleted = "metrics.hot_swaps_completed";
inline constexpr std::string_view kMetricsErrorRate = "metrics.error_rate";
inline constexpr std::string_view kMetricsRequestRate = "metrics.requests_per_second";
inline constexpr std::string_view kVolumeUsed = "volume.used";  // bytes in the run's volumes
// What the application said on standard output and error, over all its starts; cumulative, a sample
// where it changed (at most one a second), and at the beginning and end of each reading.
inline constexpr std::string_view kLogErrors = "log.errors";  // lines of level ERROR and EXCEPTION
inline constexpr std::string_view kLogBytes = "log.bytes";    // bytes

}  // namespace bhsim::history::series
