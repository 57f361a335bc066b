#include "framework/history/series.hpp"
#include "planted.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

// --- swaps -------------------------------------------------------------------------------------

void slow_down(Swap& swap, Nanos by) { *swap.t_served += by; }

void lose(Swap& swap) {
  swap.outcome = SwapOutcome::lost;
  swap.t_served.reset();
}

// Every valid swap under load, with its number from 0.
void each_swap(CleanRun& run, const std::function<void(std::size_t, Swap&)>& visit) {
  std::size_t i = 0;
  for (auto& swap : run.swaps)
    if (swap.role == "load" && swap.valid) visit(i++, swap);
}

Swap& bad_swap(CleanRun& run, std::string_view variant) {
  for (auto& swap : run.swaps)
    if (!swap.valid && swap.variant == variant) return swap;
  throw std::logic_error("no such bad swap");
}

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

// --- load --------------------------------------------------------------------------------------

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

// --- pairs -------------------------------------------------------------------------------------

// Every JVM of a pair that has the agent.
void each_agent_jvm(CleanRun& run, const std::function<void(PairJvm&)>& visit) {
  for (auto& jvm : run.pair_jvms)
    if (jvm.side == "a" && jvm.pair % 4 != 0) visit(jvm);
}

// --- health ------------------------------------------------------------------------------------

void down(CleanRun& run, std::string_view endpoint, double from, double to) {
  for (auto& row : run.health)
    if (row.endpoint == endpoint && seconds(row.t) >= from && seconds(row.t) < to) row.up = false;
}

// Growth from 120 s on: per second of the run.
std::function<double(double, double)> growing(double per_second) {
  return [=](double s, double value) { return s < 120 ? value : value + per_second * (s - 120); };
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

std::vector<Planted> monitoring() {
  return {
      {"RecordingIsStoppedHalfWay",
       "MON-05",
       {},
       [](CleanRun& run) { run.facts["recordings"][0]["to_ns"] = to_ns(at(250)); }},
      {"ThereIsNoRecording",
       "MON-05",
       {},
       [](CleanRun& run) { run.facts["recordings"] = nlohmann::json::array(); }},
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

std::vector<Planted> compliance() {
  return {
      {"SwapIsNotAudited",
       "COMP-01",
       {},
       [](CleanRun& run) { run.audit.erase(run.audit.begin() + 40); }},
      {"AuditIsSilent", "COMP-01", {}, [](CleanRun& run) { run.audit.clear(); }},
      {"AgentReadsAnotherConfiguration",
       "COMP-04",
       {},
       [](CleanRun& run) {
         run.facts["config.in_force"]["reported_sha256"] = std::string(64, 'e');
       }},
      {"AgentDoesNotTellItsConfiguration",
       "COMP-04",
       {},
       [](CleanRun& run) { run.facts["config.in_force"]["reported_sha256"] = nullptr; }},
      {"DiskAndJvmDiffer",
       "COMP-05",
       {},
       [](CleanRun& run) { run.facts["drift"][1]["disk_sha256"] = std::string(64, 'f'); }},
      {"SeedIsNotRecorded",
       "COMP-07",
       {},
       [](CleanRun& run) { run.facts["versions"].erase("seed"); }},
      {"ImagesAreNotRecordedByDigest",
       "COMP-07",
       {},
       [](CleanRun& run) {
         run.facts["versions"]["images"] = {{"app", "app:latest"}};
       }},
  };
}

}  // namespace

const std::vector<Planted>& planted_behaviour() {
  static const std::vector<Planted> all = [] {
    std::vector<Planted> planted;
    for (const auto& family : {overhead(), performance(), load(), stability(), concurrency(),
                               reliability(), resources(), health(), monitoring(), compliance()})
      planted.insert(planted.end(), family.begin(), family.end());
    return planted;
  }();
  return all;
}

}  // namespace bhsim::checks
