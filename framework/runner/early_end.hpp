#pragma once
// When a run should end before its time. What is decided here is only that it goes on or not; the
// verdict is that of the checks, over what was stored.

#include <cstdint>
#include <optional>
#include <string>

#include "framework/config/plan.hpp"
#include "framework/history/records.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

// What a run knows of itself while it goes on, and what can only grow.
struct LiveCounts {
  std::int64_t errors = 0;          // requests that have ended, and not ok
  std::int64_t went_back = 0;       // generations that went back or are unknown
  std::int64_t writes_lost = 0;     // acknowledged, and not there when read back
  std::int64_t writes_altered = 0;  // there, and not what was written, or twice
};

// The first of the plan's required checks that fails whatever may still come, and why:
// "CONC-03: 2 responses by …". Nothing while all can still pass. A check with a waiver is left out.
std::optional<std::string> cannot_pass(const config::Plan& plan, const LiveCounts& counts);

// How the run ends for an application that is gone: "STAB-01: it ended by itself …" and the like.
// What was asked for through the engine is nobody's failure, and names no check.
std::string gone(const UnplannedEnd& end);

// Stores such an end as it is to be judged; gone() as the run's Error.
Error keep_end(const UnplannedEnd& end, history::Store& store);
// What happened to the application since `seen_running` is not its own doing.
void keep_disturbance(Time seen_running, std::string_view what, history::Store& store);

}  // namespace bhsim::runner
