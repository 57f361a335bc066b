#pragma once
// `bhsim load --rate=search`: runs the trials of a capacity search.

#include <ostream>
#include <stop_token>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/load/capacity_report.hpp"
#include "framework/load/command.hpp"

namespace bhsim::load {

// Where a search is watched.
struct SearchConsole {
  std::ostream& out;             // what is planned, a line a trial as it ends, the answer
  std::ostream* live = nullptr;  // a line a second while a trial lasts; null: none
};

// Runs open-loop trials of `spec` (constant or poisson; its rate, duration and seed are replaced)
// until the search ends or `stop` is requested. An Error: a trial could not be started.
Result<CapacityReport> search_capacity(const LoadSpec& spec, const CapacityOptions& options,
                                       const Clock& clock, const SearchConsole& console,
                                       const std::stop_token& stop);

// pass: found. fail: the lowest rate did not hold. invalid: unknown.
LoadVerdict load_verdict_of(CapacityVerdict verdict);

// The same for the words of a command line; writes the JSON.
Result<LoadVerdict> capacity_command(const LoadCommandOptions& options, const Clock& clock,
                                     std::ostream& out, std::ostream& err,
                                     const std::stop_token& stop);

}  // namespace bhsim::load
