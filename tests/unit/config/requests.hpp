#pragma once
// What the command line would ask of build_plan, for tests.

#include <algorithm>
#include <string>
#include <vector>

#include "framework/config/build.hpp"
#include "source_tree.hpp"

namespace bhsim::config {

// The ids of all checks but those of pairs, as checks::all() has them; this library does not know
// those.
inline const std::vector<std::string>& ids() {
  static const std::vector<std::string> all = [] {
    std::vector<std::string> out{
        "PERF-02", "PERF-04", "PERF-05", "PERF-06", "PERF-07", "PERF-08", "PERF-09", "PERF-11",
        "LOAD-01", "LOAD-02", "LOAD-03", "LOAD-04", "LOAD-05", "LOAD-06", "STAB-01", "STAB-02",
        "STAB-03", "STAB-04", "STAB-05", "STAB-06", "STAB-07", "STAB-08", "STAB-09", "CONC-01",
        "CONC-02", "CONC-03", "CONC-04", "CONC-05", "CONC-06", "CONC-07", "REL-01",  "REL-02",
        "REL-03",  "REL-04",  "REL-05",  "REL-06",  "REL-07",  "REL-08",  "REL-09",  "REL-10",
        "REL-11",  "RES-01",  "RES-03",  "RES-04",  "RES-05",  "RES-06",  "RES-07",  "HLTH-01",
        "HLTH-02", "HLTH-03", "HLTH-04", "HLTH-05", "COMP-01", "COMP-04", "COMP-05", "COMP-07"};
    for (int i = 1; i <= 20; ++i) out.push_back(fmt::format("SEC-{:02}", i));
    for (int i = 1; i <= 6; ++i) out.push_back(fmt::format("BRK-{:02}", i));
    for (int i = 1; i <= 5; ++i) out.push_back(fmt::format("ROLL-{:02}", i));
    for (int i = 1; i <= 10; ++i) out.push_back(fmt::format("CFG-{:02}", i));
    std::sort(out.begin(), out.end());
    return out;
  }();
  return all;
}

// Those as well that only pairs of JVMs can feed.
inline std::vector<std::string> ids_of_all_simulations() {
  auto all = ids();
  all.insert(all.end(), {"MON-05", "PERF-01", "PERF-03", "PERF-10"});
  std::sort(all.begin(), all.end());
  return all;
}

inline PlanRequest request(std::optional<Nanos> duration = std::chrono::minutes(10)) {
  PlanRequest out;
  out.resources = kRoot;
  out.duration = duration;
  out.checks = ids();
  return out;
}

}  // namespace bhsim::config
