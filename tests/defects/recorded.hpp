#pragma once
// Recorded histories: the shrunk stores of real runs, each with a planted defect, judged against
// tests/defects/defects.yml. A new recording is a file (tests/defects/record); nothing here knows
// their names.

#include <set>
#include <string>
#include <vector>

#include "checks/check.hpp"
#include "framework/base/files.hpp"

namespace bhsim::defects {

// What one defect of defects.yml must and may turn red. Of several in one run, "one+other", each
// must and may what its own line says.
struct Expected {
  std::set<std::string> must_be_red;
  std::set<std::string> may_be_red;
};
Result<Expected> expected(const Path& defects_yml, const std::string& defects);

// All DEFECT.db.gz of a folder, sorted; nothing when there is no such folder.
std::vector<std::string> recordings(const Path& folder);

struct Judged {
  std::string run_id;
  std::uint64_t seed = 0;
  checks::RunVerdict verdict;
};
// Judges a store by the plan that it holds.
Result<Judged> judge_store(const Path& database);
// Likewise DEFECT.db.gz, unpacked.
Result<Judged> judge_recording(const Path& gz);

// One sentence for each check that is red and must not be, or is not and must; and for a run
// without a defect that did not pass: what is inconclusive shows no false alarm because it shows
// nothing.
std::vector<std::string> complaints(const checks::RunVerdict& verdict, const Expected& expected);
std::vector<std::string> red(const checks::RunVerdict& verdict);

}  // namespace bhsim::defects
