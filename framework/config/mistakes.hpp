#pragma once
// The configurations that an agent is tried with to see whether it obeys its keys: wrong ones, one
// mistake each; one that turns everything off; and those whose limits are short enough to be seen.
// Pure.

#include <string>
#include <vector>

#include "framework/config/plan.hpp"

namespace bhsim::config {

struct Mistake {
  std::string key;    // "performance.validation-timeout"; of an unknown one as it is misspelt
  std::string value;  // as it stands in the file
  std::string text;   // the whole file
};

// One key that there is not, and then each of the nine with a value of another type; all else is as
// the plan has it. In the order of the document.
std::vector<Mistake> mistakes_of(const Plan& plan);

// With everything off that can be: circuit breaker, rollback, metrics, recording, retries; two
// changes at once. The health-check-interval is as short as for the rollback, so that off is not
// merely late.
ProductionConfig all_off(const Plan& plan);
// With a short validation-timeout, the attempts of the document and an interval of health checks
// that can be watched; no breaker and no rollback in the way.
ProductionConfig strained(const Plan& plan);
// The same with a short redefinition-timeout, one change at a time and another interval.
ProductionConfig stalled(const Plan& plan);
// How long each redefinition is held up of several changes that come at once. Three of them take
// less than a redefinition may, so that nobody is late who counts from when it came.
inline constexpr Nanos kHeldInABurst = std::chrono::milliseconds(500);
// How many intervals a cadence of health checks is watched for, at the least.
inline constexpr int kIntervalsWatched = 6;

}  // namespace bhsim::config
