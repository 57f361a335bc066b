#pragma once
// What /proc says about the target process, once a second.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "docker/helper/args.hpp"
#include "framework/base/result.hpp"

namespace bhsim::helper {

// Keeps the CPU of threads across looks, so that the figures of those that have ended stay in the
// sums.
class ProcessProbe {
 public:
  ProcessProbe(int pid, std::string agent_prefix);
  // Null when the process is not there.
  Json look();
  // [{name, cpu}]: all CPU so far by the name of the thread, whose digits are '#'; of threads that
  // have ended what they had used at the last look. Null when the process is not there.
  Json threads();

 private:
  struct Thread {
    std::int64_t cpu_ns = 0;
    std::string name;
    bool agent = false;
    bool seen = false;
  };
  // Reads each thread's schedstat and name; returns false when the process is gone.
  bool look_at_threads();
  void add_thread(const std::string& task, int tid);

  const int pid_;
  const std::string folder_;
  const std::string agent_prefix_;
  std::map<int, Thread> threads_;
  std::int64_t cpu_threads_ns_ = 0;
  std::int64_t cpu_agent_ns_ = 0;
  std::map<std::string, std::int64_t> cpu_by_name_ns_;
};

// CPU of the whole process so far by its own clock: to the nanosecond, threads included that have
// ended.
Result<std::int64_t> process_clock_ns(int pid);

}  // namespace bhsim::helper
