// Whole runs on a real engine with a real JVM: verdict, interruption, kill; and that nothing is
// left.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <csignal>

#include "framework/engine/client.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/history/history.hpp"
#include "tests/e2e/process.hpp"

namespace bhsim::test {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::size_t left_on_engine() {
  auto endpoint = engine::discover("", engine::process_environment());
  if (!endpoint) return 999;
  const auto client = engine::Client::connect(std::move(*endpoint));
  if (!client) return 999;
  const auto left = faults::list_leftovers(*client, "");
  return left ? left->count() : 999;
}

// A run of the short simulation in a folder of its own.
class ShortRun {
 public:
  explicit ShortRun(const std::vector<std::string>& more = {})
      : folder_(std::move(*TemporaryDirectory::create("bhsim-e2e"))),
        process_(words(more), folder_.path()) {}

  Process& process() { return process_; }
  // The one run directory; empty while there is none.
  [[nodiscard]] Path directory() const {
    std::error_code ignored;
    for (const auto& entry : std::filesystem::directory_iterator(folder_.path() / "runs", ignored))
      return entry.path();
    return {};
  }
  [[nodiscard]] bool says(std::string_view word) const {
    return process_.output().find(word) != std::string::npos;
  }

 private:
  [[nodiscard]] std::vector<std::string> words(const std::vector<std::string>& more) const {
    std::vector<std::string> all{BHSIM_PROGRAM, "run",
                                 std::string(BHSIM_SOURCE_DIR) + "/tests/e2e/short.yml",
                                 "--out=" + (folder_.path() / "runs").string()};
    all.insert(all.end(), more.begin(), more.end());
    return all;
  }
  TemporaryDirectory folder_;
  Process process_;
};

TEST(Runs, WithTheReferenceAgent_PassSealReportAndLeaveNothing) {
  ShortRun run;
  EXPECT_EQ(run.process().wait(10min), 0) << run.process().output();
  EXPECT_EQ(left_on_engine(), 0U);
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

TEST(Runs, Interrupted_HealSealAndEndWith130) {
  ShortRun run;
  ASSERT_TRUE(eventually(3min, [&] { return run.says("ready after"); })) << run.process().output();
  run.process().signal(SIGINT);
  EXPECT_EQ(run.process().wait(2min), 130) << run.process().output();
  EXPECT_EQ(left_on_engine(), 0U);
  const auto history = history::History::open(run.directory());
  ASSERT_TRUE(history);
  EXPECT_TRUE(history->sealed());
}

TEST(Runs, KilledWithSignal9_AreCleanedUpByTheGuardAndJudgedAsInconclusive) {
  ShortRun run;
  ASSERT_TRUE(eventually(3min, [&] { return run.says("ready after"); })) << run.process().output();
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
