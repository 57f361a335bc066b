#pragma once
// From files, command line and one seed to the plan of a run. Pure apart from reading the files
// that the request names: the same request gives the same plan, on every machine.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/plan.hpp"

namespace bhsim::config {

// What stands when the command line says nothing of a seed: the same command gives the same plan.
inline constexpr std::uint64_t kDefaultSeed = 42;

// The command line of `bhsim run`, as far as it shapes the plan. An empty string means that the
// simulation's own word counts.
struct PlanRequest {
  Path resources;                         // the folder that holds simulations/ and configs/
  std::string simulation = "production";  // name or path
  std::optional<Nanos> duration;
  std::string load;    // name or path
  std::string app;     // name or path of a contract
  std::string image;   // reference; replaces the contract's image
  std::string agent;   // profile name or path, jar, or "none"
  std::string config;  // path of a production-config.yml, or "none": nothing is asked of the agent
  std::string thresholds;  // name or path
  std::optional<std::uint64_t> seed;
  std::vector<std::string> set;  // KEY=VALUE; see settable_keys()
  std::vector<std::string>
      only;  // ids or patterns: only these are judged, and all of them are required
  std::vector<std::string> checks;  // every id that exists, from checks::all()
  std::vector<KnownLimit>
      limits;  // from checks::limit_specs(); empty: thresholds are taken as they stand
};

// Refuses, with code config or usage, whatever cannot be run as asked: nothing has been started by
// then.
Result<Plan> build_plan(const PlanRequest& request);

// What `--set` accepts: "load.rate", "swaps.every", "limit.PERF-04" … each with what it expects.
struct SettableKey {
  std::string key, expects;
};
std::vector<SettableKey> settable_keys();

// "REL-*" and "PERF-04" against the ids that exist, in order of id, each once. A pattern that
// matches nothing is an error with the nearest id.
Result<std::vector<std::string>> match_checks(const std::vector<std::string>& patterns,
                                              const std::vector<std::string>& checks);

// The time for which the application is unreachable by plan (pauses, and kills with the time a
// restart takes), as a share of the duration; REL-01 allows at most kPlannedOutageMax.
double planned_outage_share(const Plan& plan);
inline constexpr double kPlannedOutageMax = 0.005;

// From the first container to sealed: load, conformance, audits and what is reckoned for starting
// and ending.
Nanos total_length(const Plan& plan);

// The whole timeline for people: what `--dry-run` prints. Ends in a newline; at most 100 columns.
std::string describe(const Plan& plan);

}  // namespace bhsim::config
