// What the agent costs: two sources, intervals over pairs, and the floor beside them.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "clean_run.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Verdict judged(const CleanRun& run, std::string_view id) { return judge(run).of(id); }

// The agent's JVM uses so much more in each window of that pair.
void cost(CleanRun& run, std::int64_t pair, double share) {
  for (auto& window : run.pair_windows)
    if (window.pair == pair)
      window.cpu_a =
          Nanos(static_cast<std::int64_t>(static_cast<double>(window.cpu_b.count()) * (1 + share)));
}

TEST(Overhead, OneWindowInTenFarOff_ChangesNothing) {
  CleanRun run;
  const double before = *judged(run, "PERF-01").value;
  for (std::size_t i = 0; i < run.pair_windows.size(); i += 10) run.pair_windows[i].cpu_a *= 10;
  const auto verdict = judged(run, "PERF-01");
  EXPECT_EQ(verdict.status, Status::pass) << verdict.because;
  EXPECT_NEAR(*verdict.value, before, 1);
}

TEST(Overhead, IntervalAcrossTheLimit_IsInconclusiveWithThePairsThatWouldDo) {
  CleanRun run;
  const double costs[] = {0.00, 0.01, 0.03, 0, 0.06, 0.05, 0.02, 0};
  for (const auto& pair : run.pairs)
    if (!pair.floor) cost(run, pair.id, costs[pair.id - 1]);
  const auto verdict = judged(run, "PERF-01");
  EXPECT_EQ(verdict.status, Status::inconclusive) << verdict.because;
  EXPECT_THAT(verdict.because, HasSubstr("pairs would do"));
  EXPECT_NEAR(*verdict.value, 2.75, 0.5);
}

TEST(Overhead, FivePairs_AreTooFew) {
  CleanRun run;
  run.pairs.erase(run.pairs.begin());
  const auto all = judge(run);
  for (const char* id : {"PERF-01", "PERF-03", "PERF-10"}) {
    EXPECT_EQ(all.of(id).status, Status::inconclusive) << id;
    EXPECT_THAT(all.of(id).because, HasSubstr("5 pairs with and without the agent; 6 are"));
  }
}

TEST(Overhead, FloorAboveTheLimit_IsNoMeasurement) {
  CleanRun run;
  for (const auto& pair : run.pairs)
    if (pair.floor) cost(run, pair.id, pair.id % 8 == 0 ? 0.09 : -0.08);
  const auto verdict = judged(run, "PERF-01");
  EXPECT_EQ(verdict.status, Status::inconclusive) << verdict.because;
  EXPECT_THAT(verdict.because, HasSubstr("not quiet enough"));
}

TEST(Overhead, WithoutAFloor_IsNoMeasurement) {
  CleanRun run;
  std::erase_if(run.pairs, [](const auto& pair) { return pair.floor; });
  EXPECT_EQ(judged(run, "PERF-01").status, Status::inconclusive);
}

TEST(Overhead, ManyPairsInTrouble_AreNoPass) {
  CleanRun run;
  for (std::int64_t id = 9; id <= 12; ++id)
    run.pairs.push_back({.id = id,
                         .t0 = history::at(1100),
                         .t1 = history::at(1110),
                         .trouble = "of 11000 requests to side a, 9000 ended ok"});
  const auto all = judge(run);
  for (const char* id : {"PERF-01", "PERF-03", "PERF-10"}) {
    EXPECT_EQ(all.of(id).status, Status::inconclusive) << id;
    EXPECT_THAT(all.of(id).because, HasSubstr("4 of 12 pairs say nothing")) << id;
  }
}

TEST(Overhead, SwapsThatNobodySaw_AreNoMeasurementOfSwapping) {
  CleanRun run;
  for (auto& pair : run.pairs) pair.served = 0;
  EXPECT_EQ(judged(run, "PERF-01").status, Status::inconclusive);
}

TEST(Overhead, ThreadsThatOnlyTheAgentsJvmHas_AreTheAgentsWhateverTheyAreCalled) {
  CleanRun run;
  run.plan.agent.thread_prefix.clear();
  for (auto& thread : run.pair_threads)
    if (thread.name.starts_with("bhsim-agent")) thread = {thread.pair, "a", "poller", 300ms};
  const auto verdict = judged(run, "PERF-01");
  EXPECT_EQ(verdict.status, Status::fail) << verdict.because;
  EXPECT_THAT(verdict.because, HasSubstr("(poller)")) << "and not the JVM's own compiler thread";
}

TEST(Overhead, ProfileThatNamesNoThreadOfTheAgent_IsNotBelieved) {
  CleanRun run;
  run.plan.agent.thread_prefix = "hotswap";
  run.change(history::series::kCpuAgent, [](double, double) { return 0; });
  const auto all = judge(run);
  EXPECT_EQ(all.of("PERF-01").status, Status::inconclusive) << all.of("PERF-01").because;
  EXPECT_EQ(all.of("PERF-02").status, Status::inconclusive) << all.of("PERF-02").because;
}

TEST(Overhead, ProfileWithoutAName_CannotBeJudgedAtRest) {
  CleanRun run;
  run.plan.agent.thread_prefix.clear();
  const auto verdict = judged(run, "PERF-02");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("thread_prefix"));
}

TEST(Overhead, CpuOfSwaps_IsNotCpuAtRest) {
  CleanRun run;
  // A fifth of a core in the second after each swap's beginning, which its window masks.
  double extra = 0;
  auto& samples = run.samples.at(std::string(history::series::kCpuAgent));
  for (auto& sample : samples) {
    const bool swapping = std::ranges::any_of(run.swaps, [&](const auto& swap) {
      return swap.role == "load" && sample.t > swap.t_write && sample.t <= swap.t_write + 1s;
    });
    if (swapping) extra += 0.2e9;
    sample.value += extra;
  }
  const auto verdict = judged(run, "PERF-02");
  EXPECT_EQ(verdict.status, Status::pass) << verdict.because;
  EXPECT_NEAR(*verdict.value, 0.3, 0.01);
}

TEST(Overhead, RunTooShort_CannotBeJudgedAtRest) {
  CleanRun run;
  auto& samples = run.samples.at(std::string(history::series::kCpuAgent));
  samples.erase(samples.begin(), samples.begin() + 590);
  const auto verdict = judged(run, "PERF-02");
  EXPECT_EQ(verdict.status, Status::inconclusive);
  EXPECT_THAT(verdict.because, HasSubstr("20s are needed"));
}

TEST(Overhead, MemoryThatTheJvmDoesNotTell_IsMissing) {
  CleanRun run;
  for (auto& jvm : run.pair_jvms) jvm.heap_live.reset();
  EXPECT_EQ(judged(run, "PERF-03").status, Status::inconclusive);
  EXPECT_EQ(judged(run, "PERF-10").status, Status::pass);
}

TEST(Overhead, RunCutShortAmongItsPairs_IsNoPass) {
  CleanRun run;
  run.facts["end"] = {{"reason", "interrupted"}, {"detail", ""}};
  EXPECT_EQ(judged(run, "PERF-01").status, Status::inconclusive);
}

}  // namespace
}  // namespace bhsim::checks
