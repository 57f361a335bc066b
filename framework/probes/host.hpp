#pragma once
#include "framework/probes/probe.hpp"
namespace bhsim::probes {
// ClockPoint, host.spin, bhsim.cpu and bhsim.rss, each second.
void probe_host(const Scene& scene, const std::stop_token& stop);
}  // namespace bhsim::probes
