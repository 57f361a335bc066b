#pragma once
// The helper's "tick" line as a Tick.

#include <nlohmann/json_fwd.hpp>
#include <optional>

#include "framework/sidecar/tick.hpp"

namespace bhsim::sidecar {

// Nothing when the line is not of our protocol. Total on any input.
std::optional<Tick> parse_tick(const nlohmann::json& line);

}  // namespace bhsim::sidecar
