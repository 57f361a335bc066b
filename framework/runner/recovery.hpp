#pragma once
// What is done about a run that ended without its own clean-up, by the guard at once or by `bhsim
// recover` later.

#include <string_view>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::runner {

// Heals every fault that the journal does not show as healed, removes all that carries the run's
// label from the engine, and seals the store as ended by `reason`. Idempotent; each step is tried
// even when an earlier one failed, and the first failure is returned.
Result<void> recover_run(std::string_view engine_url, std::string_view run_id,
                         const Path& run_directory, std::string_view reason);

}  // namespace bhsim::runner
