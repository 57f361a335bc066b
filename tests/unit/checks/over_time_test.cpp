// What the checks over time see, and what they must not take for the application's doing.

#include "checks/over_time.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "clean_run.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
using ::testing::HasSubstr;
namespace series = history::series;

// --- PERF-06 -----------------------------------------------------------------------------------

// Of each second in which a swap begins so many percent are late.
JudgedRun with_late_seconds(double percent) {
  CleanRun run;
  for (const auto& swap : run.swaps)
    for (auto& row : run.load)
      if (swap.role == "load" && row.t <= swap.t_write && swap.t_write < row.t + 2s)
        row.within_slo =
            row.planned - std::lround(percent / 100 * static_cast<double>(row.planned));
  return judge(run);
}

TEST(ThroughputImpact, BelowAndAboveTheLimit_IsHeldAgainstTheQuietBesideIt) {
  EXPECT_EQ(with_late_seconds(3).of("PERF-06").status, Status::pass);
  EXPECT_EQ(with_late_seconds(8).of("PERF-06").status, Status::fail);
}

TEST(ThroughputImpact, OfAnApplicationThatIsSlowAllTheTime_IsNone) {
  CleanRun run;
  for (auto& row : run.load) row.within_slo = row.planned * 8 / 10;
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("PERF-06").status, Status::pass) << judged.of("PERF-06").because;
  EXPECT_EQ(judged.of("PERF-07").status, Status::fail);
}

TEST(ThroughputImpact, ThatComesNowAndThen_IsInconclusiveAndSaysWhatWouldDo) {
  CleanRun run;
  int i = 0;
  for (const auto& swap : run.swaps) {
    if (swap.role != "load" || ++i % 18 != 0) continue;
    for (auto& row : run.load)
      if (std::chrono::abs(row.t - swap.t_write) < 3s) row.within_slo = row.planned / 10;
  }
  const auto judged = judge(run);
  const auto& verdict = judged.of("PERF-06");
  EXPECT_EQ(verdict.status, Status::inconclusive) << verdict.because;
  EXPECT_THAT(verdict.because, HasSubstr("would do"));
}

TEST(ThroughputImpact, OfSwapsWithoutPauses_IsInconclusiveAndAsksForSome) {
  CleanRun run;
  const auto some = run.swaps.front();
  for (double s = 100; s < 480; ++s) {
    auto swap = some;
    swap.generation = 5000 + static_cast<std::int64_t>(s);
    swap.t_write = at(s);
    swap.t_served = at(s + 0.05);
    run.swaps.push_back(swap);
  }
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("PERF-06").status, Status::inconclusive);
  EXPECT_THAT(judged.of("PERF-06").because, HasSubstr("pauses between the swaps"));
}

// --- PERF-09 -----------------------------------------------------------------------------------

TEST(Degradation, OfAMachineThatGrowsSlower_IsNotTheApplications) {
  CleanRun run;
  run.change(series::kCpuApp, [](double s, double v) { return v * (1 + s / 1200); });
  for (auto& second : run.generator) second.cpu_share *= 1 + seconds(second.t) / 600;
  const auto judged = judge(run);
  const auto& verdict = judged.of("PERF-09");
  EXPECT_EQ(verdict.status, Status::inconclusive) << verdict.because;
  EXPECT_THAT(verdict.because, HasSubstr("machine"));
}

TEST(Degradation, OfAMachineWhoseClockFalls_IsDividedOut) {
  CleanRun run;
  run.change(series::kCpuApp, [](double s, double v) { return v * (1 + s / 6000); });
  run.change(series::kHostSpin, [](double s, double v) { return v * (1 + s / 3000); });
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("PERF-09").status, Status::pass) << judged.of("PERF-09").because;
}

TEST(Degradation, OfAMachineWhoseSpeedGoesUpAndDown_IsInconclusive) {
  CleanRun run;
  run.change(series::kHostSpin,
             [](double s, double v) { return static_cast<int>(s / 50) % 2 == 0 ? v : 1.5 * v; });
  EXPECT_EQ(judge(run).of("PERF-09").status, Status::inconclusive);
}

TEST(Degradation, InOneSwapOrFault_IsNone) {
  CleanRun run;
  // Slow and costly from the first swap to the end of each train, and after the faults began.
  for (auto& row : run.load) {
    const double s = seconds(row.t);
    const bool train = s >= 125 && s < 480 && std::fmod(s - 125, 30) < 20.5;
    if (train || s >= 499.5) row.corrected = histogram(90, 90ms);
  }
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("PERF-09").status, Status::pass) << judged.of("PERF-09").because;
}

TEST(Degradation, OfAWarmUpThatGoesOn_IsNone) {
  CleanRun run;
  run.change(series::kCpuApp,
             [](double s, double v) { return v + 5e9 * (1 - std::exp(-s / 100)); });
  EXPECT_EQ(judge(run).of("PERF-09").status, Status::pass);
}

TEST(Degradation, OfAShortRun_IsInconclusiveAndSaysHowLongItTakes) {
  CleanRun run;
  std::erase_if(run.load, [](const LoadSecond& row) { return row.t > at(90); });
  const auto judged = judge(run);
  const auto& verdict = judged.of("PERF-09");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("are needed, about"));
}

// --- LOAD-05 -----------------------------------------------------------------------------------

// A p99 of so many milliseconds in [from, to); the load rises at 60 and falls at 70.
JudgedRun with_p99(double from, double to, Nanos latency) {
  CleanRun run;
  for (auto& row : run.load)
    if (seconds(row.t) >= from && seconds(row.t) < to) row.corrected = histogram(90, latency);
  return judge(run);
}

TEST(LoadSteps, WhoseQueueDrainsInTime_Pass_AndLater_Fail) {
  EXPECT_EQ(with_p99(60, 95, 60ms).of("LOAD-05").status, Status::pass);
  EXPECT_EQ(with_p99(60, 105, 60ms).of("LOAD-05").status, Status::fail);
  EXPECT_NEAR(*with_p99(60, 95, 60ms).of("LOAD-05").value, 25, 1e-6);
}

TEST(LoadSteps, WhoseSecondsASharedMachineSpoilsNowAndThen_Settle) {
  CleanRun run;
  for (auto& row : run.load)
    if (seconds(row.t) >= 60 && static_cast<int>(seconds(row.t)) % 5 < 2)
      row.corrected = histogram(90, 60ms);
  EXPECT_EQ(judge(run).of("LOAD-05").status, Status::pass);
}

// A queue that has formed since would be its own base.
TEST(LoadSteps, OfOnePhase_AreHeldAgainstWhatWasBeforeTheFirst) {
  CleanRun run;
  run.plan.steps = {{.at = 132s, .length = 10s, .factor = 1.0, .phase = "steady"},
                    {.at = 430s, .length = 10s, .factor = 1.0, .phase = "steady"}};
  EXPECT_EQ(judge(run).of("LOAD-05").status, Status::pass) << judge(run).of("LOAD-05").because;
  for (auto& row : run.load)
    if (seconds(row.t) >= 200) row.corrected = histogram(90, 60ms);
  EXPECT_EQ(judge(run).of("LOAD-05").status, Status::fail) << judge(run).of("LOAD-05").because;
}

TEST(LoadSteps, OfALatencyThatNobodyNotices_Settle) {
  EXPECT_EQ(with_p99(60, 120, 20ms).of("LOAD-05").status, Status::pass);
}

TEST(LoadSteps, ThatTheGeneratorDidNotMake_AreInconclusive) {
  CleanRun run;
  for (auto& row : run.load)
    if (row.operation == "quote") row.planned = row.outcomes[0] = row.within_slo = 90;
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("LOAD-05").status, Status::inconclusive);
  EXPECT_THAT(judged.of("LOAD-05").because, HasSubstr("the load was"));
}

TEST(LoadSteps, OfAMachineThatHeldUpTheGenerator_AreJudgedWithoutItsLag) {
  CleanRun run;
  for (auto& row : run.load)
    if (seconds(row.t) >= 60 && seconds(row.t) < 104) row.corrected = histogram(90, 60ms);
  for (auto& second : run.generator)
    if (seconds(second.t) >= 60 && seconds(second.t) < 104)
      second.lag = histogram(100, 80us, 0.1, 50ms);
  EXPECT_EQ(judge(run).of("LOAD-05").status, Status::pass);
}

TEST(LoadSteps, WithoutRowsOfTheGenerator_AreInconclusive) {
  CleanRun run;
  run.generator.clear();
  EXPECT_EQ(judge(run).of("LOAD-05").status, Status::inconclusive);
}

TEST(LoadSteps, OfAPlanWithoutAny_AreNotApplicable) {
  CleanRun run;
  run.plan.steps.clear();
  EXPECT_EQ(judge(run).of("LOAD-05").status, Status::not_applicable);
}

TEST(LoadSteps, OfAPhaseThatWasNotReached_AreInconclusive) {
  CleanRun run;
  run.plan.steps.front().phase = "later";
  EXPECT_EQ(judge(run).of("LOAD-05").status, Status::inconclusive);
}

// --- STAB-06, STAB-08, STAB-09 -----------------------------------------------------------------

TEST(NativeMemory, OfAHeapThatIsTouchedForTheFirstTime_DoesNotGrow) {
  CleanRun run;
  // The heap fills up to what is committed in five minutes, and resident memory with it.
  const auto filled = [](double s) { return std::min(250.0, 40 + 0.7 * std::max(0.0, s)) * kMb; };
  run.change(series::kHeapUsed, [&](double s, double) { return filled(s); });
  run.change(series::kRss, [&](double s, double) { return 200 * kMb + filled(s); });
  std::erase_if(run.gc, [](const GcPause& pause) { return !pause.forced; });
  for (auto& pause : run.gc) pause.before_bytes = 1 << 20;
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("STAB-06").status, Status::pass) << judged.of("STAB-06").because;
  EXPECT_EQ(judged.of("LOAD-03").status, Status::pass) << judged.of("LOAD-03").because;
}

TEST(NativeMemory, ThatGrowsBehindAHeapThatIsCommittedAndNeverTouched_IsSeen) {
  CleanRun run;
  run.change(series::kHeapCommitted, [](double, double) { return 4096 * kMb; });
  run.change(series::kRss, [](double s, double v) { return v + 0.2 * kMb * s; });
  EXPECT_EQ(judge(run).of("STAB-06").status, Status::fail);
}

TEST(NativeMemory, ThatAYoungJvmAddsInItsFirstMinute_IsNoLeak) {
  CleanRun run;
  run.change(series::kRss, [](double s, double v) { return v + std::min(s, 60.0) * 0.4 * kMb; });
  EXPECT_EQ(judge(run).of("STAB-06").status, Status::pass);
}

// So many lines of errors by that second.
JudgedRun with_errors(const std::function<double(double)>& lines) {
  CleanRun run;
  run.change(series::kLogErrors, [&](double s, double) { return std::floor(lines(s)); });
  return judge(run);
}

TEST(ErrorLines, AsManyAllTheTime_AreNoTrend) {
  const auto judged = with_errors([](double s) { return 3 * s; });
  EXPECT_EQ(judged.of("STAB-08").status, Status::pass) << judged.of("STAB-08").because;
}

TEST(ErrorLines, InABurst_AreInconclusiveAndSayHowLongItTakes) {
  const auto judged = with_errors([](double s) { return s < 450 ? 0 : 500; });
  EXPECT_EQ(judged.of("STAB-08").status, Status::inconclusive) << judged.of("STAB-08").because;
  EXPECT_THAT(judged.of("STAB-08").because, HasSubstr("would tell"));
}

TEST(ErrorLines, AFewMoreInAShortRun_AreNoTrend) {
  const auto judged = with_errors([](double s) { return s < 450 ? 0 : (s - 450) / 12; });
  EXPECT_EQ(judged.of("STAB-08").status, Status::pass) << judged.of("STAB-08").because;
}

TEST(ErrorLines, OfAFault_AreTheFaults) {
  const auto judged =
      with_errors([](double s) { return s < 500 ? 0 : std::min(s - 500, 1.0) * 500; });
  EXPECT_EQ(judged.of("STAB-08").status, Status::pass) << judged.of("STAB-08").because;
}

TEST(DiskUse, OutputThatAShortRunCannotJudge_IsInconclusive) {
  CleanRun run;
  run.change(series::kLogBytes, [](double s, double) { return s < 590 ? 0 : 40 * kMb; });
  EXPECT_EQ(judge(run).of("STAB-09").status, Status::fail);
  run.change(series::kLogBytes, [](double s, double) { return s < 590 ? 0 : 15 * kMb; });
  run.plan.limits["STAB-09.output"] = {"<=", 50, "MB/h"};
  EXPECT_EQ(judge(run).of("STAB-09").status, Status::inconclusive);
}

TEST(DiskUse, OfAContractWithoutVolumes_IsItsOutput) {
  CleanRun run;
  run.plan.app.volumes.clear();
  run.samples.erase(std::string(series::kVolumeUsed));
  EXPECT_EQ(judge(run).of("STAB-09").status, Status::pass);
}

// --- RES-01, RES-05 ----------------------------------------------------------------------------

TEST(HeapHabits, ThatSettleInTheFirstHalf_ArePredictable) {
  CleanRun run;
  for (auto& pause : run.gc)
    pause.after_bytes = static_cast<std::int64_t>(std::min(200.0, 50 + seconds(pause.t)) * kMb);
  EXPECT_EQ(judge(run).of("RES-01").status, Status::pass) << judge(run).of("RES-01").because;
}

TEST(HeapHabits, OfFewCollections_AreInconclusiveAndSayHowLongItTakes) {
  CleanRun run;
  run.gc.resize(4);
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("RES-01").status, Status::inconclusive);
  EXPECT_THAT(judged.of("RES-01").because, HasSubstr("are needed, about"));
}

// A heap that only fills up: nothing of the old generation was collected in its last half.
TEST(HeapHabits, OfAnOldGenerationThatNobodyCleaned_AreInconclusive) {
  CleanRun run;
  std::erase_if(run.gc, [](const GcPause& pause) {
    return pause.kind.starts_with("Pause Full") && pause.t > at(270);
  });
  for (auto& pause : run.gc)
    pause.after_bytes = static_cast<std::int64_t>((20 + seconds(pause.t) / 3) * kMb);
  const auto judged = judge(run);
  EXPECT_EQ(judged.of("RES-01").status, Status::inconclusive) << judged.of("RES-01").because;
  EXPECT_THAT(judged.of("RES-01").because, HasSubstr("the old generation was cleaned 0 times"));
}

TEST(HeapHabits, OfAHeapThatShrinks_AreNotFuller) {
  CleanRun run;
  for (auto& pause : run.gc)
    if (pause.t > at(400)) pause.capacity_bytes /= 2;
  EXPECT_EQ(judge(run).of("RES-01").status, Status::pass);
}

TEST(HeapHabits, OfCollectionsThatComeTogether_CountOnce) {
  CleanRun run;
  const auto full = [](const GcPause& pause) { return pause.forced; };
  std::erase_if(run.gc, std::not_fn(full));
  run.gc.resize(10);
  const auto all = run.gc;
  for (auto pause : all) {
    pause.t += 50ms;
    pause.forced = false;
    run.gc.push_back(pause);
  }
  std::ranges::stable_sort(run.gc, {}, &GcPause::t);
  EXPECT_EQ(judge(run).of("RES-01").status, Status::inconclusive);
}

// A second with so much more of a core.
void add_spike(CleanRun& run, double at_s, double cores = 0.7) {
  run.change(series::kCpuApp, [=](double s, double v) { return s > at_s ? v + cores * 1e9 : v; });
}

TEST(CpuSpikes, OnceOrTwice_MayBeChance_AndThreeTimesAreNot) {
  CleanRun run;
  add_spike(run, 86.5);
  EXPECT_EQ(judge(run).of("RES-05").status, Status::inconclusive)
      << judge(run).of("RES-05").because;
  add_spike(run, 96.5);
  EXPECT_EQ(judge(run).of("RES-05").status, Status::inconclusive);
  EXPECT_THAT(judge(run).of("RES-05").because, HasSubstr("would tell"));
  add_spike(run, 106.5);
  EXPECT_EQ(judge(run).of("RES-05").status, Status::fail);
}

TEST(CpuSpikes, OfSwapsCollectionsFaultsAndAYoungJvm_AreTheirs) {
  CleanRun run;
  for (const double s : {33.5, 40.5, 126.5, 146.5, 201.5, 500.5, 545.5, 570.5}) add_spike(run, s);
  for (const auto& window : run.windows)
    if (window.kind == WindowKind::gc) add_spike(run, seconds(window.t0) + 0.3);
  EXPECT_EQ(judge(run).of("RES-05").status, Status::pass) << judge(run).of("RES-05").because;
}

TEST(CpuSpikes, OfTheCollectorsOwnCycle_AreItsOwn) {
  CleanRun run;
  for (const double s : {84.0, 92.0, 104.0}) {
    run.gc.push_back({at(s), 0, "Pause Young (Concurrent Start)", "", 1, 1, 256 << 20, 4ms, false});
    run.gc.push_back({at(s + 2), 0, "Pause Cleanup", "", 1, 1, 256 << 20, 1ms, false});
    add_spike(run, s + 1);
  }
  std::ranges::stable_sort(run.gc, {}, &GcPause::t);
  EXPECT_EQ(judge(run).of("RES-05").status, Status::pass) << judge(run).of("RES-05").because;
}

TEST(CpuSpikes, ForWhichThereIsNoCoreLeft_AreInconclusive) {
  CleanRun run;
  run.facts["versions"]["application_cpuset"] = "1";
  EXPECT_EQ(judge(run).of("RES-05").status, Status::pass);
  run.change(series::kCpuApp, [](double s, double v) { return v + 0.6e9 * s; });
  EXPECT_EQ(judge(run).of("RES-05").status, Status::inconclusive);
  EXPECT_THAT(judge(run).of("RES-05").because, HasSubstr("leave no room for a spike"));
  run.facts["versions"]["application_cpuset"] = "0-1,5";
  EXPECT_EQ(judge(run).of("RES-05").status, Status::pass) << judge(run).of("RES-05").because;
}

TEST(CpuSpikes, ThatAreSmall_AreTheCompilers) {
  CleanRun run;
  for (const double s : {86.5, 92.5, 98.5, 104.5}) add_spike(run, s, 0.3);
  EXPECT_EQ(judge(run).of("RES-05").status, Status::pass);
}

TEST(CpuSpikes, OfARunWithoutQuietSeconds_AreInconclusiveAndSayHowLongItTakes) {
  CleanRun run;
  std::erase_if(run.samples[std::string(series::kCpuApp)],
                [](const Sample& row) { return row.t > at(110); });
  EXPECT_EQ(judge(run).of("RES-05").status, Status::inconclusive);
  EXPECT_THAT(judge(run).of("RES-05").because, HasSubstr("are needed, about"));
}

// --- what they share ---------------------------------------------------------------------------

TEST(Counter_, IsReadBetweenItsSamples_AndNotOverAGapOrANewBeginning) {
  CleanRun run;
  auto& cpu = run.samples[std::string(series::kCpuApp)];
  std::erase_if(cpu, [](const Sample& row) { return row.t > at(200) && row.t < at(260); });
  for (auto& row : cpu)
    if (row.t >= at(400)) row.value -= 80e9;
  const auto judged = judge(run);
  const Counter counter(*judged.history, series::kCpuApp);
  EXPECT_NEAR(*counter.grown({at(100.5), at(101.5)}), 0.2e9, 1);
  EXPECT_FALSE(counter.grown({at(230), at(231)}));
  EXPECT_FALSE(counter.grown({at(399.5), at(400.5)}));
  EXPECT_FALSE(counter.grown({at(-5), at(10)}));
}

TEST(QuietSpans, LeaveOutSwapsToTheLimitOfALostOne) {
  CleanRun run;
  run.swaps.front().outcome = SwapOutcome::lost;
  run.swaps.front().t_served.reset();
  const auto judged = judge(run);
  const auto quiet = quiet_spans(run.plan, *judged.history, {at(110), at(200)});
  EXPECT_TRUE(contains(quiet, at(120)));
  EXPECT_FALSE(contains(quiet, at(129.5)));
  EXPECT_TRUE(contains(quiet, at(143.5)));
  EXPECT_FALSE(contains(quiet, at(142.5)));
}

}  // namespace
}  // namespace bhsim::checks
