#pragma once
// A log for each failure scenario of section 9.2.5, as the document's script counts it: a line with
// ERROR for each thing that went wrong and was noticed, a line with RECOVERED for each time that
// all was right again. Made from what was observed, after the run and before it is sealed.

#include <cstdint>
#include <string>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"
#include "framework/history/history.hpp"
#include "framework/history/store.hpp"

namespace bhsim::runner {

struct ScenarioLog {
  std::string scenario;  // of config::kScenarios
  std::string text;
  std::int64_t brought = 0;  // failures of this scenario that the run brought
  std::int64_t errors = 0;   // of them, refused, or seen to act
  std::int64_t recovered = 0;
};

// All five, in the document's order; none when the plan brings no failure at all. A scenario of
// which nothing was brought says so in its log.
std::vector<ScenarioLog> scenario_logs(const config::Plan& plan, const history::History& history);

// Writes them as artifacts/app-SCENARIO.log and their counts as fact "scenarios".
Result<void> keep_scenario_logs(const config::Plan& plan, const Path& run_directory,
                                history::Store& store);

}  // namespace bhsim::runner
