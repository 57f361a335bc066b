// What the agent costs: intervals over pairs, and its own threads at rest.

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

TEST(Overhead, IntervalAcrossTheLimit_IsInconclusiveWithThePairsThatWouldDo) {
  CleanRun run;
  const Nanos later[] = {1s, 2s, 3s, 0s, 6s, 5500ms, 4s, 0s};
  for (auto& jvm : run.pair_jvms)
    jvm.start = 1500ms + (jvm.side == "a" ? later[jvm.pair - 1] : Nanos{});
  const auto verdict = judged(run, "PERF-10");
  EXPECT_EQ(verdict.status, Status::inconclusive) << verdict.because;
  EXPECT_THAT(verdict.because, HasSubstr("pairs would do"));
  EXPECT_NEAR(*verdict.value, 3.6, 0.3);
}

TEST(Overhead, FivePairs_AreTooFew) {
  CleanRun run;
  run.pairs.erase(run.pairs.begin());
  const auto all = judge(run);
  for (const char* id : {"PERF-03", "PERF-10"}) {
    EXPECT_EQ(all.of(id).status, Status::inconclusive) << id;
    EXPECT_THAT(all.of(id).because, HasSubstr("5 pairs with and without the agent; 6 are"));
  }
}

TEST(Overhead, ManyPairsThatWereNotMeasured_AreNoPass) {
  CleanRun run;
  for (std::int64_t id = 9; id <= 12; ++id)
    run.pairs.push_back(
        {.id = id, .t0 = history::at(1100), .t1 = history::at(1110), .trouble = ""});
  const auto all = judge(run);
  for (const char* id : {"PERF-03", "PERF-10"}) {
    EXPECT_EQ(all.of(id).status, Status::inconclusive) << id;
    EXPECT_THAT(all.of(id).because, HasSubstr("4 of 12 pairs say nothing")) << id;
  }
}

TEST(Overhead, ProfileThatNamesNoThreadOfTheAgent_IsNotBelieved) {
  CleanRun run;
  run.plan.agent.thread_prefix = "hotswap";
  run.change(history::series::kCpuAgent, [](double, double) { return 0; });
  const auto verdict = judged(run, "PERF-02");
  EXPECT_EQ(verdict.status, Status::inconclusive) << verdict.because;
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

}  // namespace
}  // namespace bhsim::checks
