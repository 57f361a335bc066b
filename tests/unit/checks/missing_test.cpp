// No data is no success: without its signal a check says what lacks, and never passes.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "clean_items.hpp"
#include "clean_run.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;
using history::Health;

struct Missing {
  std::string name;
  std::vector<std::string> checks;  // that rest on it
  std::function<void(CleanRun&)> remove;
  std::string may_be_red;  // a check whose statement is that the signal is there
};
void PrintTo(const Missing& missing, std::ostream* out) { *out << missing.name; }

std::function<void(CleanRun&)> fact(const char* name) {
  return [=](CleanRun& run) { run.facts.erase(name); };
}
std::function<void(CleanRun&)> sample(std::string_view name) {
  return [=](CleanRun& run) { run.samples.erase(std::string(name)); };
}
std::function<void(CleanRun&)> endpoint(std::string_view name) {
  return [=](CleanRun& run) {
    std::erase_if(run.health, [=](const Health& row) { return row.endpoint == name; });
  };
}

// In all containers of the item.
std::function<void(CleanRun&)> in_configuration(std::function<void(history::ItemRecord&)> remove) {
  return [remove = std::move(remove)](CleanRun& run) {
    change_configuration(run, [&remove](history::ConfigurationRecord& record) {
      for (auto* one : {&record.off, &record.obstructed, &record.stalled}) remove(*one);
    });
  };
}

const std::vector<std::string> kByContainer = {"SEC-01", "SEC-02", "SEC-03", "SEC-04", "SEC-05",
                                               "SEC-06", "SEC-07", "SEC-08", "SEC-09", "SEC-10",
                                               "SEC-11", "SEC-12", "SEC-13", "SEC-14", "SEC-15",
                                               "SEC-16", "SEC-18", "SEC-19", "SEC-20"};

const std::vector<Missing>& signals() {
  static const std::vector<Missing> all = {
      {"LoadRows",
       {"LOAD-01", "LOAD-02", "LOAD-05", "PERF-06", "PERF-07", "PERF-08", "PERF-09", "PERF-11",
        "REL-01", "HLTH-02"},
       [](CleanRun& run) { run.load.clear(); }},
      {"HalfOfTheLoadRows",
       {"LOAD-01", "PERF-07", "PERF-11", "REL-01"},
       [](CleanRun& run) {
         std::erase_if(run.load, [](const auto& row) {
           return row.t > history::at(200) && row.t < history::at(400);
         });
       }},
      {"RowsOfOneOperation",
       {"LOAD-01", "PERF-07", "REL-01"},
       [](CleanRun& run) {
         std::erase_if(run.load, [](const auto& row) { return row.operation == "order"; });
       }},
      {"LatencyHistograms",
       {"PERF-08", "PERF-09", "PERF-11"},
       [](CleanRun& run) {
         for (auto& row : run.load) row.corrected.clear();
       }},
      {"UnreadableHistograms",
       {"PERF-08", "PERF-09", "PERF-11"},
       [](CleanRun& run) {
         for (auto& row : run.load) row.corrected = "not a histogram";
       }},
      {"GeneratorRows",
       {"LOAD-05", "LOAD-06", "PERF-09"},
       [](CleanRun& run) { run.generator.clear(); }},
      {"HalfOfTheGeneratorRows", {"LOAD-06"}, [](CleanRun& run) { run.generator.resize(300); }},
      {"FailuresThatWereDropped",
       {"LOAD-02"},
       [](CleanRun& run) { run.facts["load.failures_dropped"] = 7; }},
      {"Phases",
       {"PERF-02", "PERF-06", "PERF-07", "PERF-08", "PERF-09", "PERF-11", "LOAD-01", "LOAD-03",
        "LOAD-04", "LOAD-05", "LOAD-06", "STAB-01", "STAB-02", "STAB-03", "STAB-04", "STAB-05",
        "STAB-06", "STAB-08", "STAB-09", "CONC-02", "REL-01",  "REL-08",  "RES-01",  "RES-02",
        "RES-03",  "RES-04",  "RES-05",  "RES-07",  "HLTH-01", "HLTH-02", "HLTH-04"},
       [](CleanRun& run) {
         run.windows.clear();
         run.plan.phases.clear();
       }},
      {"Swaps",
       {"PERF-04", "PERF-05", "PERF-06", "PERF-08", "LOAD-02", "STAB-03", "STAB-07", "CONC-03",
        "CONC-04", "CONC-05", "REL-02", "REL-03", "REL-06", "REL-07", "COMP-01"},
       [](CleanRun& run) { run.swaps.clear(); }},
      {"EndsOfSwaps",
       {"PERF-04", "PERF-05", "REL-02", "REL-03", "REL-07", "STAB-07", "CONC-04", "CONC-05",
        "COMP-01"},
       [](CleanRun& run) {
         for (auto& swap : run.swaps) {
           swap.outcome = history::SwapOutcome::unseen;
           swap.t_served.reset();
         }
       }},
      {"ThirdOfThePlannedSwaps",
       {"REL-07", "CONC-05"},
       [](CleanRun& run) {
         std::erase_if(run.swaps, [](const auto& swap) { return swap.generation % 3 == 0; });
       }},
      {"OneKindOfBadSwap",
       {"REL-02", "REL-03"},
       [](CleanRun& run) {
         std::erase_if(run.swaps, [](const auto& swap) { return swap.variant == "bad-magic"; });
       }},
      {"ServedVersions", {"CONC-03"}, [](CleanRun& run) { run.served.clear(); }},
      {"Pairs", {"PERF-01", "PERF-03", "PERF-10"}, [](CleanRun& run) { run.pairs.clear(); }},
      {"JvmsOfPairs",
       {"PERF-01", "PERF-03", "PERF-10"},
       [](CleanRun& run) { run.pair_jvms.clear(); }},
      {"WindowsOfPairs", {"PERF-01"}, [](CleanRun& run) { run.pair_windows.clear(); }},
      {"ThreadsOfPairs", {"PERF-01"}, [](CleanRun& run) { run.pair_threads.clear(); }},
      {"AgentCpu", {"PERF-02"}, sample(series::kCpuAgent)},
      {"HeapLive", {"STAB-02", "LOAD-03"}, sample(series::kHeapLive)},
      {"Rss", {"LOAD-03", "STAB-06"}, sample(series::kRss)},
      {"HeapCommitted", {"LOAD-03", "STAB-06"}, sample(series::kHeapCommitted)},
      {"Classes", {"STAB-03"}, sample(series::kClassesLoaded)},
      // An image whose user has no name: the JVM keeps no counters then.
      {"CountersOfTheJvm",
       {"STAB-03", "STAB-06", "RES-06", "LOAD-03"},
       [](CleanRun& run) {
         for (const auto name : {series::kHeapUsed, series::kHeapCommitted, series::kMetaspaceUsed,
                                 series::kClassesLoaded})
           run.samples.erase(std::string(name));
         run.facts["resource_metrics"]["written"] = 0;
       }},
      {"Metaspace", {"STAB-03", "STAB-06"}, sample(series::kMetaspaceUsed)},
      {"Threads", {"STAB-04", "RES-03"}, sample(series::kThreads), "RES-06"},
      {"Descriptors", {"STAB-05", "RES-04"}, sample(series::kDescriptors), "RES-06"},
      {"ContainerMemory", {"RES-07"}, sample(series::kContainerMemory), "RES-06"},
      {"Periods", {"RES-07"}, sample(series::kPeriods)},
      {"Volumes", {"STAB-09"}, sample(series::kVolumeUsed)},
      {"Output", {"STAB-09"}, sample(series::kLogBytes)},
      {"Errors", {"STAB-08"}, sample(series::kLogErrors)},
      {"ErrorsOfTheLastMinutes",
       {"STAB-08"},
       [](CleanRun& run) {
         std::erase_if(run.samples[std::string(series::kLogErrors)],
                       [](const auto& row) { return row.t > history::at(400); });
       }},
      {"Cpu", {"PERF-09", "RES-05"}, sample(series::kCpuApp), "RES-06"},
      {"HostSpeed", {"PERF-09"}, sample(series::kHostSpin)},
      {"Allocated", {"RES-02"}, sample(series::kAllocated)},
      {"Recordings", {"MON-05"}, fact("recordings")},
      {"GcLog", {"LOAD-04", "RES-01", "RES-02"}, [](CleanRun& run) { run.gc.clear(); }},
      {"GcLogOfTheMeasuredPhases", {"LOAD-04", "RES-01"}, [](CleanRun& run) { run.gc.resize(1); }},
      {"Lives",
       {"STAB-01", "STAB-02", "STAB-03", "STAB-04", "STAB-05", "STAB-06", "STAB-08", "RES-01",
        "RES-02", "RES-03", "LOAD-03", "PERF-09", "MON-05"},
       [](CleanRun& run) { run.jvms.clear(); }},
      {"ThreadDumps", {"CONC-01", "CONC-02"}, [](CleanRun& run) { run.dumps.clear(); }},
      {"LateThreadDumps", {"CONC-01", "CONC-02"}, [](CleanRun& run) { run.dumps.resize(1); }},
      {"LockWaits",
       {"CONC-02"},
       [](CleanRun& run) {
         for (auto& dump : run.dumps) dump.lock_waits.reset();
       }},
      {"CpuOfThreads",
       {"CONC-02"},
       [](CleanRun& run) {
         for (auto& wait : run.lock_waits) wait.cpu.reset();
       }},
      {"LedgerTotal", {"CONC-06"}, fact("ledger.total")},
      {"AcknowledgedTotal",
       {"CONC-06"},
       [](CleanRun& run) {
         run.facts["ledger.total"]["value"] = run.facts["ledger.total"]["acknowledged"] = 0;
       }},
      {"BadSwapsLoad", {"REL-06"}, fact("bad_swaps.load")},
      {"RequestsBesideARefusedClass",
       {"REL-06"},
       [](CleanRun& run) { run.facts["bad_swaps.load"]["PricingService"].erase("order"); }},
      {"BreakerRecord",
       {"BRK-01", "BRK-02", "BRK-03", "BRK-04", "BRK-05", "BRK-06", "CFG-09"},
       fact("conformance.breaker")},
      {"RollbackRecord",
       {"ROLL-01", "ROLL-02", "ROLL-03", "ROLL-04", "ROLL-05", "CFG-07"},
       fact("conformance.rollback")},
      {"ConfigurationRecord",
       {"CFG-01", "CFG-02", "CFG-03", "CFG-04", "CFG-05", "CFG-06", "CFG-07", "CFG-08", "CFG-09",
        "CFG-10"},
       fact("conformance.configuration")},
      {"AttemptsInTheConfiguration",
       {"CFG-01", "CFG-02", "CFG-03", "CFG-05", "CFG-07", "CFG-08", "CFG-09"},
       in_configuration([](history::ItemRecord& record) { record.attempts.clear(); })},
      {"EveryBreakingChange",
       {"HLTH-02"},
       [](CleanRun& run) {
         run.facts.erase("conformance.rollback");
         run.facts.erase("conformance.configuration");
       }},
      {"Logs", {"CONC-07"}, [](CleanRun& run) { run.artifacts.clear(); }},
      {"LedgerChecks", {"REL-09", "REL-10"}, [](CleanRun& run) { run.ledger.clear(); }},
      {"LedgerCheckAtTheEnd", {"REL-09", "REL-10"}, [](CleanRun& run) { run.ledger.resize(1); }},
      {"AcknowledgedWrites",
       {"REL-09", "REL-10"},
       [](CleanRun& run) {
         for (auto& check : run.ledger) check.acknowledged = check.verified = 0;
       }},
      {"UptimeProbes", {"REL-04", "REL-05", "REL-08"}, endpoint("uptime")},
      {"HalfOfTheUptimeProbes",
       {"REL-08"},
       [](CleanRun& run) {
         std::erase_if(run.health, [](const Health& row) {
           return row.endpoint == "uptime" && row.t > history::at(200) && row.t < history::at(400);
         });
       }},
      {"LiveProbes", {"HLTH-01", "HLTH-02", "HLTH-04"}, endpoint("live")},
      {"ReadyProbes", {"HLTH-01", "HLTH-02"}, endpoint("ready")},
      {"ContainerHealth", {"HLTH-04"}, endpoint("container")},
      {"EverySignOfAFault",
       {"HLTH-01", "HLTH-02", "HLTH-04", "REL-11"},
       [](CleanRun& run) {
         run.events.clear();
         std::erase_if(run.health, [](const Health& row) { return row.endpoint != "uptime"; });
       }},
      {"Startup", {"HLTH-03"}, fact("startup")},
      {"Drain", {"HLTH-03", "HLTH-05"}, fact("drain")},
      {"RequestsInTheDrain", {"HLTH-05"}, [](CleanRun& run) { run.facts["drain"]["sent"] = 0; }},
      {"EndsOfRequestsInTheDrain",
       {"HLTH-05"},
       [](CleanRun& run) { run.facts["drain"]["untold"] = 7; }},
      {"Drift", {"COMP-05"}, fact("drift")},
      {"DigestOfTheJvm",
       {"COMP-05"},
       [](CleanRun& run) { run.facts["drift"][0]["served_sha256"] = nullptr; }},
      {"ConfigurationInForce", {"COMP-04"}, fact("config.in_force")},
      {"Versions", {"COMP-07"}, fact("versions")},
      {"ResourceMetrics", {"RES-06"}, fact("resource_metrics")},
      {"ContainerInspect", kByContainer, fact("container.inspect")},
      {"ImageInspect", {"SEC-18"}, fact("image.inspect")},
      {"ImageHistory", {"SEC-18"}, fact("image.history")},
      {"ImageSetuid", {"SEC-17"}, fact("image.setuid")},
      {"EngineInfo", {"SEC-05"}, fact("engine.info")},
  };
  return all;
}

class MissingSignal : public ::testing::TestWithParam<Missing> {};

TEST_P(MissingSignal, MakesItsChecksInconclusiveAndNoneRed) {
  const auto& missing = GetParam();
  CleanRun run;
  missing.remove(run);
  const auto judged = judge(run);
  for (const auto& id : missing.checks) {
    const auto& verdict = judged.of(id);
    EXPECT_EQ(verdict.status, Status::inconclusive) << id << ": " << verdict.because;
    EXPECT_GT(verdict.because.size(), 20U) << id;
  }
  for (const auto& id : judged.with(Status::fail))
    EXPECT_EQ(id, missing.may_be_red) << judged.of(id).because;
  EXPECT_NE(judged.verdict.status, RunStatus::pass);
}

INSTANTIATE_TEST_SUITE_P(Signals, MissingSignal, ::testing::ValuesIn(signals()),
                         [](const auto& missing) { return missing.param.name; });

TEST(MissingSignals, EveryCheckIsInconclusiveWithoutItsSignal) {
  std::set<std::string> without;
  for (const auto& check : all()) without.emplace(check.id);
  for (const auto& missing : signals())
    for (const auto& id : missing.checks) without.erase(id);
  EXPECT_THAT(without, ::testing::IsEmpty());
}

TEST(EmptyHistory, PassesNothing) {
  CleanRun empty;
  empty.windows.clear(), empty.jvms.clear(), empty.samples.clear(), empty.load.clear();
  empty.generator.clear(), empty.failures.clear(), empty.swaps.clear(), empty.served.clear();
  empty.faults.clear(), empty.gc.clear(), empty.redefinitions.clear(), empty.health.clear();
  empty.dumps.clear(), empty.ledger.clear(), empty.audit.clear(), empty.events.clear();
  empty.artifacts.clear(), empty.clock.clear(), empty.facts.clear();
  empty.pairs.clear(), empty.pair_jvms.clear(), empty.pair_threads.clear();
  empty.pair_windows.clear();
  const auto judged = judge(empty);
  EXPECT_THAT(judged.with(Status::pass), ::testing::IsEmpty());
  EXPECT_THAT(judged.with(Status::fail), ::testing::IsEmpty());
  EXPECT_EQ(judged.verdict.status, RunStatus::inconclusive);
}

}  // namespace
}  // namespace bhsim::checks
