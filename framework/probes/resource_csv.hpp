#pragma once
#include "framework/probes/probe.hpp"
namespace bhsim::probes {
// resource-metrics.csv in the run directory, a row each 10 s, in the columns of section 9.2.6: timestamp (s since 1970),
// memory (KB of heap and metaspace in use, as the jstat sum), cpu (% of one core), threads, fds. A row that cannot be filled
// is not written; fact resource_metrics tells how many were due.
void probe_resource_csv(const Scene& scene, const std::stop_token& stop);
}  // namespace bhsim::probes
