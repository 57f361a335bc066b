#include <gtest/gtest.h>

#include "framework/probes/health.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

const Time kNow = time_from_ns(0) + 100s;
const Time kBegan = kNow - 40s;
const WallTime kWall = wall_from_ns(1'764'036'010'000'000'000);  // 2025-11-25T02:00:10Z

engine::ContainerState state(std::string health, std::optional<std::string> looked) {
  engine::ContainerState made;
  made.running = true;
  made.health = std::move(health);
  made.health_last = std::move(looked);
  return made;
}

std::optional<history::Health> view(const engine::ContainerState& of) {
  return engine_view(of, kNow, kWall, kBegan);
}

TEST(EngineView, Healthy_IsUpAndAsOldAsTheLastLook) {
  const auto row = view(state("healthy", "2025-11-25T02:00:06.5Z"));
  ASSERT_TRUE(row);
  EXPECT_TRUE(row->up);
  EXPECT_EQ(row->endpoint, "container");
  EXPECT_EQ(row->t, kNow);
  EXPECT_EQ(row->latency, 3500ms);
}

TEST(EngineView, Unhealthy_IsDown) {
  const auto row = view(state("unhealthy", "2025-11-25T02:00:06Z"));
  ASSERT_TRUE(row);
  EXPECT_FALSE(row->up);
}

TEST(EngineView, PausedStoppedStartingOrUnchecked_IsNoView) {
  auto paused = state("unhealthy", "2025-11-25T02:00:06Z");
  paused.paused = true;
  auto stopped = state("unhealthy", "2025-11-25T02:00:06Z");
  stopped.running = false;
  EXPECT_FALSE(view(paused));
  EXPECT_FALSE(view(stopped));
  EXPECT_FALSE(view(state("starting", std::nullopt)));
  EXPECT_FALSE(view(state("", std::nullopt)));
}

TEST(EngineView, LookThatNobodyTells_IsAsOldAsTheWatching) {
  for (const auto& looked : {std::optional<std::string>(), std::optional<std::string>("yesterday")})
    EXPECT_EQ(view(state("healthy", looked))->latency, 40s);
}

TEST(EngineView, ClockOfTheEngineThatIsAhead_IsNoNegativeAge) {
  EXPECT_EQ(view(state("healthy", "2025-11-25T02:00:11Z"))->latency, 0s);
}

}  // namespace
}  // namespace bhsim::probes
