#include "framework/runner/preflight.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;

constexpr std::int64_t kGigabyte = 1LL << 30;

Machine roomy() {
  return {.cores = 8, .memory_available = 64 * kGigabyte, .disk_available = 500 * kGigabyte};
}

TEST(Preflight, OnARoomyMachine_IsSilent) { EXPECT_TRUE(preflight(roomy(), {})); }

TEST(Preflight, TooLittleMemory_IsRefusedWithBothFigures) {
  auto machine = roomy();
  machine.memory_available = kGigabyte;
  const auto result = preflight(machine, {});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::engine);
  EXPECT_THAT(result.error().message, HasSubstr("memory: 1 GB available, 2 GB needed"));
  EXPECT_THAT(result.error().message, Not(HasSubstr("disk")));
}

TEST(Preflight, TheHeapThatThePlanAsksForAtOnce_CountsAsMemory) {
  config::Plan plan;
  plan.jvm = {"-Xms64g", "-Xmx64g"};
  const auto result = preflight(roomy(), plan);
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("66 GB needed"));
}

// As the JVM reads its flags.
TEST(Preflight, OfTwoInitialHeaps_TheLastCounts) {
  config::Plan plan;
  plan.jvm = {"-Xms900g", "-Xms1g"};
  EXPECT_TRUE(preflight(roomy(), plan));
}

// Reserved, not used.
TEST(Preflight, TheHeapThatItMayGrowTo_DoesNot) {
  config::Plan plan;
  plan.jvm = {"-Xms1g", "-Xmx200g"};
  EXPECT_TRUE(preflight(roomy(), plan));
}

TEST(Preflight, TooLittleDisk_IsRefused) {
  auto machine = roomy();
  machine.disk_available = kGigabyte;
  const auto result = preflight(machine, {});
  ASSERT_FALSE(result);
  EXPECT_THAT(result.error().message, HasSubstr("disk: 1 GB available, 2 GB needed"));
}

TEST(Preflight, ALongerRun_NeedsMoreDisk) {
  auto machine = roomy();
  machine.disk_available = 3 * kGigabyte;
  config::Plan plan;
  plan.duration = 1h;
  EXPECT_TRUE(preflight(machine, plan));
  plan.duration = 24h;
  EXPECT_FALSE(preflight(machine, plan));
}

TEST(Preflight, OneCore_IsTooFew) {
  auto machine = roomy();
  machine.cores = 1;
  EXPECT_FALSE(preflight(machine, {}));
}

TEST(Preflight, TwoCores_AreEnoughAndWorthAWord) {
  auto machine = roomy();
  machine.cores = 2;
  EXPECT_TRUE(preflight(machine, {}));
  const auto findings = examine(machine, nullptr);
  EXPECT_TRUE(std::any_of(findings.begin(), findings.end(), [](const Finding& finding) {
    return finding.level == Finding::Level::warning && finding.what == "2 cores";
  }));
}

TEST(Preflight, AllThatIsBad_IsToldAtOnce) {
  const auto result = preflight({}, {});
  ASSERT_FALSE(result);
  for (const auto* what : {"memory", "disk", "cores"})
    EXPECT_THAT(result.error().message, HasSubstr(what));
}

TEST(ThisMachine, IsMeasuredAlsoWhereTheFolderIsNotThereYet) {
  const auto machine = this_machine("/tmp/bhsim-not-there/runs");
  EXPECT_GE(machine.cores, 1);
  EXPECT_GT(machine.memory_available, 0);
  EXPECT_GT(machine.disk_available, 0);
}

}  // namespace
}  // namespace bhsim::runner
