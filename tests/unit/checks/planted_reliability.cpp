// REL, HLTH.

#include <stdexcept>

#include "planted.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;

Swap& bad_swap(CleanRun& run, std::string_view variant) {
  for (auto& swap : run.swaps)
    if (!swap.valid && swap.variant == variant) return swap;
  throw std::logic_error("no such bad swap");
}

void down(CleanRun& run, std::string_view endpoint, double from, double to) {
  for (auto& row : run.health)
    if (row.endpoint == endpoint && seconds(row.t) >= from && seconds(row.t) < to) row.up = false;
}

std::vector<Planted> reliability() {
  return {
      {"TwoPercentFail",
       "REL-01",
       {"LOAD-01", "PERF-07"},
       [](CleanRun& run) { run.fail_requests(0, 500, 2, Outcome::bad_status); }},
      {"TruncatedClassServes",
       "REL-02",
       {},
       [](CleanRun& run) {
         auto& swap = bad_swap(run, "truncated");
         swap.outcome = SwapOutcome::accepted;
         swap.t_served = swap.t_write + 80ms;
         for (auto& line : run.audit)
           if (line.sha256_after == swap.sha256) line.outcome = "swapped";
       }},
      {"WatcherDiesOnAMalformedClass",
       "REL-03",
       {},
       [](CleanRun& run) {
         for (auto& swap : run.swaps)
           if (swap.role == "bad-swaps" && swap.valid) lose(swap);
       }},
      {"ApplicationDiesOfABadSwap",
       "REL-03",
       {},
       [](CleanRun& run) {
         for (auto& jvm : run.jvms) {
           if (jvm.role != "bad-swaps") continue;
           jvm.planned_end = false;
         }
       }},
      {"RefusalIsNotTold",
       "REL-03",
       {},
       [](CleanRun& run) {
         std::erase_if(run.redefinitions, [](const auto& r) { return !r.ok; });
         std::erase_if(run.audit, [](const auto& line) { return line.outcome == "refused"; });
         // The audit log is another agent's then: what it lacks is judged by COMP-01.
         run.plan.agent.claims.audit = false;
         run.plan.app.audit_file.clear();
       }},
      {"HalfWrittenClassIsLost",
       "REL-03",
       {},
       [](CleanRun& run) {
         for (auto& swap : run.swaps) {
           if (swap.role != "bad-swaps" || !swap.valid) continue;
           swap.variant = "half-written";
           lose(swap);
           break;
         }
       }},
      {"OneFailingClassFailsAll",
       "REL-06",
       {},
       [](CleanRun& run) { run.facts["bad_swaps.load"]["PricingService"]["order"]["ok"] = 396; }},
      {"EveryEighthSwapIsLost",
       "REL-07",
       {"STAB-07", "PERF-04", "PERF-05", "CONC-04", "CONC-05"},
       [](CleanRun& run) {
         each_swap(run, [](std::size_t i, Swap& swap) {
           if (i % 8 == 3) lose(swap);
         });
       }},
      {"StaysDegradedAfterTwoFaults",
       "REL-04",
       {"LOAD-01", "LOAD-02", "PERF-07", "REL-01", "REL-08"},
       [](CleanRun& run) { run.fail_requests(500, 571, 20, Outcome::bad_status); }},
      {"RecoversAfterHalfAMinute",
       "REL-05",
       {"LOAD-01", "LOAD-02", "PERF-07", "REL-01", "REL-08"},
       [](CleanRun& run) {
         run.faults.resize(2);
         run.fail_requests(500, 571, 20, Outcome::bad_status);
       }},
      {"HealthStaysUp",
       "REL-11",
       {"HLTH-04", "LOAD-01", "LOAD-02", "PERF-07", "REL-01"},
       [](CleanRun& run) {
         run.fail_requests(500, 536, 20, Outcome::bad_status);
         for (auto& row : run.health)
           if (row.endpoint != "uptime" && row.t < at(540)) row.up = true;
       }},
      {"FiveSecondsOfOutage", "REL-08", {}, [](CleanRun& run) { down(run, "uptime", 200, 205); }},
      {"RestartTakesAMinute",
       "REL-08",
       {"REL-11"},
       [](CleanRun& run) {
         // The prober sleeps between two lives.
         std::erase_if(run.health, [](const Health& row) {
           return row.endpoint == "uptime" && row.t > at(505) && row.t < at(565);
         });
         auto& kill = run.faults[1];
         kill.t_intent = at(504);
         kill.t_undo = at(505.5);
         kill.t_healed = kill.t_recovered = at(565);
         run.first_life().t_end = at(505);
         for (auto& jvm : run.jvms)
           if (jvm.role == "load" && jvm.segment == 1) jvm.t_ready = at(565);
       }},
      {"RecoveryTakesAMinute",
       "REL-08",
       {},
       [](CleanRun& run) {
         run.faults[0].t_recovered = at(538);
         for (auto& window : run.windows)
           if (window.kind == WindowKind::fault && window.id == 1) window.t1 = at(538);
         down(run, "uptime", 500, 538);
       }},
      {"AcknowledgedBeforeWritten",
       "REL-09",
       {},
       [](CleanRun& run) {
         for (auto& check : run.ledger) check.lost = 3;
       }},
      {"LedgerCannotBeReadBack",
       "REL-09",
       {"REL-10"},
       [](CleanRun& run) { run.ledger[1].complete = false; }},
      {"OneRecordIsAltered", "REL-10", {}, [](CleanRun& run) { run.ledger[1].altered = 1; }},
      {"OneRecordComesBackTwice",
       "REL-10",
       {},
       [](CleanRun& run) { run.ledger[1].duplicated = 1; }},
  };
}

std::vector<Planted> health() {
  return {
      {"HealthIsBlockedByThePool",
       "HLTH-01",
       {},
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint == "live" && static_cast<int>(seconds(row.t)) % 10 == 0)
             row.latency = 1500ms;
       }},
      {"ReadyThatIsAlwaysUp",
       "HLTH-02",
       {"LOAD-01", "PERF-07", "REL-01"},
       [](CleanRun& run) { run.fail_requests(80, 100, 70, Outcome::bad_status); }},
      {"ReadyThatStaysDownAfterAFault",
       "HLTH-02",
       {},
       [](CleanRun& run) { down(run, "ready", 505, 530); }},
      {"LiveThatSaysDownOfAnApplicationThatServes",
       "HLTH-02",
       {},
       [](CleanRun& run) { down(run, "live", 300, 320); }},
      {"ReadyAtOnce",
       "HLTH-03",
       {},
       [](CleanRun& run) { run.facts["startup"]["ready_before_work"] = true; }},
      {"ReadyToTheEndOfTheDrain",
       "HLTH-03",
       {},
       [](CleanRun& run) { run.facts["drain"]["not_ready_ns"] = nullptr; }},
      {"ContainerHealthIsStale",
       "HLTH-04",
       {},
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint == "container" && row.t > at(300)) row.latency = row.t - at(300);
       }},
      {"ContainerHealthIsAskedOnceAnHour",
       "HLTH-04",
       {},
       [](CleanRun& run) {
         run.facts["container.inspect"]["Config"]["Healthcheck"]["Interval"] = 3'600'000'000'000;
       }},
      {"EngineThatAsksOnceAnHourHasNotAnswered",
       "HLTH-04",
       {},
       [](CleanRun& run) {
         run.facts["container.inspect"]["Config"]["Healthcheck"]["Interval"] = 3'600'000'000'000;
         std::erase_if(run.health, [](const Health& row) { return row.endpoint == "container"; });
       }},
      {"ContainerHealthDisagrees",
       "HLTH-04",
       {},
       [](CleanRun& run) { down(run, "container", 200, 300); }},
      {"ExitsAtOnce", "HLTH-05", {}, [](CleanRun& run) { run.facts["drain"]["lost"] = 12; }},
      {"DrainTakesTooLong",
       "HLTH-05",
       {},
       [](CleanRun& run) { run.facts["drain"]["exit_ns"] = to_ns(at(740)); }},
      {"DrainEndsInAKill",
       "HLTH-05",
       {},
       [](CleanRun& run) { run.facts["drain"]["exit_code"] = 137; }},
  };
}

}  // namespace

const std::vector<Planted>& planted_reliability() {
  static const std::vector<Planted> all = joined({reliability(), health()});
  return all;
}

}  // namespace bhsim::checks
