#pragma once
// From a file to its struct, validated. An Error of a loader is of code config (or not_found when
// the file is missing) and its message holds one complaint a line, each with file:line:column.

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"

namespace bhsim::config {

struct SwapSchedule {
  int train = 10;                          // steps in a train
  Nanos every = std::chrono::seconds(2);   // from step to step inside a train
  Nanos quiet = std::chrono::seconds(12);  // between trains: the matched quiet windows
  std::vector<std::string> variants{"valid"};
  double groups = 0;     // share of steps that deliver a whole group
  double bursts = 0;     // share of steps that deliver every class at once, one of them three times
  bool release = false;  // the last step of a train delivers every class at once
};

// One fault that a phase draws from.
struct FaultChoice {
  std::string kind;
  std::map<std::string, std::string> parameters;  // each that the kind has
  std::optional<Nanos> holds;                     // as long as it is held; else the plan decides
};
// With the kind's own values; a kind that has none for a parameter is an Error.
Result<FaultChoice> fault_choice(const std::string& kind);

struct FaultSchedule {
  Nanos every = std::chrono::seconds(
      45);                // from fault to fault, less where a phase is too short for one of each
  double outage = 0.005;  // the share of the duration for which they may silence the application
  std::vector<FaultChoice> from;
};

// The load rises to `factor` times its profile's rate, stays there, and falls again.
struct StepSchedule {
  double factor = 1.5;
  Nanos length = std::chrono::seconds(20);
  Nanos every = std::chrono::seconds(60);  // from rise to rise
};

struct SimulationPhase {
  std::string name;
  double share = 0;  // of the duration
  Nanos min{};
  std::optional<Nanos> max;
  std::optional<SwapSchedule> swaps;
  std::optional<FaultSchedule> faults;
  std::optional<StepSchedule> steps;  // in a phase of their own
};

// Pairs of fresh JVMs, one with the agent and one without (PlannedPair). A run with pairs gives
// them `share` of its duration, and its phases the rest.
struct PairSchedule {
  double share = 0.75;
  Nanos warm_up = std::chrono::seconds(10);   // closed loop; shorter where there is little time
  Nanos measured = std::chrono::seconds(28);  // likewise
  Nanos swap_every = std::chrono::seconds(4);
  int floor_every = 4;  // of so many pairs, one has no agent at all
};

// simulations/NAME.yml before a duration is known.
struct Simulation {
  std::string name, title;
  Path file;
  std::string app, agent, config, load,
      thresholds;  // names or paths; empty: the command line must say
  std::vector<std::string> jvm;
  Nanos duration = std::chrono::minutes(10);
  std::vector<SimulationPhase> phases;
  std::optional<PairSchedule> pairs;
  std::vector<std::string> conformance, audits;
  std::vector<std::string> variants;  // of the bad swaps; empty: the quick ones
  std::vector<std::string> required;  // ids and patterns as written
  std::vector<Waiver> waivers;
};

// A limit that some check reads (checks::limit_specs()): what a thresholds file is held against.
struct KnownLimit {
  std::string id;        // "LOAD-04", "LOAD-04.pause"
  std::string relation;  // ">=": a file may say ">" or "=" for it, but not "<"
  std::string unit;
};

struct Thresholds {
  std::string name;
  Path file;
  std::map<std::string, Limit> limits;
};

Result<Contract> load_contract(const Path& file);
Result<AgentProfile> load_agent_profile(const Path& file);
Result<ProductionConfig> load_production_config(const Path& file);
Result<LoadProfile> load_load_profile(const Path& file);
// The operations of a load profile with all that they name, for `bhsim load`: its name and rate may
// be left out.
Result<LoadProfile> load_operations(const Path& file);
Result<Simulation> load_simulation(const Path& file);
// With `known` empty, ids and units are taken as they stand.
Result<Thresholds> load_thresholds(const Path& file, std::span<const KnownLimit> known = {});

// The same from text; `name` is what complaints call it.
Result<Contract> parse_contract(std::string_view text, const std::string& name);
Result<AgentProfile> parse_agent_profile(std::string_view text, const std::string& name);
Result<ProductionConfig> parse_production_config(std::string_view text, const std::string& name);
Result<LoadProfile> parse_load_profile(std::string_view text, const std::string& name);
Result<LoadProfile> parse_operations(std::string_view text, const std::string& name);
Result<Simulation> parse_simulation(std::string_view text, const std::string& name);
Result<Thresholds> parse_thresholds(std::string_view text, const std::string& name,
                                    std::span<const KnownLimit> known = {});
// ">= 99 %": relation, value, unit (may be empty).
Result<Limit> parse_limit(std::string_view text);

// What the command line may call by a bare name, and the folder below the resources root where such
// a name is a file.
enum class Kind { simulation, load, app, agent, thresholds };
std::string_view folder_of(Kind kind);  // "configs/load"
std::string_view word_of(Kind kind);    // "load profile"
// "high" → ROOT/configs/load/high.yml; anything with a slash or ending in .yml or .yaml is a path
// as it stands. An unknown name is refused with the nearest one there is.
Result<Path> resolve(Kind kind, const Path& root, std::string_view name);
// All names of a kind below the root, sorted: for `bhsim list` and shell completion.
std::vector<std::string> names(Kind kind, const Path& root);
// The same for any folder of such files.
std::vector<std::string> names_in(const Path& folder);

// ROOT/configs/agents/NAME.yml, a profile's path, `none`, or a jar's path (ends in .jar): then the
// profile is the one whose name the jar's file name begins with ("bytehot-1.0-agent.jar" →
// bytehot), else `reference` is refused as a guess.
Result<AgentProfile> resolve_agent(const Path& root, std::string_view name);

}  // namespace bhsim::config
