#pragma once
// The flight recordings of a run, when they lie in artifacts/, as rows: table cost, series
// allocated and allocated.agent, fact "recordings". After the load: it takes a second of CPU for
// each 100 MB.

#include <string>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/history/store.hpp"

namespace bhsim::probes {

// A recording that cannot be read, or only in part, is told in the fact and is no failure.
void keep_recording_rows(const Path& run_directory, const std::string& agent_thread_prefix,
                         const Clock& clock, history::Store& store);

}  // namespace bhsim::probes
