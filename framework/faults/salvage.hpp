#pragma once
// What is done on the engine about a run that ended without its own clean-up: faults undone, and
// all that carries its label removed. For the guard and for `bhsim recover`.

#include <chrono>
#include <string>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/faults/fault.hpp"

namespace bhsim::faults {

struct Remains {
  std::string engine_url;  // as given to --engine; empty: discovered again
  std::string run_id;
  Path run_directory;
};

struct SalvagePatience {
  // As long an engine may be away (restarted, overloaded): no try begins later. 0: one try.
  Nanos total{};
  Nanos between = std::chrono::seconds(2);
  // What is clean is looked at again so much later: a request that the run had sent before it died
  // may still be at work in the engine, and make something.
  Nanos settles{};
  CleanupLimits cleanup = {};  // of each try
};

// Tries until nothing of the run is left on the engine or the patience is at its end; each further
// try is told in the log. Faults of a run whose store is sealed are undone without a word in the
// journal, which is sealed with it. Idempotent. An Error: something is left, the engine could not
// be asked, the journal is damaged, or, at the last look, a fault could not be undone before its
// container was removed.
Result<void> salvage(const Remains& remains, const Ask& ask, const Clock& clock,
                     const SalvagePatience& patience = {});

}  // namespace bhsim::faults
