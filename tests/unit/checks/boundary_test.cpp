// At the limit and beside it; and what healthy JVMs do that must not look like a defect.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "checks/limits.hpp"
#include "checks/verdict.hpp"
#include "clean_run.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

struct Boundary {
  std::string name;
  std::string check;
  Status status;
  std::function<void(CleanRun&)> set;
};
void PrintTo(const Boundary& boundary, std::ostream* out) { *out << boundary.name; }

std::function<void(CleanRun&)> swaps_take(Nanos latency) {
  return [=](CleanRun& run) {
    for (auto& swap : run.swaps)
      if (swap.t_served) swap.t_served = swap.t_write + latency;
  };
}

// `lost` of the valid swaps under load are lost, evenly spread.
std::function<void(CleanRun&)> swaps_lost(std::size_t lost) {
  return [=](CleanRun& run) {
    std::vector<Swap*> valid;
    for (auto& swap : run.swaps)
      if (swap.valid && swap.role == "load") valid.push_back(&swap);
    for (std::size_t i = 0; i < lost; ++i) {
      auto* swap = valid[i * valid.size() / lost];
      swap->outcome = SwapOutcome::lost;
      swap->t_served.reset();
    }
  };
}

// So many of the 90 quotes of every second end within the SLO.
std::function<void(CleanRun&)> good_of_a_hundred(double percent) {
  return [=](CleanRun& run) {
    for (auto& row : run.load) {
      row.planned = 1000;
      row.outcomes = {1000};
      row.within_slo = static_cast<std::int64_t>(std::lround(percent * 10));
    }
  };
}

std::function<void(CleanRun&)> failures_in_a_million(std::int64_t failed) {
  return [=](CleanRun& run) {
    for (auto& row : run.load) {
      row.planned = 1'000'000;
      row.outcomes = {1'000'000 - failed, failed};
      row.within_slo = row.outcomes[0];
    }
    run.failures.clear();
  };
}

std::function<void(CleanRun&)> series_is(std::string_view name,
                                         std::function<double(double, double)> value) {
  return [=](CleanRun& run) { run.change(name, value); };
}

std::function<void(CleanRun&)> fact_is(const char* fact, const char* key, nlohmann::json value) {
  return [=](CleanRun& run) { run.facts[fact][key] = value; };
}

void health_latency(CleanRun& run, std::string_view endpoint, Nanos latency) {
  for (auto& row : run.health)
    if (row.endpoint == endpoint) row.latency = latency;
}

// The thread that waits at 230 still does in the dumps from `from_s` to `to_s`, five seconds apart,
// having run for `ran` before each.
void asks_for_a_lock(CleanRun& run, int from_s, int to_s, Nanos ran) {
  auto wait = run.lock_waits.front();
  for (int s = from_s; s <= to_s; s += 5) {
    wait.t = history::at(s);
    *wait.cpu += ran;
    run.lock_waits.push_back(wait);
  }
}

const std::vector<Boundary>& at_the_limit() {
  static const std::vector<Boundary> all = {
      {"MeanSwapJustBelowTwoSeconds", "PERF-04", Status::pass, swaps_take(1999ms)},
      {"MeanSwapOfTwoSeconds", "PERF-04", Status::fail, swaps_take(2s)},
      {"P95SwapJustBelowTwoSeconds", "PERF-05", Status::pass, swaps_take(1999ms)},
      {"P95SwapOfTwoSeconds", "PERF-05", Status::fail, swaps_take(2s)},
      {"GoodputOfNinetyNine", "PERF-07", Status::pass, good_of_a_hundred(99)},
      {"GoodputBelowNinetyNine", "PERF-07", Status::fail, good_of_a_hundred(98.9)},
      {"P99AtTheObjective", "PERF-11", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.load) row.corrected = histogram(90, 99ms);
       }},
      {"P99AboveTheObjective", "PERF-11", Status::fail,
       [](CleanRun& run) {
         for (auto& row : run.load) row.corrected = histogram(90, 101ms);
       }},
      {"ErrorsBelowATenthOfAPercent", "LOAD-01", Status::pass, failures_in_a_million(999)},
      {"ErrorsOfATenthOfAPercent", "LOAD-01", Status::fail, failures_in_a_million(1000)},
      {"ErrorsBelowOnePercent", "REL-01", Status::pass, failures_in_a_million(9999)},
      {"ErrorsOfOnePercent", "REL-01", Status::fail, failures_in_a_million(10000)},
      {"FiveOfAHundredAndTwentySwapsLost", "REL-07", Status::pass, swaps_lost(5)},
      {"SixOfAHundredAndTwentySwapsLost", "REL-07", Status::fail, swaps_lost(6)},
      {"OneSwapLostInEachQuarter", "STAB-07", Status::pass, swaps_lost(4)},
      {"TwoSwapsLostInEachQuarter", "STAB-07", Status::fail, swaps_lost(8)},
      {"FiveThreadsMoreAtOnce", "STAB-04", Status::pass,
       series_is(series::kThreads, [](double s, double v) { return v + (s > 125 ? 5 : 0); })},
      {"LimitOfDescriptors", "RES-04", Status::pass,
       series_is(series::kDescriptors, [](double, double) { return 512; })},
      {"DescriptorsOfAFault", "RES-04", Status::pass,
       series_is(series::kDescriptors, [](double s, double) { return s == 501 ? 600 : 90; })},
      {"DescriptorsThatStayAfterAFault", "RES-04", Status::fail,
       series_is(series::kDescriptors,
                 [](double s, double) { return s >= 501 && s < 530 ? 600 : 90; })},
      {"OneDescriptorTooMany", "RES-04", Status::fail,
       series_is(series::kDescriptors, [](double s, double) { return s == 300 ? 513 : 90; })},
      {"FiftyMegabytesASwap", "RES-02", Status::pass,
       [](CleanRun& run) { run.allocate_more(48.5); }},
      {"MoreThanFiftyMegabytesASwap", "RES-02", Status::fail,
       [](CleanRun& run) { run.allocate_more(49.6); }},
      {"RangeOfTwentyThreads", "RES-03", Status::pass,
       series_is(series::kThreads,
                 [](double s, double) { return static_cast<int>(s) % 10 == 0 ? 60 : 40; })},
      {"RangeOfTwentyOneThreads", "RES-03", Status::fail,
       series_is(series::kThreads,
                 [](double s, double) { return static_cast<int>(s) % 10 == 0 ? 61 : 40; })},
      {"OneRowLacks", "RES-06", Status::pass, fact_is("resource_metrics", "written", 59)},
      {"TwoRowsOfSixtyLack", "RES-06", Status::fail, fact_is("resource_metrics", "written", 58)},
      {"ThrottledForFivePercent", "RES-07", Status::pass,
       series_is(series::kThrottledPeriods, [](double s, double) { return s * 0.5; })},
      {"ThrottledForMore", "RES-07", Status::fail,
       series_is(series::kThrottledPeriods, [](double s, double) { return s * 0.52; })},
      {"UnansweredWriteThatWasCounted", "CONC-06", Status::pass,
       fact_is("ledger.total", "value", 1002)},
      {"ThreadThatRanBetween", "CONC-02", Status::pass,
       [](CleanRun& run) { asks_for_a_lock(run, 235, 240, 10us); }},
      {"TwoDumpsOnly", "CONC-02", Status::pass,
       [](CleanRun& run) { asks_for_a_lock(run, 235, 235, 0us); }},
      {"DumpsOfTwoLives", "CONC-02", Status::pass,
       [](CleanRun& run) {
         asks_for_a_lock(run, 235, 240, 0us);
         run.end_first_life_at(232);
       }},
      {"SupersededByALaterWrite", "CONC-05", Status::pass,
       [](CleanRun& run) {
         for (std::size_t i = 1; i < run.swaps.size(); ++i) {
           if (run.swaps[i].t_write != run.swaps[i - 1].t_write) continue;
           run.swaps[i].outcome = SwapOutcome::superseded;
           break;
         }
       }},
      {"HealthJustBelowASecond", "HLTH-01", Status::pass,
       [](CleanRun& run) { health_latency(run, "ready", 999ms); }},
      {"HealthOfASecond", "HLTH-01", Status::fail,
       [](CleanRun& run) { health_latency(run, "ready", 1s); }},
      {"ContainerHealthOfAMinute", "HLTH-04", Status::pass,
       [](CleanRun& run) { health_latency(run, "container", 60s); }},
      {"ContainerHealthOlderThanAMinute", "HLTH-04", Status::fail,
       [](CleanRun& run) { health_latency(run, "container", 61s); }},
      {"DrainOfThirtySeconds", "HLTH-05", Status::pass,
       fact_is("drain", "exit_ns", to_ns(at(730)))},
      {"DrainOfMore", "HLTH-05", Status::fail, fact_is("drain", "exit_ns", to_ns(at(730.1)))},
      {"DrainThatEndsWithZero", "HLTH-05", Status::pass, fact_is("drain", "exit_code", 0)},
      {"PausesOfFivePercent", "LOAD-04", Status::pass,
       [](CleanRun& run) {
         for (auto& pause : run.gc) pause.pause = pause.forced ? 0ms : 190ms;
       }},
      {"OnFailureFive", "SEC-15", Status::pass,
       [](CleanRun& run) {
         run.facts["container.inspect"]["HostConfig"]["RestartPolicy"] = {{"Name", "on-failure"},
                                                                          {"MaximumRetryCount", 5}};
       }},
      {"OnFailureSix", "SEC-15", Status::fail,
       [](CleanRun& run) {
         run.facts["container.inspect"]["HostConfig"]["RestartPolicy"] = {{"Name", "on-failure"},
                                                                          {"MaximumRetryCount", 6}};
       }},
  };
  return all;
}

// In `of_twenty` of every twenty seconds, with half of the tails of them twice as long.
void machine_holds_up(CleanRun& run, int of_twenty) {
  const auto held_up = [&](Time t) { return static_cast<int>(seconds(t)) % 20 < of_twenty; };
  for (auto& second : run.generator)
    if (held_up(second.t)) second.lag = histogram(100, 4ms);
  for (auto& row : run.load)
    if (held_up(row.t) && static_cast<int>(seconds(row.t) / 20) % 2 == 0)
      row.corrected = histogram(90, 90ms);
}

const std::vector<Boundary>& healthy_habits() {
  static const std::vector<Boundary> all = {
      {"ClassesLoadedLateAreNoLeak", "STAB-03", Status::pass,
       series_is(series::kClassesLoaded,
                 [](double s, double v) {
                   return v + 60 * (1 - std::exp(-std::max(0.0, s - 120) / 20));
                 })},
      {"MetaspaceThatSettlesIsNoLeak", "STAB-03", Status::pass,
       series_is(series::kMetaspaceUsed,
                 [](double s, double v) {
                   return v + 0.8 * kMb * (1 - std::exp(-std::max(0.0, s - 120) / 30));
                 })},
      {"ThreadsOfTheJitComeAndGo", "STAB-04", Status::pass,
       series_is(series::kThreads,
                 [](double s, double v) { return v + std::floor(2.5 + 2.5 * std::sin(s / 37)); })},
      {"DescriptorsOfConnectionsComeAndGo", "STAB-05", Status::pass,
       series_is(series::kDescriptors,
                 [](double s, double v) { return v + std::floor(6 + 6 * std::sin(s / 23)); })},
      {"HeapThatIsTouchedForTheFirstTimeIsNoLeak", "LOAD-03", Status::pass,
       [](CleanRun& run) {
         run.change(series::kHeapCommitted, [](double, double) { return 1024 * kMb; });
         run.change(series::kHeapUsed, [](double s, double) { return (100 + s) * kMb; });
         run.change(series::kRss, [](double s, double) { return (300 + s) * kMb; });
       }},
      {"OneOddWindowIsPredictable", "PERF-08", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.load)
           if (row.t >= at(200) && row.t < at(215)) row.corrected = histogram(90, 90ms);
       }},
      {"TailThatMovesBelowHalfOfTheObjectiveIsPredictable", "PERF-08", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.load)
           if (static_cast<int>(seconds(row.t) / 20) % 2 == 0) row.corrected = histogram(90, 30ms);
       }},
      {"TailThatMovesWhenTheMachineHoldsUpIsNotTheApplications", "PERF-08", Status::pass,
       [](CleanRun& run) { machine_holds_up(run, 10); }},
      {"TailOnAMachineThatNearlyAlwaysHoldsUpIsNotKnown", "PERF-08", Status::inconclusive,
       [](CleanRun& run) { machine_holds_up(run, 19); }},
      {"WhatHotSpotKeepsOfEachRedefinitionIsNoLeak", "STAB-02", Status::pass,
       [](CleanRun& run) {
         const auto once = run.redefinitions;
         for (int i = 0; i < 19; ++i)
           run.redefinitions.insert(run.redefinitions.end(), once.begin(), once.end());
         run.change(series::kHeapLive,
                    [](double s, double v) { return v + std::max(0.0, s - 120) * 0.003 * kMb; });
       }},
      {"OnePauseOfManyIsNoGcPressure", "LOAD-04", Status::pass,
       [](CleanRun& run) { run.gc[10].pause = run.gc[10].forced ? 120ms : 199ms; }},
      {"OneFailedProbeIsUp", "REL-08", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint == "uptime" && row.t == at(200)) row.up = false;
       }},
      {"OneSlowHealthProbeOfManyIsInTime", "HLTH-01", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint == "live" && row.t == at(200.1)) row.latency = 3s;
       }},
      {"OneFailedProbeIsNoDisagreement", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint == "live" && row.t == at(200.1)) row.up = false;
       }},
      {"ContainerDownWithTheApplicationAgrees", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint != "container" ? row.t >= at(200) && row.t < at(260)
                                           : row.t >= at(215) && row.t < at(265))
             row.up = false;
       }},
      {"SupersededSwapsAreNotLost", "REL-07", Status::pass,
       [](CleanRun& run) {
         for (std::size_t i = 0; i < 20; ++i) {
           run.swaps[i].outcome = SwapOutcome::superseded;
           run.swaps[i].t_served.reset();
         }
       }},
      {"SwapThatMetAFaultIsNotLost", "REL-07", Status::pass,
       [](CleanRun& run) {
         for (std::size_t i = 0; i < 5; ++i) {
           run.swaps[i].t_write = at(500 + static_cast<double>(i) / 10);
           run.swaps[i].outcome = SwapOutcome::lost;
           run.swaps[i].t_served.reset();
         }
       }},
      {"FailuresInFaultsAreNoDroppedRequests", "LOAD-02", Status::pass,
       [](CleanRun& run) { run.fail_requests(500, 502, 20, Outcome::reset); }},
      {"OneOfMillionRequestsFailsAwayFromSwaps", "LOAD-02", Status::pass,
       [](CleanRun& run) { run.fail_requests(150, 151, 1, Outcome::reset); }},
      {"LostSwapsAreNotGoingBack", "CONC-03", Status::pass,
       [](CleanRun& run) {
         run.violations.push_back({at(200), "stale", "PricingService", "generation 3: lost"});
       }},
      {"EndInAFaultIsPlanned", "STAB-01", Status::pass,
       [](CleanRun& run) { run.first_life().planned_end = false; }},
      {"EndWithTheEngineIsNotTheApplicationsDoing", "STAB-01", Status::pass,
       [](CleanRun& run) {
         run.end_first_life_at(300);
         run.events.push_back({at(300), "c-load", "die", "exitCode=137"});
         run.facts["outside"] = {{"t_ns", to_ns(at(299))}, {"what", "the engine went away"}};
       }},
      {"EndBeforeTheEngineWentAwayIs", "STAB-01", Status::fail,
       [](CleanRun& run) {
         run.end_first_life_at(300);
         run.facts["outside"] = {{"t_ns", to_ns(at(301))}, {"what", "the engine went away"}};
       }},
      {"EndInTheWarmUpCounts", "STAB-01", Status::fail,
       [](CleanRun& run) {
         run.end_first_life_at(5);
         std::erase_if(run.windows, [](const Window& window) {
           return window.kind == WindowKind::phase && window.name != "warm-up";
         });
       }},
      {"PortIsNotPublished", "SEC-14", Status::pass,
       [](CleanRun& run) {
         run.facts["container.inspect"]["HostConfig"]["PortBindings"] = nullptr;
       }},
      {"PodmanListsTheCapabilities", "SEC-03", Status::pass,
       [](CleanRun& run) {
         run.facts["container.inspect"]["HostConfig"]["CapDrop"] = {
             "CAP_CHOWN",   "CAP_DAC_OVERRIDE", "CAP_FSETID",           "CAP_FOWNER",
             "CAP_MKNOD",   "CAP_NET_RAW",      "CAP_SETGID",           "CAP_SETUID",
             "CAP_SETFCAP", "CAP_SETPCAP",      "CAP_NET_BIND_SERVICE", "CAP_SYS_CHROOT",
             "CAP_KILL",    "CAP_AUDIT_WRITE"};
       }},
      {"EngineForbidsNewPrivilegesForAll", "SEC-04", Status::pass,
       [](CleanRun& run) {
         run.facts["container.inspect"]["HostConfig"]["SecurityOpt"] = nullptr;
         run.facts["engine.info"]["SecurityOptions"].push_back("name=no-new-privileges");
       }},
      {"OnlyForcedCollectionsAreNoPressure", "LOAD-04", Status::pass,
       [](CleanRun& run) { std::erase_if(run.gc, [](const auto& gc) { return !gc.forced; }); }},
      {"EngineThatIsStillUnhealthyAfterAPauseAgrees", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint == "container" && row.t > at(502) && row.t < at(515)) row.up = false;
       }},
      {"MetaspaceOfMergedConstantPoolsIsNoLeak", "STAB-03", Status::pass,
       series_is(series::kMetaspaceUsed,
                 [](double s, double v) { return v + std::max(0.0, s - 120) / 3 * 10 * 1024; })},
      {"NoCollectionAtAllIsNoPressure", "LOAD-04", Status::pass,
       [](CleanRun& run) {
         run.gc.clear();
         run.change(series::kGcTime, [](double, double) { return 5e6; });
       }},
      {"CounterOfCollectionsThatBeganAnewProvesNothing", "LOAD-04", Status::inconclusive,
       [](CleanRun& run) {
         run.gc.clear();
         run.change(series::kGcTime, [](double s, double) { return s < 300 ? 5e6 : 4e6; });
       }},
  };
  return all;
}

class AtTheLimit : public ::testing::TestWithParam<Boundary> {};

TEST_P(AtTheLimit, FallsOnItsSide) {
  const auto& boundary = GetParam();
  CleanRun run;
  boundary.set(run);
  const auto judged = judge(run);
  const auto& verdict = judged.of(boundary.check);
  EXPECT_EQ(verdict.status, boundary.status) << verdict.because;
}

INSTANTIATE_TEST_SUITE_P(Limits, AtTheLimit, ::testing::ValuesIn(at_the_limit()),
                         [](const auto& boundary) { return boundary.param.name; });
INSTANTIATE_TEST_SUITE_P(Healthy, AtTheLimit, ::testing::ValuesIn(healthy_habits()),
                         [](const auto& boundary) { return boundary.param.name; });

TEST(NoPause, IsSaidToBeNone_AndNeverAShareOfNone) {
  CleanRun run;
  std::erase_if(run.gc, [](const auto& gc) { return !gc.forced; });
  const auto judged = judge(run);
  const auto& verdict = judged.of("LOAD-04");
  EXPECT_EQ(verdict.value, 0);
  EXPECT_TRUE(verdict.because.starts_with("no pause but ")) << verdict.because;
}

TEST(LateSends, AreHeldAgainstTheLimitTheyBroke) {
  CleanRun run;
  run.facts["load.summary"]["invalid"] = {{{"kind", "late"},
                                           {"text", "5 of 1000 requests were sent late"},
                                           {"percent", 0.5},
                                           {"most_percent", 0.25}}};
  const auto judged = judge(run);
  const auto& verdict = judged.of("LOAD-06");
  EXPECT_EQ(verdict.status, Status::fail);
  EXPECT_EQ(verdict.value, 0.5);
  EXPECT_EQ(verdict.limit, 0.25);
  EXPECT_EQ(verdict.unit, "%");
}

TEST(LateSends, WhileTheHypervisorTookTheCpu_SaySo) {
  CleanRun run;
  for (auto& second : run.generator) second.cpu_share = 0.97;
  for (int s = 0; s < 600; ++s)
    run.samples[std::string(series::kHostStolen)].push_back(
        {std::string(series::kHostStolen), history::at(s), 0.09e9 * s});
  EXPECT_THAT(judge(run).of("LOAD-06").because,
              ::testing::HasSubstr("the hypervisor gave 9 % of the host's CPU"));
  for (auto& point : run.samples[std::string(series::kHostStolen)]) point.value /= 90;
  EXPECT_THAT(judge(run).of("LOAD-06").because, ::testing::Not(::testing::HasSubstr("hypervisor")));
}

// --- what has no history -----------------------------------------------------------------------

TEST(Holds, EachRelation_IsExactAtTheLimit) {
  EXPECT_FALSE(holds(2, {"<", 2, "s"}));
  EXPECT_TRUE(holds(2, {"<=", 2, "s"}));
  EXPECT_FALSE(holds(2, {">", 2, "s"}));
  EXPECT_TRUE(holds(2, {">=", 2, "s"}));
  EXPECT_TRUE(holds(100.0 * 7 / 7, {"=", 100, "%"}));
  EXPECT_FALSE(holds(1, {"=", 0, "writes"}));
  EXPECT_THROW(holds(1, {"~", 0, ""}), std::invalid_argument);
}

TEST(Compare, NotANumber_IsRefused) {
  EXPECT_THROW(compare(std::nan(""), {"<", 2, "s"}), std::invalid_argument);
}

TEST(Compare, ShareOfTooFewTrials_IsInconclusive) {
  const Limit limit{">", 95, "%"};
  EXPECT_EQ(compare(proportion(20, 20), limit).status(), Status::inconclusive);
  EXPECT_EQ(compare(proportion(21, 21), limit).status(), Status::pass);
}

TEST(Worst, OfParts_IsTheFailureThenTheGapThenThePassNearestToItsLimit) {
  const Verdict near = compare(9, {"<", 10, "s"}).because("near");
  const Verdict far = compare(1, {"<", 10, "s"}).because("far");
  const Verdict gap = inconclusive("gap");
  const Verdict failed = compare(11, {"<", 10, "s"}).because("failed");
  EXPECT_EQ(worst({far, near}).because, "near; far");
  EXPECT_EQ(worst({far, gap, near}).status, Status::inconclusive);
  EXPECT_EQ(worst({gap, failed}).status, Status::fail);
}

}  // namespace
}  // namespace bhsim::checks
