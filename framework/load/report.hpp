#pragma once
// A summary for people and for programs. Pure.

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "framework/load/engine.hpp"

namespace bhsim::load {

// About twenty lines: rate, outcomes, percentiles from the plan and from the send, the generator
// itself, and why it is invalid.
std::string render_text(const LoadSpec& spec, const Summary& summary);
// Schema: docs/load-summary.schema.json.
nlohmann::json to_json(const LoadSpec& spec, const Summary& summary);
// Counts and latencies, as they stand in that summary.
nlohmann::json to_json(const OperationTotals& totals);
// One line for a terminal while it runs.
std::string render_live(const LiveSnapshot& live, Nanos elapsed, Nanos duration);
// Three significant digits, in a unit that suits: "84.1 us", "4.80 ms", "1.20 s".
std::string format_latency(Nanos d);

}  // namespace bhsim::load
