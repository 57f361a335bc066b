#pragma once
// A summary for people and for programs. Pure.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "framework/load/engine.hpp"

namespace bhsim::load {

// About twenty lines: rate, outcomes, percentiles from the plan and from the send, the generator
// itself, and why it is invalid.
std::string render_text(const LoadSpec& spec, const Summary& summary);
// Schema: docs/load.md.
nlohmann::json to_json(const LoadSpec& spec, const Summary& summary);
// One line for a terminal while it runs.
std::string render_live(const LiveSnapshot& live, Nanos elapsed, Nanos duration);

}  // namespace bhsim::load
