// The oracle between the run's threads and the store.

#include "framework/runner/versions.hpp"

#include <gtest/gtest.h>

#include "framework/history/history.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

Time at(Nanos since) { return time_from_ns(0) + 100s + since; }

class VersionsTest : public testing::Test {
 protected:
  history::Swap delivery(std::int64_t generation, Nanos write) {
    history::Swap swap;
    swap.generation = generation;
    swap.class_name = "Pricing";
    swap.variant = "valid";
    swap.t_write = at(write);
    swap.t_rename = at(write + 1ms);
    return swap;
  }

  void deliver(std::int64_t generation, Nanos write) {
    versions_.expect(delivery(generation, write));
    versions_.delivered(delivery(generation, write));
  }

  void respond(std::uint32_t class_index, std::int64_t generation, Nanos sent) {
    versions_.observe({{.class_index = class_index,
                        .generation = generation,
                        .t_sent = at(sent),
                        .t_done = at(sent + 1ms)}},
                      observed_);
  }

  history::History end() {
    versions_.finish(at(60s));
    EXPECT_TRUE(store_.seal());
    return std::move(*history::History::open(folder_.path()));
  }

  // The load sees a class that is not swapped, too.
  const std::vector<std::string> observed_{"Other", "Pricing"};
  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-versions"));
  history::Store store_ = std::move(*history::Store::create(folder_.path(), "r"));
  Versions versions_{{"Pricing"}, "load", 15s, store_};
};

TEST_F(VersionsTest, ASwapThatIsServed_LandsAndMasksItsWindow) {
  deliver(1, 1s);
  respond(1, 0, 500ms);
  respond(1, 1, 2s);
  versions_.settle(at(30s));
  EXPECT_EQ(versions_.counts().delivered, 1);
  EXPECT_EQ(versions_.counts().ended_well, 1);
  EXPECT_EQ(versions_.serving("Pricing"), 1);
  const auto history = end();
  ASSERT_EQ(history.swaps().size(), 1U);
  EXPECT_EQ(history.swaps()[0].outcome, history::SwapOutcome::landed);
  const auto windows = history.windows(history::WindowKind::swap);
  ASSERT_EQ(windows.size(), 1U);
  EXPECT_EQ(windows[0].t0, at(800ms));
  EXPECT_EQ(windows[0].t1, *history.swaps()[0].t_served + 1s);
}

TEST_F(VersionsTest, AClassThatIsNotSwapped_IsNotJudged) {
  respond(0, 99, 1s);
  EXPECT_TRUE(end().violations().empty());
  EXPECT_EQ(versions_.counts().violations, 0);
}

TEST_F(VersionsTest, AGenerationThatNobodyDelivered_IsCountedForTheLiveRun) {
  respond(1, 99, 1s);
  versions_.settle(at(30s));
  EXPECT_EQ(versions_.counts().violations, 1);
  EXPECT_EQ(end().violations().size(), 1U);
}

TEST_F(VersionsTest, AnOlderGenerationAfterANewerOne_IsCounted) {
  deliver(1, 1s);
  respond(1, 1, 2s);
  respond(1, 0, 5s);
  versions_.settle(at(30s));
  EXPECT_EQ(versions_.counts().violations, 1);
}

TEST_F(VersionsTest, ASwapThatCouldNotBeDelivered_IsNoDelivery) {
  versions_.expect(delivery(1, 1s));
  versions_.not_delivered(delivery(1, 1s), "no side-car");
  EXPECT_EQ(versions_.counts().delivered, 0);
  EXPECT_EQ(versions_.counts().ended_well, 0);
}

}  // namespace
}  // namespace bhsim::runner
