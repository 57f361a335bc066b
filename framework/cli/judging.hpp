#pragma once
// From a stored run to its verdict and reports: what run, check, report and recover do at their
// end.

#include "checks/check.hpp"
#include "framework/base/files.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/plan.hpp"
#include "framework/history/history.hpp"

namespace bhsim::cli {

struct JudgedRun {
  config::Plan plan;
  history::History history;
  checks::RunVerdict verdict;
};

// Opens the store, takes the plan from it, judges.
Result<JudgedRun> judge_run(const Path& run_directory);

// The limits that the checks know, for files of thresholds.
std::vector<config::KnownLimit> known_limits();

enum class Reports { write, skip };
// Judges, writes the reports if asked, prints the end block; the exit code of the verdict.
int conclude(std::string_view command, const Path& run_directory, Reports reports);

}  // namespace bhsim::cli
