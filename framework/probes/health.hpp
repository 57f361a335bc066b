#pragma once
#include "framework/probes/probe.hpp"
namespace bhsim::probes {
void probe_live(const Scene& scene, const std::stop_token& stop);              // "live", each second
void probe_ready(const Scene& scene, const std::stop_token& stop);             // "ready", each second
void probe_uptime(const Scene& scene, const std::stop_token& stop);            // "uptime", ten a second
void probe_container_health(const Scene& scene, const std::stop_token& stop);  // "container", each 5 s
void probe_metrics(const Scene& scene, const std::stop_token& stop);           // metrics.*, each 5 s
}  // namespace bhsim::probes
