#pragma once
// When the faults of a phase happen, and how long each is held. Why it is done so:
// docs/decisions/020-when-swaps-and-faults-happen.md.

#include "framework/config/timeline.hpp"

namespace bhsim::config {

// Within `budget` of reckoned outage where one of each kind fits; without ids.
std::vector<PlannedFault> plan_faults(const TimelineRequest& request, const FaultSchedule& schedule,
                                      const PlannedPhase& phase, Nanos budget, Dice& dice);

}  // namespace bhsim::config
