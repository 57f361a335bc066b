#include "framework/runner/scenario_logs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/support/history_builder.hpp"

namespace bhsim::runner {
namespace {

using namespace history;
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

Swap swap_of(std::int64_t generation, const char* variant, bool valid, SwapOutcome outcome) {
  Swap swap;
  swap.generation = generation;
  swap.class_name = "PricingService";
  swap.variant = variant;
  swap.valid = valid;
  swap.role = "bad-swaps";
  swap.t_write = at(static_cast<double>(generation) * 10);
  if (outcome == SwapOutcome::landed) swap.t_served = swap.t_write + 80ms;
  swap.outcome = outcome;
  return swap;
}

config::Plan plan_of_failures() {
  config::Plan plan;
  plan.simulation = "failure-modes";
  plan.conformance_swaps.resize(1);
  return plan;
}

const ScenarioLog& log_of(const std::vector<ScenarioLog>& logs, std::string_view scenario) {
  for (const auto& log : logs)
    if (log.scenario == scenario) return log;
  throw std::logic_error("no such scenario");
}

TEST(ScenarioLogs, RunThatBringsNoFailure_HasNone) {
  HistoryBuilder builder;
  EXPECT_TRUE(scenario_logs({}, builder.build()).empty());
}

TEST(ScenarioLogs, RefusalAndTheNextValidVersion_AreAnErrorAndARecovery) {
  HistoryBuilder builder;
  builder.add(swap_of(1, "truncated", false, SwapOutcome::refused));
  builder.add(swap_of(2, "valid", true, SwapOutcome::landed));
  builder.add(swap_of(3, "method-added", false, SwapOutcome::refused));
  builder.add(swap_of(4, "valid", true, SwapOutcome::landed));
  const auto logs = scenario_logs(plan_of_failures(), builder.build());
  ASSERT_EQ(logs.size(), 5U);
  for (const auto* scenario : {"corrupt-bytecode", "invalid-changes"}) {
    const auto& log = log_of(logs, scenario);
    EXPECT_EQ(log.brought, 1) << scenario;
    EXPECT_EQ(log.errors, 1) << scenario;
    EXPECT_EQ(log.recovered, 1) << scenario;
  }
  EXPECT_THAT(log_of(logs, "corrupt-bytecode").text, HasSubstr(" ERROR     truncated of Pricing"));
  EXPECT_THAT(log_of(logs, "corrupt-bytecode").text, Not(HasSubstr("method-added")));
}

TEST(ScenarioLogs, BadVersionThatWasAccepted_IsNeither) {
  HistoryBuilder builder;
  builder.add(swap_of(1, "truncated", false, SwapOutcome::accepted));
  builder.add(swap_of(2, "valid", true, SwapOutcome::landed));
  const auto logs = scenario_logs(plan_of_failures(), builder.build());
  const auto& log = log_of(logs, "corrupt-bytecode");
  EXPECT_EQ(log.brought, 1);
  EXPECT_EQ(log.errors, 0);
  EXPECT_EQ(log.recovered, 0);
  EXPECT_THAT(log.text, HasSubstr("accepted"));
}

TEST(ScenarioLogs, ValidVersionThatIsLostAfterIt_IsNoRecovery) {
  HistoryBuilder builder;
  builder.add(swap_of(1, "truncated", false, SwapOutcome::refused));
  builder.add(swap_of(2, "valid", true, SwapOutcome::lost));
  const auto logs = scenario_logs(plan_of_failures(), builder.build());
  EXPECT_EQ(log_of(logs, "corrupt-bytecode").errors, 1);
  EXPECT_EQ(log_of(logs, "corrupt-bytecode").recovered, 0);
}

TEST(ScenarioLogs, UnusualButValidVersion_IsToldAndNotCounted) {
  HistoryBuilder builder;
  builder.add(swap_of(1, "half-written", true, SwapOutcome::landed));
  const auto logs = scenario_logs(plan_of_failures(), builder.build());
  const auto& log = log_of(logs, "corrupt-bytecode");
  EXPECT_EQ(log.brought, 0);
  EXPECT_THAT(log.text, HasSubstr("half-written"));
}

TEST(ScenarioLogs, FaultThatWasActiveAndRecovered_IsAnErrorAndARecovery) {
  HistoryBuilder builder;
  Fault fault;
  fault.id = 1;
  fault.kind = "pause";
  fault.state = FaultState::healed;
  fault.t_intent = at(10);
  fault.t_active = at(10.1);
  fault.t_undo = at(12);
  fault.t_recovered = at(12.3);
  builder.add(fault);
  fault.id = 2;
  fault.state = FaultState::unseen;
  fault.t_active.reset();
  fault.t_recovered.reset();
  builder.add(fault);
  config::Plan plan;
  plan.faults.resize(2);
  const auto logs = scenario_logs(plan, builder.build());
  const auto& log = log_of(logs, "resource-exhaustion");
  EXPECT_EQ(log.brought, 2);
  EXPECT_EQ(log.errors, 1);
  EXPECT_EQ(log.recovered, 1);
  EXPECT_THAT(log.text, HasSubstr("300ms"));
}

// The document's script counts lines: words elsewhere must not be taken for them.
TEST(ScenarioLogs, ScenarioThatWasNotBrought_SaysSoWithoutTheWordsThatAreCounted) {
  HistoryBuilder builder;
  builder.add(swap_of(1, "truncated", false, SwapOutcome::refused));
  const auto logs = scenario_logs(plan_of_failures(), builder.build());
  const auto& log = log_of(logs, "network-issues");
  EXPECT_THAT(log.text, HasSubstr("nothing of this scenario was brought"));
  EXPECT_THAT(log.text, Not(HasSubstr("ERROR")));
  EXPECT_THAT(log.text, Not(HasSubstr("RECOVERED")));
}

}  // namespace
}  // namespace bhsim::runner
