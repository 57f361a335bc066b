#pragma once
// Which runs the success criteria are assessed on, and which are left out, with why.

#include <string>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/report/readiness.hpp"

namespace bhsim::cli {

// What is assessed when there are runs of several. An empty word: the newest that counts.
struct SubjectQuery {
  std::string app;    // name of a contract, or the beginning of an image's digest
  std::string agent;  // name of a profile, or the beginning of its jar's digest
};

// The run directories below `out`.
std::vector<Path> runs_below(const Path& out);

// Of these runs: those of one application and agent (same digests), of each simulation the newest
// that is sealed, valid and complete, judged again from its store. A run that ended early counts
// when it failed: what it counted stands. Everything of the result but the assessment is filled.
// Refused, with code usage, when nothing is of that application and agent.
Result<report::Readiness> count_runs(const std::vector<Path>& directories,
                                     const SubjectQuery& query);

}  // namespace bhsim::cli
