#include "framework/faults/salvage.hpp"

#include <fstream>

#include "framework/history/seal.hpp"
#include "stage.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;
using test::Misbehaviour;

// Time that passes only while somebody sleeps, and what happens meanwhile.
class Sleeps final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return clock_.now(); }
  [[nodiscard]] WallTime wall() const override { return clock_.wall(); }
  void sleep_until(Time when) const override {
    clock_.sleep_until(when);
    if (meanwhile) meanwhile(++count_);
  }
  std::function<void(int sleep)> meanwhile;

 private:
  FakeClock clock_;
  mutable int count_ = 0;
};

class SalvageTest : public FaultStage {
 protected:
  void SetUp() override {
    FaultStage::SetUp();
    engine_.volumes["ours"] = {"ours", {{std::string(kRunLabel), kRun}}};
    engine_.networks["ours"] = {"ours", {{std::string(kRunLabel), kRun}}};
    for (const auto& [name, labels] : {std::pair<std::string, std::map<std::string, std::string>>{
                                           "another-run", {{std::string(kRunLabel), "run-2"}}},
                                       {"shop", {}}}) {
      engine_.containers[name] = {.id = name, .labels = labels, .paused = true};
      engine_.volumes[name] = {name, labels};
      engine_.networks[name] = {name, labels};
    }
  }

  Result<void> salvage_from(const std::string& socket, SalvagePatience patience = {}) {
    return salvage({"unix://" + socket, kRun, folder()}, means().ask, clock_, patience);
  }
  Result<void> salvage_now(SalvagePatience patience = {}) {
    return salvage_from(engine_.socket(), patience);
  }

  std::size_t ours() {
    const auto left = list_leftovers(engine_.client(), kRun);
    EXPECT_TRUE(left) << left.error().message;
    return left ? left->count() : 0;
  }

  void expect_others_untouched() {
    engine_.with([](test::FakeEngine& engine) {
      for (const auto* name : {"another-run", "shop"}) {
        EXPECT_TRUE(engine.containers.contains(name) && engine.containers[name].paused) << name;
        EXPECT_TRUE(engine.volumes.contains(name) && engine.networks.contains(name)) << name;
      }
      return 0;
    });
    for (const auto& call : engine_.calls()) {
      if (call.starts_with("GET") || call.starts_with("HEAD")) continue;
      EXPECT_EQ(call.find("shop"), std::string::npos) << call;
      EXPECT_EQ(call.find("another-run"), std::string::npos) << call;
    }
  }

  Sleeps clock_;
};

TEST_F(SalvageTest, RunThatDiedAtAnyTransition_LeavesNothing) {
  for (const auto& kind : kinds_by_engine()) {
    for (std::size_t steps = 0; steps <= 6; ++steps) {
      SCOPED_TRACE(fmt::format("{}, {} steps", kind.name, steps));
      start_anew();
      die_after(std::string(kind.name), steps);
      const auto salvaged = salvage_now();
      EXPECT_TRUE(salvaged) << salvaged.error().message;
      EXPECT_EQ(ours(), 0U);
      EXPECT_TRUE(unhealed(journal()).empty());
    }
  }
  expect_others_untouched();
}

TEST_F(SalvageTest, DoneTwice_ChangesNothingTheSecondTime) {
  die_after("pause", 3);
  ASSERT_TRUE(salvage_now());
  const auto journal_before = journal_text();
  const auto calls = engine_.calls().size();
  ASSERT_TRUE(salvage_now());
  EXPECT_EQ(journal_text(), journal_before);
  const auto all = engine_.calls();
  for (auto i = calls; i < all.size(); ++i) EXPECT_FALSE(all[i].starts_with("DELETE")) << all[i];
}

TEST_F(SalvageTest, EngineThatIsAwayAtFirst_IsTriedUntilItIsBack) {
  for (const auto& kind : kinds_by_engine()) {
    start_anew();
    die_after(std::string(kind.name), 3);
    const auto socket = folder() / fmt::format("{}.sock", kind.name);
    const Time died = clock_.now();
    clock_.meanwhile = [&](int) {
      if (clock_.now() - died >= 5min && !std::filesystem::exists(socket))
        std::filesystem::create_symlink(engine_.socket(), socket);
    };
    const auto salvaged = salvage_from(socket.string(), {.total = 10min, .settles = 2s});
    EXPECT_TRUE(salvaged) << salvaged.error().message;
    EXPECT_EQ(ours(), 0U);
    EXPECT_TRUE(unhealed(journal()).empty());
  }
}

TEST_F(SalvageTest, EngineThatNeverComesBack_IsGivenUpInTime) {
  die_after("pause", 3);
  const Time died = clock_.now();
  const auto salvaged = salvage_from((folder() / "none.sock").string(), {.total = 10min});
  ASSERT_FALSE(salvaged);
  EXPECT_GE(clock_.now() - died, 9min);
  EXPECT_LE(clock_.now() - died, 10min);
  EXPECT_EQ(unhealed(journal()).size(), 1U) << "it is still owed";
}

TEST_F(SalvageTest, WithoutPatience_OneTryHasToDo) {
  const Time before = clock_.now();
  EXPECT_FALSE(salvage_from((folder() / "none.sock").string()));
  EXPECT_EQ(clock_.now(), before);
}

TEST_F(SalvageTest, EngineThatIsRestartedInTheMiddle_LosesNothing) {
  for (int calls = 1; calls <= 12; ++calls) {
    SCOPED_TRACE(calls);
    start_anew();
    engine_.with([](test::FakeEngine& engine) {
      engine.volumes["ours"] = {"ours", {{std::string(kRunLabel), kRun}}};
      return 0;
    });
    die_after("pause", 3);
    // It answers so many calls; then the next 40 are cut, and the container has ended.
    int seen = 0;
    engine_.with([&](test::FakeEngine& engine) {
      engine.on_call = [&](const std::string&) {
        if (++seen != calls || !engine_.containers.contains(kApp)) return;
        engine_.containers[kApp].running = engine_.containers[kApp].paused = false;
      };
      return 0;
    });
    engine_.misbehave_after(calls, "", Misbehaviour::cut, 40);
    const auto salvaged = salvage_now({.total = 10min, .settles = 2s});
    engine_.with([](test::FakeEngine& engine) {
      engine.on_call = nullptr;
      return 0;
    });
    engine_.behave();
    EXPECT_TRUE(salvaged) << salvaged.error().message;
    EXPECT_EQ(ours(), 0U);
    EXPECT_TRUE(unhealed(journal()).empty());
  }
  expect_others_untouched();
}

TEST_F(SalvageTest, RequestOfTheDeadThatTakesEffectLate_IsUndoneToo) {
  clock_.meanwhile = [&](int sleep) {
    if (sleep != 1) return;
    engine_.with([](test::FakeEngine& engine) {
      engine.containers["late"] = {.id = "late", .labels = {{std::string(kRunLabel), kRun}}};
      return 0;
    });
  };
  ASSERT_TRUE(salvage_now({.settles = 2s}));
  EXPECT_EQ(ours(), 0U);
}

TEST_F(SalvageTest, SealedRun_IsCleanedWithoutAWordInItsJournal) {
  die_after("kill", 3);
  std::ofstream(folder() / history::kManifestName) << "{}";
  const auto before = journal_text();
  ASSERT_TRUE(salvage_now());
  EXPECT_EQ(journal_text(), before);
  EXPECT_EQ(ours(), 0U);
}

TEST_F(SalvageTest, FaultThatCannotBeUndone_IsToldThoughItsContainerIsGone) {
  die_after("pause", 3);
  engine_.misbehave("POST /containers/app0123456789/unpause", Misbehaviour::fails);
  const auto salvaged = salvage_now();
  ASSERT_FALSE(salvaged);
  EXPECT_NE(salvaged.error().message.find("could not be undone"), std::string::npos)
      << salvaged.error().message;
  EXPECT_EQ(ours(), 0U);
  EXPECT_TRUE(salvage_now()) << "nothing is left that could be undone";
  EXPECT_TRUE(unhealed(journal()).empty());
}

TEST_F(SalvageTest, WhatStaysInSpiteOfAllTries_IsNamed) {
  engine_.misbehave("DELETE /volumes/ours", Misbehaviour::fails);
  const auto salvaged = salvage_now({.total = 1min});
  ASSERT_FALSE(salvaged);
  EXPECT_NE(salvaged.error().message.find("volume ours"), std::string::npos)
      << salvaged.error().message;
}

TEST_F(SalvageTest, EngineThatIgnoresFilters_DoesNotLeadToOtherThings) {
  for (const auto* list : {"GET /containers/json", "GET /networks", "GET /volumes"})
    engine_.misbehave(list, Misbehaviour::ignores_filter);
  ASSERT_TRUE(salvage_now());
  expect_others_untouched();
}

}  // namespace
}  // namespace bhsim::faults
