#include "checks/limits.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <utility>

namespace bhsim::checks {
namespace {

constexpr std::array kSpecs = {
    LimitSpec{"BRK-01", "=", 0, "violations", "of the failures that open it"},
    LimitSpec{"BRK-02", "=", 0, "violations", "changes taken, kept or not told while it is open"},
    LimitSpec{"BRK-02.within", "<=", 2, "s", "until a refusal by the open breaker is told"},
    LimitSpec{"BRK-03", "=", 0, "violations", "of its pause and of the trial after it"},
    LimitSpec{"BRK-04", "=", 0, "violations", "of what follows a trial"},
    LimitSpec{"BRK-05", "=", 0, "violations", "of the truth about its state, or silence"},
    LimitSpec{"BRK-06", "<", 1, "%", "requests not ok while it is open"},
    LimitSpec{"CFG-01", "=", 0, "violations", "of the time to read a file, or of what is none"},
    LimitSpec{"CFG-01.beyond", "<=", 2, "s", "from validation-timeout until it is told"},
    LimitSpec{"CFG-02", "=", 0, "violations", "of the time for a redefinition"},
    LimitSpec{"CFG-02.beyond", "<=", 2, "s", "from redefinition-timeout until it is told"},
    LimitSpec{"CFG-03", "=", 0, "violations",
              "more at once than allowed, or changes that were lost"},
    LimitSpec{"CFG-04", "=", 0, "violations", "of metrics-enabled, true and false"},
    LimitSpec{"CFG-05", "=", 0, "violations", "of jfr-enabled, true and false"},
    LimitSpec{"CFG-06", "=", 0, "violations", "of health-check-interval, with two of them"},
    LimitSpec{"CFG-06.off", "<=", 25, "%", "of the interval, by which the cadence is another"},
    LimitSpec{"CFG-07", "=", 0, "violations", "of auto-rollback, true and false"},
    LimitSpec{"CFG-08", "=", 0, "violations", "of the number of attempts"},
    LimitSpec{"CFG-09", "=", 0, "violations", "of circuit-breaker, true and false"},
    LimitSpec{"CFG-10", "=", 0, "violations", "unknown or ill-typed keys of which nothing is said"},
    LimitSpec{"COMP-01", "=", 0, "gaps",
              "swaps, refusals and rollbacks that the audit log lacks or tells otherwise"},
    LimitSpec{"COMP-04", "=", 0, "differences", "of configuration given, mounted, reported"},
    LimitSpec{"COMP-05", "=", 0, "classes", "whose bytes on disk are not those that serve"},
    LimitSpec{"COMP-07", "=", 0, "gaps", "in what makes a run repeatable"},
    LimitSpec{"CONC-01", "=", 0, "deadlocks", "thread dumps that tell of one"},
    LimitSpec{"CONC-02", "=", 0, "threads", "that ask for a lock and never run again"},
    LimitSpec{"CONC-03", "=", 0, "violations", "of the order of generations"},
    LimitSpec{"CONC-04", "=", 0, "groups",
              "of which one class came into force and another never did"},
    LimitSpec{"CONC-05", ">=", 100, "%",
              "of classes swapped at once whose last version was served"},
    LimitSpec{"CONC-06", "=", 0, "writes", "by which the application's own total is wrong"},
    LimitSpec{"CONC-07", "=", 0, "exceptions", "of concurrency in the logs"},
    LimitSpec{"HLTH-01", "<", 1, "s", "p99 of live and of ready, under load"},
    LimitSpec{"HLTH-02", "<=", 5, "s", "that live or ready says other than what clients meet"},
    LimitSpec{"HLTH-03", "=", 0, "violations",
              "ready too early or too long, live that means ready"},
    LimitSpec{"HLTH-04", "=", 0, "disagreements", "of the engine's view with our own probes"},
    LimitSpec{"HLTH-04.age", "<=", 60, "s", "longest time without a probe by the engine"},
    LimitSpec{"HLTH-05", "=", 0, "requests", "accepted and lost in a drain"},
    LimitSpec{"HLTH-05.within", "<=", 30, "s", "stop signal to exit"},
    LimitSpec{"LOAD-01", "<", 0.1, "%", "requests not ok"},
    LimitSpec{"LOAD-02", "=", 0, "requests", "failed while a class was redefined"},
    LimitSpec{"LOAD-03", "<=", 20, "MB/h", "growth of the heap left by forced full collections"},
    LimitSpec{"LOAD-03.rss", "<=", 100, "MB/h",
              "growth of resident memory that heap cannot explain"},
    LimitSpec{"LOAD-04", "<=", 5, "%", "of the time in pauses of the collector"},
    LimitSpec{"LOAD-04.pause", "<=", 0.2, "s", "p99 of those pauses"},
    LimitSpec{"LOAD-05", "<=", 30, "s", "until p99 is back at its base after the load changed"},
    LimitSpec{"LOAD-06", "<=", 0.005, "s",
              "p99 of the generator's lag while a connection was free"},
    LimitSpec{"LOAD-06.cpu", "<=", 80, "%", "of one core, p95 over the seconds, by the generator"},
    LimitSpec{"MON-05", ">=", 99, "%", "of the application's time, recorded and readable"},
    LimitSpec{"PERF-01", "<", 5, "%", "of CPU, by the agent, under load and swapping"},
    LimitSpec{"PERF-02", "<", 2, "%", "of one core, by the agent's threads without swaps"},
    LimitSpec{"PERF-03", "<", 50, "MB", "that a JVM holds more with the agent"},
    LimitSpec{"PERF-04", "<", 2, "s", "mean swap latency"},
    LimitSpec{"PERF-05", "<", 2, "s", "p95 of swap latency"},
    LimitSpec{"PERF-06", "<", 5, "%", "goodput lost beside swaps, of that in quiet seconds"},
    LimitSpec{"PERF-07", ">=", 99, "%", "ok within the SLO, of what was planned"},
    LimitSpec{"PERF-08", "<=", 100, "%", "p99 of the worse windows beyond that of the better"},
    LimitSpec{"PERF-08.swap", "<=", 150, "%",
              "latency of the slower swaps beyond that of the faster"},
    LimitSpec{"PERF-09", "<", 5, "%", "grown worse from the beginning to the end of a run"},
    LimitSpec{"PERF-10", "<", 5, "s", "that a JVM starts later with the agent"},
    LimitSpec{"PERF-11", "<=", 0.1, "s", "p99 from the planned start"},
    LimitSpec{"REL-01", "<", 1, "%", "requests not ok, faults included"},
    LimitSpec{"REL-02", "=", 100, "%", "of invalid changes refused"},
    LimitSpec{"REL-03", "=", 100, "%", "of refusals that were graceful"},
    LimitSpec{"REL-04", ">", 95, "%", "of faults after which clients were served again in time"},
    LimitSpec{"REL-05", "<", 30, "s", "from the undoing of a fault, on average"},
    LimitSpec{"REL-06", "<", 1, "%",
              "requests not ok of operations that a failing class does not serve"},
    LimitSpec{"REL-07", ">", 95, "%", "of valid swaps served in time"},
    LimitSpec{"REL-08", ">", 99.9, "%", "of the time up, outside faults"},
    LimitSpec{"REL-09", "=", 0, "writes", "acknowledged, and not there when read back"},
    LimitSpec{"REL-10", "=", 0, "writes", "read back, and not what was written"},
    LimitSpec{"REL-11", "<", 30, "s", "from the beginning of a fault to the first sign of it"},
    LimitSpec{"RES-01", "<=", 10, "%",
              "of its size that the heap left by collections rises in the last half"},
    LimitSpec{"RES-01.band", "<=", 40, "%", "of its size that collections leave it off that line"},
    LimitSpec{"RES-02", "<=", 50, "MB/swap", "allocated beside what the load allocates"},
    LimitSpec{"RES-03", "<=", 20, "threads", "range between p1 and p99 in steady"},
    LimitSpec{"RES-04", "<=", 512, "descriptors", "most that were open"},
    LimitSpec{"RES-05", "<=", 2, "spikes/h", "of CPU away from swaps and faults"},
    LimitSpec{"RES-06", ">=", 99, "%", "of the rows of resource-metrics.csv"},
    LimitSpec{"RES-07", "=", 0, "kills", "for want of memory"},
    LimitSpec{"RES-07.throttled", "<=", 5, "%", "of the scheduling periods, outside faults"},
    LimitSpec{"ROLL-01", "=", 0, "violations", "changes that broke health and stayed"},
    LimitSpec{"ROLL-02", "<=", 2, "intervals", "of health-check-interval, until it is rolled back"},
    LimitSpec{"ROLL-03", "=", 0, "violations", "versions other than the last good one"},
    LimitSpec{"ROLL-04", "=", 0, "violations", "good changes that were rolled back"},
    LimitSpec{"ROLL-05", "=", 0, "violations", "rollbacks not audited, or not counted"},
    LimitSpec{"SEC-01", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-02", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-03", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-04", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-05", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-06", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-07", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-08", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-09", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-10", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-11", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-12", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-13", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-14", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-15", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-16", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-17", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-18", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-19", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"SEC-20", "=", 0, "findings", "each named in the verdict"},
    LimitSpec{"STAB-01", "=", 0, "restarts", "or ends that were not planned"},
    LimitSpec{"STAB-02", "<=", 1, "MB/h", "growth of the floor of the heap; the larger of the two"},
    LimitSpec{"STAB-02.share", "<=", 1, "%/h", "the same, as a share of the floor"},
    LimitSpec{"STAB-02.swap", "<=", 1.0 / 1024, "MB/swap",
              "allowed beside it for each redefinition"},
    LimitSpec{"STAB-03", "<=", 0.1, "classes/swap", "growth of loaded classes"},
    LimitSpec{"STAB-03.metaspace", "<=", 32.0 / 1024, "MB/swap", "growth of metaspace"},
    LimitSpec{"STAB-04", "<=", 1, "threads/h", "growth of the thread count"},
    LimitSpec{"STAB-05", "<=", 1, "descriptors/h", "growth of the open descriptors"},
    LimitSpec{"STAB-06", "<=", 50, "MB/h", "growth of native memory: beyond heap and metaspace"},
    LimitSpec{"STAB-07", ">=", 95, "%", "of valid swaps served in time, in the worst quarter"},
    LimitSpec{"STAB-08", "<=", 60, "lines/h", "more errors in the last third than in the first"},
    LimitSpec{"STAB-09", "<=", 1024, "MB", "most that the contract's volumes held"},
    LimitSpec{"STAB-09.growth", "<=", 200, "MB/h", "growth of the volumes"},
    LimitSpec{"STAB-09.output", "<=", 200, "MB/h", "on standard output and error"},
};

// The factor from a unit as people write it to the check's own; 0 when there is none. "ms" to "s",
// "KB/swap" to "MB/swap".
double factor(std::string_view from, std::string_view to) {
  const auto slash = [](std::string_view unit) { return std::min(unit.find('/'), unit.size()); };
  if (from.substr(slash(from)) != to.substr(slash(to))) return 0;
  from = from.substr(0, slash(from));
  to = to.substr(0, slash(to));
  if (from == to) return 1;
  constexpr std::array<std::pair<std::string_view, double>, 5> kSeconds{
      {{"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}}};
  constexpr std::array<std::pair<std::string_view, double>, 4> kMegabytes{
      {{"B", 1.0 / 1024 / 1024}, {"KB", 1.0 / 1024}, {"MB", 1}, {"GB", 1024}}};
  const auto of = [&](const auto& units, std::string_view unit) {
    const auto found = std::ranges::find(units, unit, [](const auto& pair) { return pair.first; });
    return found == units.end() ? 0.0 : found->second;
  };
  if (of(kSeconds, to) != 0) return of(kSeconds, from) / of(kSeconds, to);
  if (of(kMegabytes, to) != 0) return of(kMegabytes, from) / of(kMegabytes, to);
  return 0;
}

const LimitSpec& spec_of(std::string_view id) {
  const auto found = std::ranges::find(kSpecs, id, &LimitSpec::id);
  if (found == kSpecs.end()) throw std::logic_error(fmt::format("no limit is called {}", id));
  return *found;
}

}  // namespace

std::span<const LimitSpec> limit_specs() { return kSpecs; }

config::Limit limit_of(const config::Plan& plan, std::string_view id) {
  const auto& spec = spec_of(id);
  const auto given = plan.limit(id);
  if (!given) return {std::string(spec.relation), spec.value, std::string(spec.unit)};
  const double scale = given->unit.empty() ? 1 : factor(given->unit, spec.unit);
  if (scale == 0)
    throw std::invalid_argument(fmt::format("the limit {} is given in '{}', which is not a '{}'",
                                            id, given->unit, spec.unit));
  const std::string direction = given->relation.empty() ? "" : given->relation.substr(0, 1);
  if (direction != spec.relation.substr(0, 1) && direction != "=" && spec.relation != "=")
    throw std::invalid_argument(fmt::format("the limit {} is given as '{}', but it is a '{}'", id,
                                            given->relation, spec.relation));
  return {given->relation, given->value * scale, std::string(spec.unit)};
}

}  // namespace bhsim::checks
