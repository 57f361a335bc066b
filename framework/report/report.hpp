#pragma once
// The reports of a judged run, below `report/` of its directory (docs/reports.md). Offline: they
// need the store alone.

#include <span>
#include <string>
#include <string_view>

#include "checks/check.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"
#include "framework/history/history.hpp"

namespace bhsim::report {

struct LoadView;  // load_view.hpp

// What every reporter is made from. References stay valid during the call only.
struct Material {
  const Path& run_directory;  // as the user will name it again, in "how to run again"
  const config::Plan& plan;
  const history::History& history;
  const checks::RunVerdict& verdict;
  const LoadView& load;  // of `history`, aggregated once for all
};

struct Reporter {
  std::string_view name;
  std::string_view file;  // below report/
  std::string (*render)(const Material& material);
};

// All reporters: a new one is one file and one line. An exception of a reporter (a damaged store)
// becomes the Error of write_reports; the reports before it stay.
std::span<const Reporter> all();

// Writes every report, each whole or not at all. What was there from an earlier judgement is
// replaced.
Result<void> write_reports(const Path& run_directory, const config::Plan& plan,
                           const history::History& history, const checks::RunVerdict& verdict);

}  // namespace bhsim::report
