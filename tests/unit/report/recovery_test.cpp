#include "framework/report/recovery.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/report/load_view.hpp"
#include "tests/support/sample_run.hpp"

namespace bhsim::report {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

// A kill at 510 that clients feel until 516, and a pause from 540 to 545 that nobody feels.
class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    for (int i = 0; i < 6000; ++i) {
      const double s = 0.1 * i;
      const bool down = s >= 510 && s < 516;
      run_.builder().add(history::Health{at(s), "uptime", !down, down ? 0 : 200, Nanos(2'000'000)});
    }
  }
  std::vector<RecoveryRow> rows() {
    const auto history = run_.builder().build();
    return recovery_rows({"runs/x", plan_, history, verdict_, load_});
  }
  // Another kill, out of service for so many seconds after its undo.
  void kill_again(std::int64_t id, double from, int seconds) {
    run_.builder().add(history::Fault{id, "kill", "load-1", history::FaultState::healed, at(from),
                                      at(from), at(from), at(from), at(from + seconds), "", ""});
    for (int i = 0; i < seconds; ++i)
      run_.builder().add(
          history::Health{at(from + i), "uptime", false, 0, std::chrono::seconds(1)});
  }

  SampleRun run_{600};
  const config::Plan plan_ = run_.plan();
  const checks::RunVerdict verdict_ = run_.passing();
  const LoadView load_;
};

TEST_F(RecoveryTest, OfEachKindAndOfAll) {
  const auto all = rows();
  ASSERT_EQ(all.size(), 3U);
  EXPECT_EQ(all[0].kind, "kill");
  EXPECT_EQ(all[1].kind, "pause");
  EXPECT_EQ(all[2].kind, "all");
  EXPECT_EQ(all[2].faults, 2);
  EXPECT_EQ(all[2].recovered, 2);
  EXPECT_EQ(all[2].reach, (std::vector<std::int64_t>{0, 2}));
}

TEST_F(RecoveryTest, WhatClientsFelt_IsItsReach) {
  const auto all = rows();
  EXPECT_THAT(all[0].touched, ElementsAre("order", "quote"));
  EXPECT_EQ(all[0].operations, 2);
  EXPECT_GT(all[0].failed, all[0].requests / 2);
  EXPECT_TRUE(all[1].touched.empty());
  EXPECT_EQ(all[1].failed, 0);
}

// Half a second, and no second of the load begins in it.
TEST_F(RecoveryTest, OfAFaultBetweenTwoSeconds_HasTheRequestsOfItsSecond) {
  run_.builder().add(history::Fault{3, "blink", "load-1", history::FaultState::healed, at(400.2),
                                    at(400.2), at(400.7), at(400.7), at(400.7), "", ""});
  const auto blink = rows().front();
  ASSERT_EQ(blink.kind, "blink");
  EXPECT_EQ(blink.operations, 2);
  EXPECT_GT(blink.requests, 0);
}

TEST_F(RecoveryTest, NoticedByNobody_HasNoTimeToDetection) {
  const auto all = rows();
  EXPECT_THAT(all[0].detection_s, ElementsAre(DoubleNear(1.6, 0.05)));
  EXPECT_TRUE(all[1].detection_s.empty());
}

TEST_F(RecoveryTest, TimeUntilClientsMetTooManyErrors_StandsBesideTheOneOfHealth) {
  for (int i = 0; i < 100; ++i)
    run_.builder().add(
        history::Failure{at(510.5), at(510.5), at(511), "quote", history::Outcome::timeout, 0, ""});
  const auto all = rows();
  EXPECT_THAT(all[0].error_rate_s, ElementsAre(DoubleNear(1.1, 0.05)));
  EXPECT_TRUE(all[1].error_rate_s.empty());
}

TEST_F(RecoveryTest, OfSeveralFaultsOfAKind_IsADistribution) {
  kill_again(3, 100, 2);
  kill_again(4, 200, 40);
  const auto kills = rows().front();
  EXPECT_EQ(kills.faults, 3);
  EXPECT_THAT(kills.recovery_s,
              ElementsAre(DoubleNear(2, 0.15), DoubleNear(5.8, 0.15), DoubleNear(40, 0.15)));
  EXPECT_EQ(kills.judged, 3);
  EXPECT_EQ(kills.recovered, 2) << "40 s are more than REL-05 allows";
  EXPECT_LT(kills.rate.low, 2.0 / 3);
  EXPECT_GT(kills.rate.high, 2.0 / 3);
}

}  // namespace
}  // namespace bhsim::report
