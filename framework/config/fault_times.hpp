#pragma once
// When the faults of a phase happen, and how long each is held. Why it is done so:
// docs/decisions/020-when-swaps-and-faults-happen.md.

#include "framework/config/timeline.hpp"

namespace bhsim::config {

// Within `budget` of reckoned outage where one of each kind fits; without ids.
std::vector<PlannedFault> plan_faults(const TimelineRequest& request, const FaultSchedule& schedule,
                                      const PlannedPhase& phase, Nanos budget, Dice& dice);

// From its beginning to its undo, as it is reckoned: with its twin.
Nanos reckoned_length(const PlannedFault& fault);

// Whether a fault of that kind lies between the application and its clients; between it and what it
// depends on is another place.
bool lies_in_the_network(std::string_view kind);

}  // namespace bhsim::config
