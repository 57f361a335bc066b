#pragma once
// From stored runs to verdicts and reports: what run, check, report, recover and assess do at their
// end.

#include "checks/check.hpp"
#include "framework/base/files.hpp"
#include "framework/cli/counting.hpp"
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
// Judges, writes the reports if asked, prints the end block.
Result<checks::RunVerdict> conclude_run(const Path& run_directory, Reports reports);
// The same as the end of a command: complains when there is no verdict, else its exit code.
int conclude(std::string_view command, const Path& run_directory, Reports reports);

// Assesses the success criteria over those of the runs that count, writes the readiness report into
// out/readiness, prints it; the exit code of its verdict.
int conclude_assessment(std::string_view command, const std::vector<Path>& runs,
                        const SubjectQuery& query, const std::optional<checks::TestResults>& tests,
                        const Path& out);

}  // namespace bhsim::cli
