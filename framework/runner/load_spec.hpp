#pragma once
// From the plan's load profile and contract to what the load engine runs. Pure.

#include "framework/config/plan.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::runner {

// `start` is the planned time zero; the load lasts as long as the plan's phases.
load::LoadSpec to_load_spec(const config::Plan& plan, const load::Target& target, Time start);

}  // namespace bhsim::runner
