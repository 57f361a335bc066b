// Four hours at 1,000 requests a second, as every probe would leave them: what they and their
// report take on disk. How long judging them takes is measured by bench/history.
// BHSIM_KEEP_RUN=folder keeps the run, for `bhsim check` and `bhsim report` by hand.

#include <gtest/gtest.h>

#include <cstdlib>

#include "checks/limits.hpp"
#include "framework/config/build.hpp"
#include "framework/report/report.hpp"
#include "tests/support/planned_run.hpp"

namespace bhsim {
namespace {

constexpr int kHours = 4;
constexpr std::uintmax_t kMostStoreBytes = 25'000'000ULL * kHours;
constexpr std::uintmax_t kMostPageBytes = 1'500'000;

Result<config::Plan> plan_of_four_hours() {
  config::PlanRequest request;
  request.resources = BHSIM_SOURCE_DIR;
  request.duration = std::chrono::hours(kHours);
  request.load = "high";
  for (const auto& check : checks::all()) request.checks.emplace_back(check.id);
  for (const auto& spec : checks::limit_specs())
    request.limits.push_back(
        {std::string(spec.id), std::string(spec.relation), std::string(spec.unit)});
  return config::build_plan(request);
}

class LongRun : public ::testing::Test {
 protected:
  LongRun() {
    if (const char* keep = std::getenv("BHSIM_KEEP_RUN")) folder_ = keep;
  }
  const TemporaryDirectory temporary_ = *TemporaryDirectory::create("bhsim-long-run");
  Path folder_ = temporary_.path();
};

TEST_F(LongRun, FourHours_StayWithinTheirSizes) {
  const auto plan = plan_of_four_hours();
  ASSERT_TRUE(plan) << plan.error().message;
  ASSERT_TRUE(make_directories(folder_));
  {
    auto store = history::Store::create(folder_, "20260101-000000-long");
    ASSERT_TRUE(store) << store.error().message;
    history::PlannedRun(*plan, *store).write();
    ASSERT_TRUE(store->seal());
  }
  const auto store_bytes = std::filesystem::file_size(folder_ / "run.db");
  RecordProperty("store_bytes", static_cast<int>(store_bytes));
  EXPECT_LT(store_bytes, kMostStoreBytes);

  const auto history = history::History::open(folder_);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->dropped_rows(), 0);
  const auto verdict = checks::judge(*plan, *history);
  const auto written = report::write_reports(folder_, *plan, *history, verdict);
  ASSERT_TRUE(written) << written.error().message;
  const auto page_bytes = std::filesystem::file_size(folder_ / "report" / "index.html");
  RecordProperty("page_bytes", static_cast<int>(page_bytes));
  EXPECT_LT(page_bytes, kMostPageBytes);
}

}  // namespace
}  // namespace bhsim
