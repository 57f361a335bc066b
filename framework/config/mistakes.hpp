#pragma once
// The configurations that an agent is tried with to see whether it obeys its keys: wrong ones, one
// mistake each, and one that turns everything off. Pure.

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

// With everything off that can be: circuit breaker, rollback, metrics, recording, retries. The
// health-check-interval is as short as for the rollback, so that off is not merely late.
ProductionConfig all_off(const Plan& plan);

}  // namespace bhsim::config
