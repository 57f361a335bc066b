#pragma once
// Which required checks a plan can feed. One that it cannot becomes advisory, with the reason,
// before anything starts.

#include <map>
#include <string>

#include "framework/config/plan.hpp"

namespace bhsim::config {

// The least that a proportion is judged on.
inline constexpr std::int64_t kFewestTrials = 21;

// What a plan offers to its checks.
struct Supply {
  std::int64_t valid_swaps = 0;  // under load
  std::int64_t bad_swaps = 0;
  std::int64_t groups = 0;   // swapped together
  std::int64_t at_once = 0;  // classes of deliveries that have company at the same instant
  std::int64_t kills = 0;
  std::int64_t collections = 0;       // forced, in one life of the JVM, the most
  std::int64_t late_collections = 0;  // of these in the last half of its longest life
  Nanos steady{};  // the phases with swaps all through, or without swaps the measured ones
  Nanos calm{};    // of a JVM that is a minute old, away from swaps, forced collections and faults
  double requests = 0;     // planned in the measured phases
  double outage = 0;       // planned_outage_share
  bool drain = false;      // an audit
  std::int64_t pairs = 0;  // of JVMs with and without the agent
  Nanos pair_warm_up{};
};
Supply supply_of(const Plan& plan);

// Of plan.required: id → why it cannot be fed. What contract or profile do not claim is left to the
// check, which says "not applicable" of it.
std::map<std::string, std::string> demotions(const Plan& plan);

}  // namespace bhsim::config
