#include "checks/criteria.hpp"

#include <algorithm>

namespace bhsim::checks {
namespace {

constexpr std::array kSections = {
    Section{"baseline", "9.2.1"},    Section{"hotswap", "9.2.1"},
    Section{"load", "9.2.2"},        Section{"stability", "9.2.3"},
    Section{"concurrency", "9.2.4"}, Section{"failure-modes", "9.2.5"},
    Section{"resources", "9.2.6"},   Section{"production", "9.2.7"},
};

constexpr std::string_view kPerformanceMetrics = "Performance Metrics";
constexpr std::string_view kReliabilityMetrics = "Reliability Metrics";
constexpr std::string_view kStabilityMetrics = "Stability Metrics";
constexpr std::string_view kProductionReadiness = "Production Readiness";
constexpr std::string_view kWithFaults = "failure-modes production";
constexpr Nanos kDay = std::chrono::hours(24);

constexpr std::array kCriteria = {
    Criterion{"overhead",
              kPerformanceMetrics,
              "Agent overhead < 5% CPU, < 50MB memory",
              {{{"baseline", "PERF-01 PERF-02 PERF-03"}}},
              ShownBy::checks,
              Figure::in_text},
    Criterion{"swap-latency",
              kPerformanceMetrics,
              "Hot-swap latency < 2 seconds (95th percentile)",
              {{{"hotswap", "PERF-05 PERF-04"}}},
              ShownBy::checks,
              Figure::in_text},
    Criterion{"throughput",
              kPerformanceMetrics,
              "Throughput impact < 5% during hot-swaps",
              {{{"load", "PERF-06 PERF-07 LOAD-02"}}},
              ShownBy::checks,
              Figure::in_text},
    Criterion{"memory-stable",
              kPerformanceMetrics,
              "Memory usage stable over 24+ hours",
              {{{"stability", "STAB-02 STAB-03 STAB-06 LOAD-03", kDay}, {"resources", "RES-01"}}}},
    Criterion{"no-degradation",
              kPerformanceMetrics,
              "No performance degradation over time",
              {{{"stability", "PERF-09"}}}},

    Criterion{"swap-success",
              kReliabilityMetrics,
              "Hot-swap success rate > 95% for valid changes",
              {{{"hotswap", "REL-07 STAB-07"}, {"concurrency", "REL-07 CONC-05"}}},
              ShownBy::checks,
              Figure::in_text},
    Criterion{"uptime",
              kReliabilityMetrics,
              "System uptime > 99.9% during testing",
              {{{"stability production", "REL-08"}}},
              ShownBy::checks,
              Figure::in_text},
    Criterion{"recovery-rate",
              kReliabilityMetrics,
              "Error recovery rate > 95%",
              {{{kWithFaults, "REL-04"}}},
              ShownBy::checks,
              Figure::in_text},
    Criterion{"recovery-time",
              kReliabilityMetrics,
              "Mean time to recovery < 30 seconds",
              {{{kWithFaults, "REL-05"}}},
              ShownBy::checks,
              Figure::in_text},
    Criterion{"no-data-loss",
              kReliabilityMetrics,
              "No data loss or corruption under any scenario",
              {{{"load stability concurrency failure-modes production", "REL-09 REL-10"},
                {"concurrency", "CONC-06"}}}},

    Criterion{"continuous",
              kStabilityMetrics,
              "24+ hour continuous operation without issues",
              {{{"stability", "STAB-01 STAB-08 REL-01 CONC-01 CONC-07", kDay}}}},
    Criterion{"no-memory-leaks",
              kStabilityMetrics,
              "No memory leaks detected",
              {{{"stability", "STAB-02 STAB-03 STAB-06"}}}},
    Criterion{"no-exhaustion",
              kStabilityMetrics,
              "No thread leaks or resource exhaustion",
              {{{"stability", "STAB-04 STAB-05 STAB-09"}, {"resources", "RES-03 RES-04 RES-07"}}}},
    Criterion{"varying-load",
              kStabilityMetrics,
              "Stable performance under varying load",
              {{{"load", "LOAD-05 PERF-11"}, {"hotswap", "PERF-08"}}}},
    Criterion{"error-handling",
              kStabilityMetrics,
              "Graceful handling of all error conditions",
              {{{kWithFaults, "REL-02 REL-03 REL-06"}}}},

    Criterion{"tests", kProductionReadiness, "All automated tests pass", {}, ShownBy::tests},
    Criterion{
        "manual", kProductionReadiness, "Manual verification successful", {}, ShownBy::a_person},
    Criterion{"documentation",
              kProductionReadiness,
              "Documentation complete and accurate",
              {{{"production", "OPS-07"}}}},
    Criterion{"monitoring",
              kProductionReadiness,
              "Monitoring and alerting functional",
              {{{"production", "MON-01 MON-02 MON-03 MON-04 REL-11"}, {"resources", "MON-05"}}}},
    Criterion{"procedures",
              kProductionReadiness,
              "Operational procedures validated",
              {{{"production", "OPS-01 OPS-02 OPS-03 OPS-04 OPS-05 OPS-06"}}}},
};

constexpr auto kNotBuiltYet =
    std::to_array<std::string_view>({"MON-01", "MON-02", "MON-03", "MON-04", "OPS-01", "OPS-02",
                                     "OPS-03", "OPS-04", "OPS-05", "OPS-06", "OPS-07"});

}  // namespace

std::span<const Section> sections() { return kSections; }

std::span<const Criterion> criteria() { return kCriteria; }

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    words.push_back(text.substr(0, text.find(' ')));
    text.remove_prefix(std::min(text.size(), words.back().size() + 1));
  }
  return words;
}

std::vector<std::string_view> checks_of(const Criterion& criterion) {
  std::vector<std::string_view> ids;
  for (const auto& demand : criterion.demands)
    for (const auto id : words_of(demand.checks))
      if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.push_back(id);
  return ids;
}

std::span<const std::string_view> not_built_yet() { return kNotBuiltYet; }

}  // namespace bhsim::checks
