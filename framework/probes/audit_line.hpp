#pragma once
// One line of an audit log in the shape of docs/agent.md. Pure.

#include <optional>
#include <string_view>

#include "framework/history/records.hpp"

namespace bhsim::probes {

// A JSON object with "mono_ns" (System.nanoTime), "class", "before", "after", "outcome" and "reason"; nothing for another line.
std::optional<history::AuditLine> parse_audit_line(std::string_view line);

}  // namespace bhsim::probes
