// Whole runs on a real engine with a real JVM: verdict and kill; and that nothing is left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>
#include <memory>

#include "framework/history/history.hpp"
#include "tests/e2e/short_run.hpp"

namespace bhsim::test {
namespace {

using namespace std::chrono_literals;

// The document's test of section 9.2.7, "Compliance and Security Test", and all else that the
// production simulation has: swaps, a fault, bad swaps, a drain, read-backs of the ledger.
TEST(ProductionReadinessTest, ShortForm_PassesIsSealedReportedAndLeavesNothing) {
  // As short as leaves all checks that decide; each refused change is waited for as long as a swap
  // may take, by default 15 s.
  const auto attempt =
      undisturbed_run("short.yml", {"--duration=74s", "--set", "agent.swap_within=5s"});
  if (!attempt) GTEST_SKIP() << "the machine was too busy for two runs";
  auto& run = *attempt;
  EXPECT_EQ(run.process().wait(10min), 0) << run.process().output();
  EXPECT_EQ(left_on_engine(), 0U);
  // The lines of the run while it goes on: what people look at to see whether it is worth waiting.
  EXPECT_THAT(run.process().output(),
              testing::ContainsRegex("steady .* heap [0-9.]+ MB  cpu [0-9]+ %"));
  for (const auto* file : {"run.db", "plan.json", "manifest.json", "resource-metrics.csv",
                           "report/index.html", "report/junit.xml", "artifacts"})
    EXPECT_TRUE(std::filesystem::exists(run.directory() / file)) << file;
  const auto history = history::History::open(run.directory());
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->sealed());
  EXPECT_GE(history->swaps().size(), 21U);
  EXPECT_GE(history->faults().size(), 1U);
  EXPECT_GE(history->ledger_checks().size(), 1U);
  // Judged again from the store alone: the same verdict.
  EXPECT_EQ(bhsim({"check", run.directory().string()}).code, 0);
}

TEST(Runs, KilledWithSignal9_AreCleanedUpByTheGuardAndJudgedAsInconclusive) {
  ShortRun run;
  ASSERT_TRUE(run.ready());
  EXPECT_GT(left_on_engine(), 0U);
  run.process().signal(SIGKILL);
  EXPECT_EQ(run.process().wait(10s), 128 + SIGKILL);
  EXPECT_TRUE(eventually(60s, [] { return left_on_engine() == 0; }));
  EXPECT_TRUE(
      eventually(10s, [&] { return std::filesystem::exists(run.directory() / "manifest.json"); }));
  EXPECT_EQ(bhsim({"check", run.directory().string()}).code, 2);
}

}  // namespace
}  // namespace bhsim::test
