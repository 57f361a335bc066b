#include "framework/runner/recovery.hpp"

#include "framework/base/clock.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

Result<void> recover_run(const faults::Remains& remains, std::string_view reason,
                         const faults::SalvagePatience& patience) {
  auto cleaned = faults::salvage(remains, hear, system_clock(), patience);
  // Last: what the healing notes in the journal is sealed with the rest.
  auto sealed = history::seal_abandoned(remains.run_directory, reason);
  if (!cleaned) return cleaned;
  return sealed;
}

}  // namespace bhsim::runner
