#pragma once
// Ctrl-C and SIGTERM as a stop token. Once: the command ends in order. Twice: the process ends at
// once, and the guard, `bhsim recover` or `bhsim clean` finishes the job.

#include <memory>
#include <stop_token>

namespace bhsim::cli {

// One at a time. While it lives, SIGINT and SIGTERM are taken by a thread of its own (signalfd), so
// the handler may do anything; SIGPIPE is ignored.
class Interrupt {
 public:
  Interrupt();
  ~Interrupt();
  Interrupt(const Interrupt&) = delete;
  Interrupt& operator=(const Interrupt&) = delete;
  [[nodiscard]] std::stop_token token() const;
  [[nodiscard]] bool requested() const { return token().stop_requested(); }

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bhsim::cli
