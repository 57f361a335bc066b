#pragma once
// What must hold before anything is created; also what `bhsim doctor` prints.

#include <string>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"
#include "framework/engine/client.hpp"

namespace bhsim::runner {

struct Finding {
  enum class Level { good, warning, bad };
  Level level = Level::good;
  std::string what;  // "engine 20.10.24, API 1.41 at unix:///var/run/docker.sock"
  std::string todo;  // what to do about it; empty when good
};

// What this machine offers; read once, so that the judgement is pure.
struct Machine {
  int cores = 0;
  std::int64_t memory_available = 0;  // bytes
  std::int64_t disk_available = 0;    // bytes, where run directories go
};
Machine this_machine(const Path& out);

// `plan` may be absent (doctor): then the least that any run needs.
std::vector<Finding> examine(const Machine& machine, const config::Plan* plan);
Finding describe_engine(const engine::Client& engine);

// An Error with all that is bad, one a line.
Result<void> preflight(const Machine& machine, const config::Plan& plan);
// Refuses a plan that breaks what this engine cannot break, with each reason.
Result<void> faults_possible(const engine::Client& engine, const config::Plan& plan);

}  // namespace bhsim::runner
