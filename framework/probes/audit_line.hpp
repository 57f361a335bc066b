#pragma once
// One line of an audit log in the shape of docs/agent.md. Pure.

#include <functional>
#include <optional>
#include <string_view>

#include "framework/history/records.hpp"

namespace bhsim::probes {

// A JSON object with "class", "before", "after", "outcome", "reason", and "mono_ns"
// (System.nanoTime) or "time" (RFC 3339, placed by `at`); nothing for another line.
std::optional<history::AuditLine> parse_audit_line(std::string_view line,
                                                   const std::function<Time(WallTime)>& at);

}  // namespace bhsim::probes
