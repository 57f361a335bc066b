#pragma once
// What this host and its engine offer to faults.

#include "framework/engine/client.hpp"
#include "framework/faults/catalogue.hpp"

namespace bhsim::faults {

// Asks the engine; `refused` stands in Host::engine_unknown when it does not answer.
Host host_of(const engine::Client& engine);

// Refuses, with each reason, what of these kinds is not possible here.
Result<void> possible_here(const std::vector<std::string>& kinds, const Host& host);

}  // namespace bhsim::faults
