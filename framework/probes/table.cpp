#include <array>

#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

constexpr std::array<Probe, 3> kRun{{
    {"host", Extent::full, false, probe_host},
    {"events", Extent::full, false, probe_events},
    {"resource csv", Extent::full, false, probe_resource_csv},
}};

constexpr std::array<Probe, 14> kSegment{{
    {"recording", Extent::full, true, probe_recording},
    {"stats", Extent::full, false, probe_stats},
    {"ticks", Extent::full, true, probe_ticks},
    {"gc log", Extent::full, true, probe_gc_log},
    {"thread dumps", Extent::full, false, probe_thread_dumps},
    {"volumes", Extent::full, true, probe_volumes},
    {"metrics", Extent::full, false, probe_metrics},
    {"uptime", Extent::full, false, probe_uptime},
    {"redefine log", Extent::conformance, true, probe_redefine_log},
    {"audit log", Extent::conformance, true, probe_audit},
    {"application log", Extent::conformance, false, probe_app_log},
    {"live", Extent::conformance, false, probe_live},
    {"ready", Extent::conformance, false, probe_ready},
    {"container health", Extent::conformance, false, probe_container_health},
}};

}  // namespace

std::span<const Probe> run_probes() { return kRun; }
std::span<const Probe> segment_probes() { return kSegment; }

}  // namespace bhsim::probes
