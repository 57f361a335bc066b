#pragma once
// The run: from a plan to a sealed store. Data goes one way: nothing after "sealed" touches the
// engine.

#include <functional>
#include <stop_token>
#include <string>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"
#include "framework/history/live.hpp"

namespace bhsim::runner {

struct RunOptions {
  config::Plan plan;
  std::string run_id;          // new_run_id()
  std::string engine_url;      // --engine; empty: discovered
  Path out = "runs";           // the run directory is made below it
  Path resources;              // docker/ sources; --app of our own build from here
  Path docker;                 // what the build made for images
  bool abort_on_fail = false;  // end as soon as a required check cannot pass any more
  bool keep = false;           // leave the containers for a look; `bhsim clean` removes them
};

// What the run tells while it goes on. Called from one thread at a time, at most some times a
// second.
struct Observer {
  std::function<void(const std::string& line)> notice = [](const std::string&) {};
  std::function<void(const history::LiveState& state)> live = [](const history::LiveState&) {};
  std::function<void()> load_ended = [] {};  // no more live() after it
};

enum class RunEnd { completed, interrupted, aborted };

struct RunOutcome {
  RunEnd end = RunEnd::completed;
  std::string detail;  // why it was aborted
};

// "20261125-021104-7f3a": start in UTC and a piece of chance, sortable by time.
std::string new_run_id(WallTime start, std::uint64_t chance);

// Runs the plan. An Error: the application under load did not become ready, for whatever reason
// (`stop` is one); nothing was measured and nothing is left behind, no run directory either.
// Otherwise the store in out/run_id is sealed, whatever happened. `stop` once: heal, clean up,
// seal.
Result<RunOutcome> run(const RunOptions& options, const Observer& observer, std::stop_token stop);

}  // namespace bhsim::runner
