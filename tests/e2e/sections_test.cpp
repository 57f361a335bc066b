// The tests that phase 9.2 names, each the short form of its simulation (tests/e2e/sections) on a
// real engine with a real JVM: its verdicts, and that the evidence is there.
// ProductionReadinessTest is in run_test.cpp.

#include <gtest/gtest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/config/plan.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/history.hpp"
#include "framework/history/series.hpp"
#include "tests/e2e/short_run.hpp"

namespace bhsim::test {
namespace {

using history::SwapOutcome;
namespace series = history::series;

class SectionTest : public testing::Test {
 protected:
  // One run of the section; the test goes on only with its history.
  void run(const std::string& simulation, const std::vector<std::string>& more = {}) {
    run_ = undisturbed_run("sections/" + simulation, more);
    if (!run_) GTEST_SKIP() << "the machine was too busy for two runs";
    EXPECT_EQ(run_->process().wait({}), 0) << run_->process().output();
    auto history = history::History::open(run_->directory());
    ASSERT_TRUE(history) << history.error().message << run_->process().output();
    history_ = std::make_unique<history::History>(*std::move(history));
    expect_nothing_demoted();
    EXPECT_EQ(left_on_engine(), 0U);
  }

  // That the run passed says something only if nothing that it requires was left out.
  void expect_nothing_demoted() const {
    const auto stored = history_->fact(history::fact::kPlan);
    ASSERT_TRUE(stored);
    const auto plan = config::plan_from_json(*stored);
    ASSERT_TRUE(plan) << plan.error().message;
    for (const auto& [id, why] : plan->demoted) ADD_FAILURE() << id << ": " << why;
  }

  void expect_samples(std::string_view name, std::size_t least) const {
    EXPECT_GE(history_->samples(name).size(), least) << name;
  }

  [[nodiscard]] std::size_t landed() const {
    return static_cast<std::size_t>(
        std::count_if(history_->swaps().begin(), history_->swaps().end(), [](const auto& swap) {
          return swap.outcome == SwapOutcome::landed && swap.t_served.has_value();
        }));
  }

  std::unique_ptr<ShortRun> run_;
  std::unique_ptr<history::History> history_;
};

using HotSwapPerformanceTest = SectionTest;
using MemoryLeakDetectionTest = SectionTest;
using ConcurrencyStressTest = SectionTest;
using ErrorRateAnalysisTest = SectionTest;
using MemoryEfficiencyTest = SectionTest;

TEST_F(HotSwapPerformanceTest, ShortForm_TimesEachSwapFromItsFirstByteToItsFirstResponse) {
  run("hotswap.yml");
  if (!history_) return;
  EXPECT_GE(landed(), 21U);
}

TEST_F(MemoryLeakDetectionTest, ShortForm_FindsNoneInTheFloorsOfForcedCollections) {
  run("memory-leak.yml");
  if (!history_) return;
  EXPECT_GE(landed(), 21U);
  expect_samples(series::kHeapLive, 6);
  expect_samples(series::kMetaspaceUsed, 30);
  expect_samples(series::kThreads, 30);
  expect_samples(series::kDescriptors, 30);
}

TEST_F(ConcurrencyStressTest, ShortForm_SwapsGroupsAndAllAtOnceAndNothingGoesBack) {
  run("concurrency.yml");
  if (!history_) return;
  const auto& swaps = history_->swaps();
  EXPECT_GE(landed(), 21U);
  EXPECT_TRUE(
      std::any_of(swaps.begin(), swaps.end(), [](const auto& swap) { return swap.group_id != 0; }));
  EXPECT_FALSE(history_->served().empty());
  EXPECT_FALSE(history_->thread_dumps().empty());
  EXPECT_FALSE(history_->ledger_checks().empty());
}

// Its logs counted as the document's script does it.
TEST_F(ErrorRateAnalysisTest, ShortForm_RefusesWhatIsInvalidLandsWhatIsValidAndRecovers) {
  // Each refused change is waited for so long, and the default is 15 s.
  run("error-rate.yml", {"--set", "agent.swap_within=4s"});
  if (!history_) return;
  EXPECT_GE(landed(), 21U);
  for (const auto& swap : history_->swaps())
    if (!swap.valid) {
      EXPECT_EQ(swap.outcome, SwapOutcome::refused) << swap.variant;
    }
  ASSERT_EQ(history_->faults().size(), 1U);
  EXPECT_EQ(history_->faults().front().state, history::FaultState::healed);
  for (const auto* scenario : {"corrupt-bytecode", "invalid-changes", "resource-exhaustion"}) {
    const auto log = read_file(run_->directory() / fmt::format("artifacts/app-{}.log", scenario));
    ASSERT_TRUE(log) << log.error().message;
    EXPECT_NE(log->find(" ERROR "), std::string::npos) << *log;
    EXPECT_NE(log->find(" RECOVERED "), std::string::npos) << *log;
  }
}

TEST_F(MemoryEfficiencyTest, ShortForm_KeepsResourcesBoundedAndARowOfThemEveryTenSeconds) {
  run("memory-efficiency.yml");
  if (!history_) return;
  expect_samples(series::kHeapUsed, 30);
  expect_samples(series::kThreads, 30);
  expect_samples(series::kDescriptors, 30);
  const auto rows = read_file(run_->directory() / "resource-metrics.csv");
  ASSERT_TRUE(rows) << rows.error().message;
  EXPECT_GE(std::count(rows->begin(), rows->end(), '\n'), 6);
}

}  // namespace
}  // namespace bhsim::test
