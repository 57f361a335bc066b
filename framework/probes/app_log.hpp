#pragma once
#include <optional>

#include "framework/probes/probe.hpp"
namespace bhsim::probes {
// The container's output, followed to its end: whole into artifacts/ (64 MB at most), what matters as LogLine rows (2,000 a
// level at most; the rest is counted in fact "log_lines.dropped").
void probe_app_log(const Scene& scene, const std::stop_token& stop);

// "ERROR", "WARN" or "EXCEPTION", for a line that is kept. Pure.
std::optional<std::string_view> level_of(std::string_view line);
}  // namespace bhsim::probes
