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
