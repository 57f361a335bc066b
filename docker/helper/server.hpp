#pragma once
// `bhsim-helper serve`: requests from standard input, answers and ticks on standard output, one
// JSON object a line.

#include <string>

namespace bhsim::helper {

struct ServerOptions {
  int pid = 1;               // the JVM, as this pid namespace numbers it
  std::string tmp = "/tmp";  // the JVM's
};

// Runs until standard input ends or standard output can no longer be written; returns the exit
// code.
int serve(const ServerOptions& options);

}  // namespace bhsim::helper
