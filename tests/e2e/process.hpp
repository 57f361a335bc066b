#pragma once
// A child process of a test: started, heard, signalled, waited for; killed at the end of its life.

#include <sys/types.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"

namespace bhsim::test {

// Exit codes of bhsim.
inline constexpr int kFail = 1, kInconclusive = 2, kUsage = 3, kEngine = 4, kInterrupted = 130;

class Process {
 public:
  // Output and error go to one file below `folder`.
  Process(const std::vector<std::string>& words, const Path& folder);
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  [[nodiscard]] pid_t pid() const { return pid_; }
  void signal(int number) const;
  // The exit code, 128 + n for signal n, or -1 when it did not end in time.
  int wait(Nanos patience);
  [[nodiscard]] bool running();
  [[nodiscard]] std::string output() const;

 private:
  pid_t pid_ = -1;
  int status_ = -1;
  Path log_;
};

// Looks every 50 ms until `holds` or the patience is over.
bool eventually(Nanos patience, const std::function<bool()>& holds);

struct Ended {
  int code = -1;
  std::string output;
};
// bhsim with these words, to its end.
Ended bhsim(std::vector<std::string> words, Nanos patience = std::chrono::minutes(1));

}  // namespace bhsim::test
