#pragma once
// The conformance item of bad swaps, and when its next change may come.

#include <stop_token>

#include "framework/history/item_record.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

// Delivers the plan's bad swaps, each followed by a valid one, under a light load; rows of swap
// with role "bad-swaps".
Result<void> conform_bad_swaps(const Setting& setting, history::Store& store,
                               const Path& run_directory, std::stop_token stop);

// When `next` is delivered after `last`, of which `attempt` tells what was seen: as planned; sooner
// once `last` is served, or is invalid and the agent said that it refused it, and a moment has
// passed in which nothing else was seen of it. `tells`: the agent's profile says how it tells a
// refusal; any other complaint in the log is no reason to stop watching.
Time next_bad_swap(const config::PlannedSwap& last, const history::ItemAttempt& attempt,
                   const config::PlannedSwap& next, bool tells);

}  // namespace bhsim::runner
