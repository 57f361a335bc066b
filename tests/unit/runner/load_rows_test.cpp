#include "framework/runner/load_rows.hpp"

#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

load::LoadSpec spec_of_two() {
  load::LoadSpec spec;
  spec.operations = {{.name = "quote"}, {.name = "order"}};
  return spec;
}

TEST(LoadRows, ASecond_KeepsEveryCountUnderItsOperation) {
  load::SecondRecord record;
  record.t0 = time_from_ns(5'000'000'000);
  record.operation = 1;
  record.planned = 28;
  record.outcomes = {1, 2, 3, 4, 5, 6, 7};
  record.within_slo = 9;
  record.blocked = 8;
  record.corrected.record(20ms);
  record.uncorrected.record(10ms);
  const auto row = to_row(record, spec_of_two());
  EXPECT_EQ(row.t, record.t0);
  EXPECT_EQ(row.operation, "order");
  EXPECT_EQ(row.planned, 28);
  EXPECT_EQ(row.outcomes, (std::array<std::int64_t, history::kOutcomes>{1, 2, 3, 4, 5, 6, 7}));
  EXPECT_EQ(row.within_slo, 9);
  EXPECT_EQ(row.blocked, 8);
  EXPECT_EQ(row.corrected, record.corrected.encode());
  EXPECT_EQ(row.uncorrected, record.uncorrected.encode());
}

TEST(LoadRows, AGeneratorSecond_TellsOfTheBusiestThread) {
  load::GeneratorSecond second;
  second.t0 = time_from_ns(7);
  second.lag.record(3ms);
  second.cpu_share_max = 0.25;
  second.wakeups = 900;
  second.reconnects = 4;
  const auto row = to_row(second);
  EXPECT_EQ(row.t, second.t0);
  EXPECT_EQ(row.lag_max, second.lag.max());
  EXPECT_EQ(row.lag, second.lag.encode());
  EXPECT_DOUBLE_EQ(row.cpu_share, 0.25);
  EXPECT_EQ(row.wakeups, 900);
  EXPECT_EQ(row.reconnects, 4);
}

TEST(LoadRows, AFailureThatWasNeverSent_HasNoTimeOfSending) {
  load::Failure failure;
  failure.t_planned = time_from_ns(1);
  failure.t_done = time_from_ns(3);
  failure.operation = 0;
  failure.outcome = load::Outcome::unsent;
  failure.detail = "queue full";
  const auto row = to_row(failure, spec_of_two());
  EXPECT_EQ(row.operation, "quote");
  EXPECT_EQ(row.t_sent, std::nullopt);
  EXPECT_EQ(row.outcome, history::Outcome::unsent);
  EXPECT_EQ(row.detail, "queue full");
}

// The two enumerations are one list, told twice.
TEST(LoadRows, EveryOutcome_KeepsItsName) {
  constexpr std::array kStored{history::Outcome::ok,       history::Outcome::bad_status,
                               history::Outcome::bad_body, history::Outcome::timeout,
                               history::Outcome::reset,    history::Outcome::refused,
                               history::Outcome::unsent};
  constexpr std::array kTold{load::Outcome::ok,       load::Outcome::bad_status,
                             load::Outcome::bad_body, load::Outcome::timeout,
                             load::Outcome::reset,    load::Outcome::refused,
                             load::Outcome::unsent};
  for (std::size_t i = 0; i < kTold.size(); ++i) {
    load::Failure failure;
    failure.outcome = kTold[i];
    EXPECT_EQ(to_row(failure, spec_of_two()).outcome, kStored[i]);
  }
}

}  // namespace
}  // namespace bhsim::runner
