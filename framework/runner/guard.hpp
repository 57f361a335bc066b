#pragma once
// The dead man's switch. A second process, started and heard from before the first thing is created
// on the engine, waits at a pipe that only the run holds open. When the run says that it has
// cleaned up, the guard leaves; when the pipe closes without that word (kill -9, crash, a clean-up
// that the engine did not let happen), the guard heals faults, removes what carries the run's label
// and seals the store. An engine that does not answer is tried again for ten minutes.

#include <string>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::runner {

struct GuardOrder {
  std::string run_id;
  std::string engine_url;  // as given to --engine; empty: discovered again
  Path run_directory;
};

class Guard {
 public:
  // Starts `bhsim guard …` in a session of its own and waits for its first word, at most 10 s.
  // `inherited_fd` (the engine's lock) stays open in it.
  static Result<Guard> start(const GuardOrder& order, int inherited_fd);
  Guard(Guard&&) noexcept = default;
  Guard& operator=(Guard&&) noexcept = default;
  ~Guard() = default;  // closing the pipe without release() makes the guard clean up

  [[nodiscard]] int pid() const { return pid_; }

  // Everything is cleaned up: the guard may leave. Waits for its end, at most 10 s.
  Result<void> release();

 private:
  Guard(UniqueFd pipe, int pid) : pipe_(std::move(pipe)), pid_(pid) {}
  UniqueFd pipe_;
  int pid_;
};

// The guard's own side: says "ready", waits for the run's end on standard input, and acts. The exit
// code of the process.
int guard_main(const GuardOrder& order);

}  // namespace bhsim::runner
