#pragma once
// What is seen through the side-car.
#include "framework/probes/probe.hpp"
namespace bhsim::probes {
void probe_ticks(const Scene& scene, const std::stop_token& stop);         // heap.*, metaspace.*, threads, … each second
void probe_gc_log(const Scene& scene, const std::stop_token& stop);        // GcPause rows
void probe_redefine_log(const Scene& scene, const std::stop_token& stop);  // Redefinition rows
void probe_audit(const Scene& scene, const std::stop_token& stop);         // AuditLine rows
void probe_thread_dumps(const Scene& scene, const std::stop_token& stop);  // ThreadDump rows, each 30 s
void probe_volumes(const Scene& scene, const std::stop_token& stop);       // volume.used, each 10 s
}  // namespace bhsim::probes
