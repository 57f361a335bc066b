#pragma once
// `faults:` of a phase.

#include "framework/config/loaders.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {

FaultSchedule read_fault_schedule(YamlReader faults);

}  // namespace bhsim::config
