#pragma once
// From judged runs to the 20 success criteria. Pure.
//
// A criterion passes when each of its checks passed in a run of each simulation that it names, and
// neither failed nor was left open in any run that it decides. What is not there is inconclusive.

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checks/check.hpp"
#include "checks/criteria.hpp"

namespace bhsim::checks {

// A run that counts: valid, complete (or failed before its end), of the application and agent that
// are assessed, the newest of its simulation.
struct CountedRun {
  std::string id;
  Path directory;
  std::string started;    // wall time of the start of the load; empty when unknown
  std::string cut_short;  // how, when it ended before its time
  config::Plan plan;
  RunVerdict verdict;
};

// What the automated tests came to, from the file that they wrote.
struct TestResults {
  std::string file;
  std::int64_t passed = 0, failed = 0, skipped = 0;
  std::vector<std::string> failures;  // the names of the first few
};

// What did not hold, did not suffice, or what a pass rests on: one verdict of one check in one run,
// or that there is none.
struct Part {
  std::string check;  // id; empty for tests and persons
  Status status = Status::inconclusive;
  std::string because;
  std::string simulation;  // empty when no run is needed
  std::string run;         // id; empty: there is none
  std::optional<Verdict> verdict;
  std::string command;  // what would give the evidence that lacks; empty: nothing of this version
};

struct JudgedCriterion {
  const Criterion* criterion = nullptr;
  Status status = Status::inconclusive;
  std::vector<Part> parts;
};

struct Assessment {
  RunStatus status = RunStatus::inconclusive;  // never invalid
  std::string because;
  std::vector<JudgedCriterion> criteria;  // all 20
  // Required checks of the runs that no criterion names, as far as they did not pass. They count:
  // who fails for want of security is not ready.
  std::vector<Part> beside;
};

// `subject` are the words of a command line that runs the same application and agent
// ("--agent=bytehot"); empty for the bundled ones. At most one run a simulation.
Assessment assess(std::span<const CountedRun> runs, const std::optional<TestResults>& tests,
                  std::string_view subject);

// The parts of one status, those with the same sentence together.
struct Reason {
  std::vector<std::string> checks;  // ids, each once
  std::string because;
};
std::vector<Reason> reasons_of(std::span<const Part> parts, Status status);

// What would give the evidence that lacks, each command once, with the ids of the criteria that
// wait for it.
struct Task {
  std::string command;
  std::vector<std::string> criteria;
};
std::vector<Task> tasks_of(const Assessment& assessment);

}  // namespace bhsim::checks
