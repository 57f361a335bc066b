#pragma once
// What came of each fault, by what clients saw (the requests of the load, and a prober that asks
// ten times a second) and by what a monitor sees. Checks judge it, reports show it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checks/select.hpp"

namespace bhsim::checks {

struct Aftermath {
  const Fault* fault = nullptr;   // of the history
  Time begin;                     // its intent; of one on the way, the end of its twin
  std::optional<Nanos> recovery;  // from its undo to the first of five good windows in a row
  Nanos watched{};                // from there to the next fault, or to the end
  bool probed = false;            // by the prober, in that time
  Nanos harm{};                   // from its beginning to the recovery, in whole seconds
  std::optional<Nanos> alarm;     // from its beginning to the first sign of it
  // From its beginning until more requests had failed within a second than REL-01 lets pass, as
  // clients know it: what an alert on their error rate sees.
  std::optional<Nanos> error_rate_alarm;
  bool monitored = false;   // from its beginning to the recovery
  bool on_the_way = false;  // between clients and application: a monitor beside it sees nothing

  // Its blast radius: the operations of the load from its beginning to the recovery, and of them,
  // by name, those of which more requests failed than REL-01 lets pass.
  std::int64_t operations = 0;
  std::vector<std::string> touched;
  std::int64_t requests = 0, failed = 0;
};

// Of every fault that acted and was undone, in order. `history` outlives it.
std::vector<Aftermath> aftermaths(const Plan& plan, const History& history);

// Not enough time to call it one that stays, or nobody looked: REL-04 and REL-05 leave it out.
bool undecided(const Plan& plan, const Aftermath& one);

}  // namespace bhsim::checks
