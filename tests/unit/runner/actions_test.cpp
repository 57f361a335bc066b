#include <gtest/gtest.h>

#include "framework/runner/director.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using Swaps = std::vector<config::PlannedSwap>;

config::PlannedSwap swap_at(Nanos at, std::int64_t generation, std::int64_t group = 0) {
  config::PlannedSwap swap;
  swap.at = at;
  swap.generation = generation;
  swap.group_id = group;
  return swap;
}

config::PlannedFault fault_at(Nanos at, std::int64_t id) {
  config::PlannedFault fault;
  fault.at = at;
  fault.id = id;
  return fault;
}

TEST(Actions, OfAnEmptyPlan_AreNone) { EXPECT_TRUE(actions_of({}).empty()); }

TEST(Actions, OfDifferentKinds_ComeInOrderOfTime) {
  config::Plan plan;
  plan.swaps = {swap_at(10s, 1), swap_at(30s, 2)};
  plan.collections = {20s, 5s};
  plan.faults = {fault_at(15s, 1)};
  std::vector<Nanos> times;
  for (const auto& action : actions_of(plan)) times.push_back(action.at);
  EXPECT_EQ(times, (std::vector<Nanos>{5s, 10s, 15s, 20s, 30s}));
}

TEST(Actions, SwapsOfOneInstant_AreOneAction) {
  config::Plan plan;
  plan.swaps = {swap_at(1s, 1), swap_at(2s, 2, 7), swap_at(2s, 3, 7), swap_at(3s, 4, 8),
                swap_at(3s, 5)};
  const auto actions = actions_of(plan);
  ASSERT_EQ(actions.size(), 3U);
  EXPECT_EQ(std::get<Swaps>(actions[0].what).size(), 1U);
  EXPECT_EQ(std::get<Swaps>(actions[1].what).size(), 2U);
  EXPECT_EQ(std::get<Swaps>(actions[2].what).back().generation, 5);
}

TEST(Actions, AtTheSameMoment_KeepTheOrderOfSwapCollectionFault) {
  config::Plan plan;
  plan.faults = {fault_at(1s, 1)};
  plan.collections = {1s};
  plan.swaps = {swap_at(1s, 1)};
  const auto actions = actions_of(plan);
  ASSERT_EQ(actions.size(), 3U);
  EXPECT_TRUE(std::holds_alternative<Swaps>(actions[0].what));
  EXPECT_TRUE(std::holds_alternative<Action::Collect>(actions[1].what));
  EXPECT_TRUE(std::holds_alternative<config::PlannedFault>(actions[2].what));
}

}  // namespace
}  // namespace bhsim::runner
