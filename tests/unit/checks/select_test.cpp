#include "checks/select.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "clean_run.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using history::at;
using ::testing::ElementsAre;

Span span(double from, double to) { return {at(from), at(to)}; }

TEST(Subtract, MasksInsideAcrossAndBeside_LeaveTheRest) {
  EXPECT_THAT(subtract({span(0, 10)}, {span(2, 3), span(8, 12), span(-5, 1)}),
              ElementsAre(span(1, 2), span(3, 8)));
  EXPECT_THAT(subtract({span(0, 10)}, {span(10, 12), span(-2, 0)}), ElementsAre(span(0, 10)));
  EXPECT_TRUE(subtract({span(0, 10)}, {span(0, 6), span(5, 10)}).empty());
}

TEST(Undisturbed, LeavesOutFaultsCollectionsAndTheSecondBeforeThem) {
  const auto judged = judge(CleanRun());
  const auto left = undisturbed(CleanRun().plan, *judged.history, span(490, 520));
  EXPECT_THAT(left, ElementsAre(span(490, 499), span(502, 520)));
}

TEST(UndisturbedAndWarm, LeavesOutTheFirstSecondsOfANewLife) {
  CleanRun run;
  std::erase_if(run.windows,
                [](const auto& window) { return window.kind == history::WindowKind::gc; });
  const auto judged = judge(run);
  const auto left = undisturbed_and_warm(run.plan, *judged.history, span(530, 570));
  EXPECT_THAT(left, ElementsAre(span(530, 539), span(562.5, 570)));
}

TEST(FaultSpans, OfAFaultThatNeverHealed_ReachToTheEnd) {
  CleanRun run;
  run.faults[0].t_healed.reset();
  run.faults[0].t_recovered.reset();
  run.faults[0].state = history::FaultState::undo_failed;
  const auto judged = judge(run);
  EXPECT_TRUE(contains(fault_spans(run.plan, *judged.history), at(595)));
}

TEST(LoadIn, TakesOnlySecondsThatLieWhollyInside) {
  const auto judged = judge(CleanRun());
  const auto rows = load_in(*judged.history, {span(100.5, 103)});
  ASSERT_EQ(rows.size(), 4U);  // two seconds, two operations
  EXPECT_EQ(rows.front()->t, at(101));
}

TEST(LongestLife, OfARunWithAKill_IsTheOneBeforeIt) {
  const auto judged = judge(CleanRun());
  EXPECT_EQ(longest_life(*judged.history, span(30, 600)), span(30, 540));
}

TEST(LongestLife, OfAJvmThatWasStartedAnew_BeginsWhenItIsWarm) {
  const auto judged = judge(CleanRun());
  EXPECT_EQ(longest_life(*judged.history, span(530, 600)), span(562.5, 600));
}

TEST(PointsOutsideFaults, LeavesOutWhatFallsIntoOne) {
  const CleanRun run;
  const auto judged = judge(run);
  const auto points =
      points_outside_faults(run.plan, *judged.history, history::series::kThreads, span(498, 504));
  ASSERT_EQ(points.size(), 4U);
  EXPECT_EQ(points[1].t, at(499));
  EXPECT_EQ(points[2].t, at(502));
}

TEST(Thinned, MoreSamplesThanBuckets_AreMediansOfTheirStretch) {
  std::vector<Point> points;
  for (int s = 0; s < 100; ++s) points.push_back({at(s), s % 10 == 0 ? 1000.0 : 5.0});
  const auto thin = thinned(points, span(0, 100), 10);
  ASSERT_EQ(thin.size(), 10U);
  for (const auto& point : thin) EXPECT_EQ(point.value, 5.0);
}

TEST(ValidSwaps, AreTalliedByWhatBecameOfThem) {
  CleanRun run;
  run.swaps[0].outcome = history::SwapOutcome::superseded;
  run.swaps[1].outcome = history::SwapOutcome::lost;
  run.swaps[1].t_served.reset();
  run.swaps[2].outcome = history::SwapOutcome::unseen;
  const auto judged = judge(run);
  const auto tally = valid_swaps(run.plan, *judged.history);
  EXPECT_EQ(tally.planned, 120);
  EXPECT_EQ(tally.landed.size(), 117U);
  EXPECT_EQ(tally.lost.size(), 1U);
  EXPECT_EQ(tally.superseded, 1);
  EXPECT_EQ(tally.unseen, 1);
  EXPECT_DOUBLE_EQ(swap_latencies(run.plan, tally).back(), 15);
}

}  // namespace
}  // namespace bhsim::checks
