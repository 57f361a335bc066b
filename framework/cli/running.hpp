#pragma once
// What `bhsim run` does with one simulation, and with all of them in turn.

#include <optional>
#include <stop_token>
#include <string>

#include "checks/check.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/config/build.hpp"

namespace bhsim::cli {

// The command line of `bhsim run`.
struct RunWords {
  config::PlanRequest request;
  std::string duration;
  std::string intensity;  // of the faults; as --set faults.intensity
  std::string engine;
  Path out = "runs";
  bool abort_on_fail = false;
  bool keep = false;
  bool dry_run = false;
};

// The request as the command line has it, for the simulation that it names.
Result<config::PlanRequest> request_of(const RunWords& words);

// One run, from the plan to its reports.
struct RunDone {
  int exit_code = 0;
  std::string id;
  Path directory;                             // empty: the run did not begin, nothing is kept
  std::optional<checks::RunVerdict> verdict;  // nothing: there is none to be had
};
// Runs, judges, reports, and prints all the while; `stop` ends the run in order.
RunDone run_plan(const RunWords& words, config::Plan plan, std::stop_token stop);

// `bhsim run all`: the simulations of phase 9.2 in turn, then the readiness report over their runs.
// The exit code is that of the worst run.
int run_all(const RunWords& words);

// Pure: a failure weighs most, then what could not be run, then what proves nothing; and whatever
// was interrupted is called so.
int worst_exit_code(const std::vector<int>& codes);

}  // namespace bhsim::cli
