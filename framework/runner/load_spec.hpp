#pragma once
// From the plan's load profile and contract to what the load engine runs.

#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::runner {

// `start` is the planned time zero; the load lasts as long as the plan's phases.
// Pure, so without the values of the data sets.
load::LoadSpec to_load_spec(const config::Plan& plan, const load::Target& target, Time start);
// The same with its data sets read. An Error: a file is not there any more, or not as it was when
// the plan was made.
Result<load::LoadSpec> to_whole_load_spec(const config::Plan& plan, const load::Target& target,
                                          Time start);

// Operations, skus and data sets of a load profile's YAML, for `bhsim load`.
Result<load::OperationMix> read_operation_mix(const Path& file);

}  // namespace bhsim::runner
