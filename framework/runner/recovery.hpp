#pragma once
// What is done about a run that ended without its own clean-up, by the guard at once or by `bhsim
// recover` later.

#include <string_view>

#include "framework/base/result.hpp"
#include "framework/faults/salvage.hpp"

namespace bhsim::runner {

// Heals every fault that the journal does not show as healed, removes all that carries the run's
// label from the engine, and seals the store as ended by `reason`. Idempotent; each step is tried
// even when an earlier one failed, and the first failure is returned.
Result<void> recover_run(const faults::Remains& remains, std::string_view reason,
                         const faults::SalvagePatience& patience = {});

}  // namespace bhsim::runner
