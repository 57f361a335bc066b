#include "framework/faults/cleanup.hpp"

#include <thread>

#include "stage.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;
using test::Misbehaviour;
using Labels = std::map<std::string, std::string>;

class CleanupTest : public ::testing::Test {
 protected:
  CleanupTest() {
    const Labels ours{{"bhsim.run", "run-1"}};
    const Labels theirs{{"bhsim.run", "run-2"}};
    const Labels nobodys{{"com.docker.compose.project", "shop"}};
    const Labels similar{{"bhsim.runner", "run-1"}, {"bhsim", "run-1"}};
    for (const auto& [name, labels] : {std::pair{"ours", ours},
                                       {"theirs", theirs},
                                       {"nobodys", nobodys},
                                       {"similar", similar},
                                       {"bare", Labels{}}}) {
      engine_.containers[name] = {.id = name, .labels = labels, .mounts = {name}};
      engine_.networks[name] = {name, labels};
      engine_.volumes[name] = {name, labels};
    }
  }

  // Names that are left, of all three.
  std::vector<std::string> left() {
    return engine_.with([](test::FakeEngine& engine) {
      std::vector<std::string> names;
      for (const auto& [name, unused] : engine.containers) names.push_back("c:" + name);
      for (const auto& [name, unused] : engine.networks) names.push_back("n:" + name);
      for (const auto& [name, unused] : engine.volumes) names.push_back("v:" + name);
      return names;
    });
  }

  bool has(std::string_view name) {
    const auto names = left();
    return std::find(names.begin(), names.end(), name) != names.end();
  }

  Result<Removed> clean(std::string_view run_id) {
    return remove_everything(engine_.client(), run_id, system_clock(),
                             {.attempts = 5, .total = 10s, .pause = 1ms});
  }

  test::FakeEngine engine_;
};

TEST_F(CleanupTest, OfOneRun_RemovesItsThingsAndNothingElse) {
  const auto removed = clean("run-1");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(removed->containers, 1);
  EXPECT_EQ(removed->networks, 1);
  EXPECT_EQ(removed->volumes, 1);
  EXPECT_EQ(left().size(), 12U);
  EXPECT_FALSE(has("c:ours") || has("n:ours") || has("v:ours"));
}

TEST_F(CleanupTest, OfAllRuns_LeavesWhatHasNoLabel) {
  ASSERT_TRUE(clean(""));
  EXPECT_EQ(left().size(), 9U);
  for (const std::string kind : {"c:", "n:", "v:"})
    for (const std::string name : {"nobodys", "similar", "bare"})
      EXPECT_TRUE(has(kind + name)) << kind + name;
}

TEST_F(CleanupTest, EngineThatIgnoresFilters_DoesNotLeadToOtherThings) {
  for (const auto* list : {"GET /containers/json", "GET /networks", "GET /volumes"})
    engine_.misbehave(list, Misbehaviour::ignores_filter);
  ASSERT_TRUE(clean("run-1"));
  EXPECT_EQ(left().size(), 12U);
  for (const auto& call : engine_.calls()) {
    if (!call.starts_with("DELETE")) continue;
    EXPECT_NE(call.find("/ours"), std::string::npos) << call;
  }
}

TEST_F(CleanupTest, Order_IsContainersNetworksVolumes) {
  ASSERT_TRUE(clean("run-1"));
  std::vector<std::string> deleted;
  for (const auto& call : engine_.calls())
    if (call.starts_with("DELETE")) deleted.push_back(call.substr(7, call.find('/', 8) - 7));
  EXPECT_EQ(deleted, (std::vector<std::string>{"/containers", "/networks", "/volumes"}));
}

TEST_F(CleanupTest, RemovalThatFailsAtFirst_IsTriedAgain) {
  engine_.misbehave("DELETE /containers/ours", Misbehaviour::fails, 2);
  engine_.misbehave("GET /networks", Misbehaviour::cut, 1);
  const auto removed = clean("run-1");
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(left().size(), 12U);
}

TEST_F(CleanupTest, WhatStays_IsNamed) {
  engine_.misbehave("DELETE /containers/ours", Misbehaviour::fails);
  const auto removed = clean("run-1");
  ASSERT_FALSE(removed);
  EXPECT_NE(removed.error().message.find("2 things"), std::string::npos) << removed.error().message;
  EXPECT_NE(removed.error().message.find("container ours"), std::string::npos);
  EXPECT_NE(removed.error().message.find("bhsim clean"), std::string::npos);
  EXPECT_FALSE(has("n:ours")) << "what can go goes";
}

TEST_F(CleanupTest, RemovalThatLies_IsNotBelieved) {
  engine_.misbehave("DELETE /volumes/ours", Misbehaviour::lies);
  EXPECT_FALSE(clean("run-1"));
}

TEST_F(CleanupTest, TwoAtOnce_BothSucceed) {
  Result<Removed> other = Removed{};
  std::jthread guard([&] { other = clean("run-1"); });
  const auto removed = clean("run-1");
  guard.join();
  EXPECT_TRUE(removed) << removed.error().message;
  EXPECT_TRUE(other) << other.error().message;
  EXPECT_EQ(left().size(), 12U);
}

TEST_F(CleanupTest, NothingThere_IsSuccess) {
  const auto removed = clean("run-9");
  ASSERT_TRUE(removed);
  EXPECT_EQ(removed->containers + removed->networks + removed->volumes, 0);
}

TEST_F(CleanupTest, Leftovers_AreListedByRun) {
  const auto client = engine_.client();
  EXPECT_EQ(list_leftovers(client, "run-1")->count(), 3U);
  EXPECT_EQ(list_leftovers(client, "")->count(), 6U);
  EXPECT_EQ(list_leftovers(client, "run-9")->count(), 0U);
}

TEST_F(CleanupTest, Images_OnlyThoseOfBhsim) {
  engine_.images["sha256:a"] = {"sha256:a", {{"bhsim.image", "application"}}};
  engine_.images["sha256:b"] = {"sha256:b", {}};
  const auto removed = remove_images(engine_.client());
  ASSERT_TRUE(removed) << removed.error().message;
  EXPECT_EQ(*removed, 1);
  EXPECT_TRUE(
      engine_.with([](test::FakeEngine& engine) { return engine.images.contains("sha256:b"); }));
}

}  // namespace
}  // namespace bhsim::faults
