// PERF, LOAD.

#include <cmath>

#include "framework/history/series.hpp"
#include "planted.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

void slow_down(Swap& swap, Nanos by) { *swap.t_served += by; }

// The requests of each second in which a swap took place, and which end while its class is
// redefined, are cut off.
void drop_at_swaps(CleanRun& run) {
  each_swap(run, [&](std::size_t, Swap& swap) {
    const double second = std::floor(seconds(swap.t_write));
    run.fail_requests(second, second + 1, 1, Outcome::reset);
    run.failures.back().t_planned = swap.t_write + 10ms;
    run.failures.back().t_sent = swap.t_write + 10ms;
    run.failures.back().t_done = swap.t_write + 12ms;
  });
}

void stall(CleanRun& run, double slow_share, Nanos slow) {
  const auto bytes = histogram(90, 2ms, slow_share, slow);
  for (auto& row : run.load) {
    row.corrected = bytes;
    row.within_slo -= static_cast<std::int64_t>(slow_share * static_cast<double>(row.within_slo));
  }
}

void bimodal(CleanRun& run) {
  const auto slow = histogram(90, 60ms, 0.01, 80ms);
  for (auto& row : run.load)
    if (static_cast<int>(seconds(row.t) / 20) % 2 == 0) row.corrected = slow;
}

// Every JVM of a pair that has the agent.
void each_agent_jvm(CleanRun& run, const std::function<void(PairJvm&)>& visit) {
  for (auto& jvm : run.pair_jvms)
    if (jvm.side == "a" && jvm.pair % 4 != 0) visit(jvm);
}

std::vector<Planted> overhead() {
  return {
      {"AgentBurnsATenthInItsOwnThreads",
       "PERF-01",
       {},
       [](CleanRun& run) {
         for (auto& thread : run.pair_threads)
           if (thread.name.starts_with("bhsim-agent")) thread.cpu = 275ms;
       }},
      {"AgentSlowsTheApplicationByATenth",
       "PERF-01",
       {},
       [](CleanRun& run) {
         for (auto& window : run.pair_windows)
           if (window.pair % 4 != 0) window.cpu_a += 7ms;
       }},
      {"AgentPollsInATightLoop",
       "PERF-02",
       {},
       [](CleanRun& run) {
         run.change(series::kCpuAgent, [](double s, double value) { return value + s * 0.04e9; });
       }},
      {"AgentHoldsEightyMegabytes",
       "PERF-03",
       {},
       [](CleanRun& run) {
         each_agent_jvm(run, [](PairJvm& jvm) { *jvm.heap_live += 80LL << 20U; });
       }},
      {"AgentHoldsEightyMegabytesBesideTheHeap",
       "PERF-03",
       {},
       [](CleanRun& run) {
         each_agent_jvm(run, [](PairJvm& jvm) { *jvm.beside_heap += 80LL << 20U; });
       }},
      {"AgentStartsForEightSeconds",
       "PERF-10",
       {},
       [](CleanRun& run) { each_agent_jvm(run, [](PairJvm& jvm) { jvm.start += 8s; }); }},
  };
}

std::vector<Planted> performance() {
  return {
      {"EverySwapTakesTwoAndAHalfSeconds",
       "PERF-04",
       {"PERF-05"},
       [](CleanRun& run) {
         each_swap(run, [](std::size_t, Swap& swap) { slow_down(swap, 2500ms); });
       }},
      {"EveryTenthSwapTakesFourSeconds",
       "PERF-05",
       {},
       [](CleanRun& run) {
         each_swap(run, [](std::size_t i, Swap& swap) {
           if (i % 10 == 0) slow_down(swap, 4s);
         });
       }},
      {"ThreePercentOfRequestsAreLate",
       "PERF-07",
       {"PERF-11"},
       [](CleanRun& run) { stall(run, 0.034, 150ms); }},
      {"LatencyHasTwoModes", "PERF-08", {}, bimodal},
      {"HalfOfTheSwapsAreSlow",
       "PERF-08",
       {},
       [](CleanRun& run) {
         each_swap(run, [](std::size_t i, Swap& swap) {
           if (i % 2 == 0) slow_down(swap, 1700ms);
         });
       }},
      {"LockIsHeldForThreeHundredMilliseconds",
       "PERF-11",
       {"PERF-07"},
       [](CleanRun& run) { stall(run, 0.03, 300ms); }},
  };
}

std::vector<Planted> load() {
  return {
      {"HalfAPercentOfRequestsFail",
       "LOAD-01",
       {},
       [](CleanRun& run) {
         for (int s = 0; s < 600; s += 2) run.fail_requests(s, s + 1, 1, Outcome::bad_status);
       }},
      {"ConnectionIsClosedAtEachSwap", "LOAD-02", {"LOAD-01"}, drop_at_swaps},
      {"MemoryIsLeakedByRequests",
       "LOAD-03",
       {"STAB-02"},
       [](CleanRun& run) { run.change(series::kHeapLive, growing(0.02 * kMb)); }},
      {"ResidentMemoryGrows",
       "LOAD-03",
       {"STAB-06"},
       [](CleanRun& run) { run.change(series::kRss, growing(0.2 * kMb)); }},
      {"CollectorRunsForATenthOfTheTime",
       "LOAD-04",
       {},
       [](CleanRun& run) {
         for (auto& pause : run.gc)
           if (!pause.forced) pause.pause = 500ms;
       }},
      {"GeneratorIsLate",
       "LOAD-06",
       {},
       [](CleanRun& run) {
         for (auto& second : run.generator) second.lag = histogram(100, 80us, 0.05, 20ms);
       }},
      {"GeneratorUsesItsCoreUp",
       "LOAD-06",
       {},
       [](CleanRun& run) {
         for (auto& second : run.generator) second.cpu_share = 0.97;
       }},
      {"RequestsHaveNoOutcome", "LOAD-06", {}, [](CleanRun& run) { run.load[500].planned += 3; }},
      {"LoadEngineSaysInvalid",
       "LOAD-06",
       {},
       [](CleanRun& run) {
         run.facts["load.summary"]["invalid"] = {
             {{"kind", "events_lost"}, {"text", "3 events were lost"}}};
       }},
  };
}

}  // namespace

const std::vector<Planted>& planted_performance() {
  static const std::vector<Planted> all = joined({overhead(), performance(), load()});
  return all;
}

}  // namespace bhsim::checks
