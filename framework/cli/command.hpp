#pragma once
// What the commands share: the options that several have, where bhsim's files are, and how an Error
// becomes an exit code.

#include <memory>
#include <string>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace CLI {
class App;
}

namespace bhsim::cli {

enum Exit : int {
  kPass = 0,
  kFail = 1,
  kInconclusive = 2,
  kUsage = 3,
  kEngine = 4,
  kInternal = 70,
  kInterrupted = 130
};

int exit_code(const Error& error);
// Prints "bhsim COMMAND: …" to standard error and returns the exit code.
int complain(std::string_view command, const Error& error);

// Where simulations/ and configs/ lie: BHSIM_HOME, else the folder that bhsim was built from.
Path resources_root();
// Where the build put what goes into images: BHSIM_DOCKER, else the build folder that this program
// lies in.
Path docker_root();

// RUN of check and report: a run directory, or a run id or its unique beginning below --out, or
// "last".
Result<Path> find_run(std::string_view word, const Path& out);

// One command: adds its options to `parent` and returns what to call when it was chosen.
struct Command {
  std::string_view name;
  void (*add)(CLI::App& command, int& exit_code);
  std::string_view summary;
};
// The explicit table of commands; a new one is one file and one line.
const std::vector<Command>& commands();
// bhsim's whole command line: all commands with all their options. `result` gets the exit code.
void add_everything(CLI::App& app, int& result);

}  // namespace bhsim::cli
