#pragma once
#include "framework/probes/probe.hpp"
namespace bhsim::probes {
// EngineEvent rows of everything that carries the run's label; the stream is taken up again where it broke.
void probe_events(const Scene& scene, const std::stop_token& stop);
// container.* and cpu.* of the target, about once a second, from the engine's stats stream.
void probe_stats(const Scene& scene, const std::stop_token& stop);
}  // namespace bhsim::probes
