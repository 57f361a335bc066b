// When the next change of the conformance item bad-swaps comes.

#include "framework/runner/bad_swaps.hpp"

#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr Time kWritten = time_from_ns(5'000'000'000);
constexpr Nanos kPlannedGap = 16s;

Time next_after(bool valid, std::optional<Nanos> served, std::optional<Nanos> refused,
                bool tells = true) {
  config::PlannedSwap last, next;
  last.at = 5s;
  last.valid = valid;
  next.at = last.at + kPlannedGap;
  history::ItemAttempt attempt;
  attempt.t_write = kWritten;
  if (served) attempt.t_served = kWritten + *served;
  if (refused) attempt.t_refused = kWritten + *refused;
  return next_bad_swap(last, attempt, next, tells);
}

TEST(NextBadSwap, AfterARefusalThatWasTold_ComesTwoSecondsLater) {
  EXPECT_EQ(next_after(false, {}, 300ms), kWritten + 2300ms);
}

TEST(NextBadSwap, AfterSilence_ComesAsPlanned) {
  EXPECT_EQ(next_after(false, {}, {}), kWritten + kPlannedGap);
}

TEST(NextBadSwap, AfterAnInvalidOneThatWasServedAllTheSame_ComesAsPlanned) {
  EXPECT_EQ(next_after(false, 900ms, 300ms), kWritten + kPlannedGap);
  EXPECT_EQ(next_after(false, 900ms, {}), kWritten + kPlannedGap);
}

TEST(NextBadSwap, AfterAComplaintThatNoProfileCallsARefusal_ComesAsPlanned) {
  EXPECT_EQ(next_after(false, {}, 300ms, false), kWritten + kPlannedGap);
}

TEST(NextBadSwap, AfterAValidOneThatIsServed_ComesASecondLater) {
  EXPECT_EQ(next_after(true, 400ms, {}), kWritten + 1400ms);
  EXPECT_EQ(next_after(true, {}, {}), kWritten + kPlannedGap);
}

TEST(NextBadSwap, ToldLate_ComesAsPlanned) {
  EXPECT_EQ(next_after(false, {}, 15500ms), kWritten + kPlannedGap);
  EXPECT_EQ(next_after(true, 15800ms, {}), kWritten + kPlannedGap);
}

}  // namespace
}  // namespace bhsim::runner
