// STAB, CONC, RES.

#include <cmath>
#include <stdexcept>

#include "framework/history/series.hpp"
#include "planted.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

// Three dumps, ten seconds, and the thread has not run.
void never_released(CleanRun& run) {
  auto wait = run.lock_waits.front();
  for (const double s : {235.0, 240.0}) {
    wait.t = at(s);
    run.lock_waits.push_back(wait);
  }
}

enum class InGroup { no, yes };

// Of two swaps at the same instant, the second.
Swap& last_of_two_at_once(CleanRun& run, InGroup in_group) {
  for (std::size_t i = 1; i < run.swaps.size(); ++i) {
    auto& swap = run.swaps[i];
    if (swap.t_write == run.swaps[i - 1].t_write &&
        (swap.group_id != 0) == (in_group == InGroup::yes))
      return swap;
  }
  throw std::logic_error("no two swaps are at once");
}

std::vector<Planted> stability() {
  return {
      {"ApplicationExitsAndIsRestarted",
       "STAB-01",
       {},
       [](CleanRun& run) { run.end_first_life_at(300); }},
      {"ApplicationDiesJustBeforeItIsStopped",
       "STAB-01",
       {},
       [](CleanRun& run) {
         run.events.push_back({at(599), "c-load", "die", "exitCode=1"});
       }},
      {"EngineSeesADeathThatTheRunnerDoesNot",
       "STAB-01",
       {},
       [](CleanRun& run) {
         run.events.push_back({at(300), "c-load", "die", "exit 1"});
       }},
      {"HeapFloorClimbs",
       "STAB-02",
       {},
       [](CleanRun& run) { run.change(series::kHeapLive, growing(0.003 * kMb)); }},
      {"ClassLoaderIsKeptPerSwap",
       "STAB-03",
       {},
       [](CleanRun& run) { run.change(series::kClassesLoaded, growing(0.33)); }},
      {"MetaspaceGrowsPerSwap",
       "STAB-03",
       {},
       [](CleanRun& run) { run.change(series::kMetaspaceUsed, growing(0.02 * kMb)); }},
      {"ThreadIsStartedPerSwap",
       "STAB-04",
       {"RES-03"},
       [](CleanRun& run) {
         run.change(series::kThreads,
                    [](double s, double v) { return s < 120 ? v : v + std::floor((s - 120) / 3); });
       }},
      {"FileIsLeftOpenPerSwap",
       "STAB-05",
       {},
       [](CleanRun& run) {
         run.change(series::kDescriptors,
                    [](double s, double v) { return s < 120 ? v : v + std::floor((s - 120) / 3); });
       }},
      {"WatcherDiesHalfWay",
       "STAB-07",
       {"REL-07", "PERF-04", "PERF-05", "CONC-04", "CONC-05"},
       [](CleanRun& run) {
         each_swap(run, [](std::size_t i, Swap& swap) {
           if (i >= 60) lose(swap);
         });
       }},
  };
}

std::vector<Planted> concurrency() {
  return {
      {"TwoLocksInOppositeOrder",
       "CONC-01",
       {},
       [](CleanRun& run) {
         run.dumps[2].deadlock = true;
         run.dumps[2].detail = "Found one Java-level deadlock:\n\"a\" waits for \"b\"";
       }},
      {"LockIsNeverReleased", "CONC-02", {}, [](CleanRun& run) { never_released(run); }},
      {"SecondClassOfAPairIsSkipped",
       "CONC-04",
       {"CONC-05"},
       [](CleanRun& run) { lose(last_of_two_at_once(run, InGroup::yes)); }},
      {"OneOfTwoAtOnceIsLost",
       "CONC-05",
       {},
       [](CleanRun& run) { lose(last_of_two_at_once(run, InGroup::no)); }},
      {"CounterIsNotSynchronised",
       "CONC-06",
       {},
       [](CleanRun& run) { run.facts["ledger.total"]["value"] = 999; }},
      {"CounterCountsTwice",
       "CONC-06",
       {},
       [](CleanRun& run) { run.facts["ledger.total"]["value"] = 1003; }},
      {"TotalThatIsClaimedIsNotThere",
       "CONC-06",
       {},
       [](CleanRun& run) {
         run.facts["ledger.total"]["value"] = nullptr;
         run.facts["ledger.total"]["trouble"] = "/metrics has no sample of that name";
       }},
      {"OldAndNewServeInTurn",
       "CONC-03",
       {},
       [](CleanRun& run) {
         run.violations.push_back({at(200), "went_back", "PricingService", "generation 3 after 6"});
       }},
      {"ConcurrentModification",
       "CONC-07",
       {},
       [](CleanRun& run) {
         run.log_lines.push_back({at(200), "stderr", "EXCEPTION",
                                  "java.util.ConcurrentModificationException\n  at Orders.total"});
       }},
  };
}

std::vector<Planted> resources() {
  return {
      {"SwapAllocatesTwoHundredMegabytes",
       "RES-02",
       {},
       [](CleanRun& run) { run.allocate_more(200); }},
      // Threads that live for a moment are in no event: only the collector finds what they left.
      {"ThreadOfAMomentAllocatesAsMuch",
       "RES-02",
       {},
       [](CleanRun& run) {
         for (auto& pause : run.gc)
           if (seconds(pause.t) > 126 && seconds(pause.t) < 480) pause.before_bytes += 333LL << 20U;
       }},
      {"PoolWithoutBound",
       "RES-03",
       {},
       [](CleanRun& run) {
         run.change(series::kThreads,
                    [](double s, double v) { return v + (static_cast<int>(s) % 10 < 4 ? 60 : 0); });
       }},
      {"SocketsAreNeverClosed",
       "RES-04",
       {"STAB-05"},
       [](CleanRun& run) { run.change(series::kDescriptors, growing(2)); }},
      {"ResourceProbeStalls",
       "RES-06",
       {},
       [](CleanRun& run) { run.facts["resource_metrics"]["written"] = 50; }},
      {"SamplesHaveAHole",
       "RES-06",
       {},
       [](CleanRun& run) {
         for (const auto name : {series::kDescriptors, series::kThreads})
           std::erase_if(run.samples[std::string(name)],
                         [](const Sample& row) { return row.t > at(200) && row.t < at(260); });
       }},
      {"HeapIsAboveTheLimit",
       "RES-07",
       {"STAB-01"},
       [](CleanRun& run) {
         run.end_first_life_at(400);
         run.first_life().oom_killed = true;
       }},
      {"QuotaIsTooSmall",
       "RES-07",
       {},
       [](CleanRun& run) {
         run.change(series::kThrottledPeriods, [](double s, double) { return s; });
       }},
  };
}

}  // namespace

const std::vector<Planted>& planted_stability() {
  static const std::vector<Planted> all = joined({stability(), concurrency(), resources()});
  return all;
}

}  // namespace bhsim::checks
