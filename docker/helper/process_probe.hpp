#pragma once
// What /proc says about the target process, once a second.

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "docker/helper/args.hpp"

namespace bhsim::helper {

// Keeps the CPU of threads across looks, so that the figures of those that have ended stay in the
// sums.
class ProcessProbe {
 public:
  ProcessProbe(int pid, std::string agent_prefix);
  // Null when the process is not there.
  Json look();

 private:
  struct Thread {
    std::int64_t cpu_ns = 0;
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
};

}  // namespace bhsim::helper
