#include "framework/hotswap/oracle.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bhsim::hotswap {
namespace {

using history::Swap;
using history::SwapOutcome;
using namespace std::chrono_literals;

constexpr Nanos kLimit = 15s;

Time at(Nanos t) { return Time(t); }

Swap swap_of(std::int64_t generation, Nanos t_write, bool valid = true, std::string name = "A",
             std::int64_t group = 0) {
  Swap swap;
  swap.generation = generation;
  swap.class_name = std::move(name);
  swap.valid = valid;
  swap.group_id = group;
  swap.t_write = at(t_write);
  return swap;
}

// Collects what the oracle tells; the newest word on each swap counts.
class OracleTest : public testing::Test {
 protected:
  void deliver(const Swap& swap, Nanos limit = kLimit) {
    oracle.expect(swap, limit);
    oracle.delivered(swap);
  }
  void see(std::int64_t generation, Nanos sent, Nanos done, std::uint32_t class_index = 0) {
    oracle.observe({class_index, generation, at(sent), at(done)});
  }
  // A response each `every` from `from` to `to`, taking 2 ms.
  void see_many(std::int64_t generation, Nanos from, Nanos to, Nanos every = 10ms,
                std::uint32_t class_index = 0) {
    for (Nanos t = from; t < to; t += every) see(generation, t, t + 2ms, class_index);
  }
  void keep(Findings found) {
    for (const Swap& swap : found.swaps) {
      swaps[{swap.class_name, swap.generation}] = swap;
      ++told;
    }
    served.insert(served.end(), found.served.begin(), found.served.end());
    violations.insert(violations.end(), found.violations.begin(), found.violations.end());
  }
  void take(Nanos now) { keep(oracle.take(at(now))); }
  void finish(Nanos end) { keep(oracle.finish(at(end))); }
  SwapOutcome outcome(std::int64_t generation, const std::string& name = "A") {
    return swaps.at({name, generation}).outcome;
  }
  std::vector<std::string> kinds() {
    std::vector<std::string> all;
    for (const auto& violation : violations) all.push_back(violation.kind);
    return all;
  }

  Oracle oracle{{"A", "B"}};
  std::map<std::pair<std::string, std::int64_t>, Swap> swaps;
  std::vector<history::Served> served;
  std::vector<history::Violation> violations;
  int told = 0;
};

TEST_F(OracleTest, FirstResponseByTheGeneration_IsWhenItWasServed) {
  see_many(0, 0s, 1s);
  deliver(swap_of(1, 1s));
  see(1, 1010ms, 1030ms);
  see(1, 1012ms, 1020ms);
  finish(2s);
  EXPECT_EQ(outcome(1), SwapOutcome::landed);
  EXPECT_EQ(swaps.at({"A", 1}).t_served, at(1020ms));
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, ResponseThatArrivesOutOfOrder_StillCountsAsTheFirst) {
  deliver(swap_of(1, 1s));
  see(1, 1500ms, 1600ms);
  see(1, 1010ms, 1020ms);
  finish(2s);
  EXPECT_EQ(swaps.at({"A", 1}).t_served, at(1020ms));
}

TEST_F(OracleTest, ObservationBeforeTheDeliveryIsAnswered_IsKept) {
  oracle.expect(swap_of(1, 0s), kLimit);
  see(1, 1002ms, 1004ms);
  take(1900ms);
  oracle.delivered(swap_of(1, 1s));
  finish(3s);
  EXPECT_EQ(outcome(1), SwapOutcome::landed);
  EXPECT_EQ(swaps.at({"A", 1}).t_served, at(1004ms));
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, OverlappingRequests_ProveNothing) {
  deliver(swap_of(1, 1s));
  see(1, 1010ms, 1020ms);
  see(0, 1015ms, 1500ms);  // sent before generation 1 had been seen
  see(0, 1020ms, 1021ms);  // sent at the very instant
  finish(2s);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, OldGenerationAfterTheNewWasSeen_WentBack) {
  deliver(swap_of(1, 1s));
  see(1, 1010ms, 1020ms);
  see(0, 1021ms, 1022ms);
  finish(2s);
  EXPECT_THAT(kinds(), testing::ElementsAre("went_back"));
  EXPECT_EQ(violations[0].class_name, "A");
  EXPECT_EQ(violations[0].t, at(1022ms));
  EXPECT_EQ(oracle.counts().went_back, 1U);
}

TEST_F(OracleTest, ProofWhoseFirstHalfComesTooLateForTheWindow_IsFoundAllTheSame) {
  deliver(swap_of(1, 1s));
  see(0, 1021ms, 1022ms);
  see(0, 4s, 4s + 1ms);  // moves the window on
  see(1, 1010ms, 1020ms);
  finish(5s);
  EXPECT_EQ(oracle.counts().late, 1U);
  EXPECT_THAT(kinds(), testing::Contains("went_back"));
  EXPECT_EQ(swaps.at({"A", 1}).t_served, at(1020ms));
}

TEST_F(OracleTest, ClassesAreJudgedApart) {
  deliver(swap_of(1, 1s));
  see(1, 1010ms, 1020ms, 0);
  see(0, 1500ms, 1502ms, 1);
  finish(2s);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, GenerationThatWasNeverDelivered_IsToldOnce) {
  see(7, 1s, 1001ms);
  see(7, 2s, 2001ms);
  see(-3, 2s, 2001ms);
  finish(3s);
  EXPECT_THAT(kinds(), testing::ElementsAre("unknown_generation", "unknown_generation"));
  EXPECT_EQ(oracle.counts().unknown_generation, 3U);
}

TEST_F(OracleTest, ServedBeforeItWasWritten_IsAViolation) {
  deliver(swap_of(1, 1s));
  see(1, 900ms, 901ms);
  finish(2s);
  EXPECT_THAT(kinds(), testing::ElementsAre("unknown_generation"));
}

TEST_F(OracleTest, OldVersionServedBeyondTheLimit_IsLostAndStale) {
  deliver(swap_of(1, 1s));
  see_many(0, 0s, 17s);
  take(18s);
  EXPECT_EQ(outcome(1), SwapOutcome::lost);
  EXPECT_THAT(kinds(), testing::ElementsAre("stale"));
  EXPECT_FALSE(swaps.at({"A", 1}).t_served);
}

TEST_F(OracleTest, OldVersionServedUpToTheLimitAndThenNothing_IsUnseen) {
  deliver(swap_of(1, 1s));
  see_many(0, 0s, 15900ms);
  finish(20s);
  EXPECT_EQ(outcome(1), SwapOutcome::unseen);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, ServedAfterTheLimit_IsLostWithTheTimeItTook) {
  deliver(swap_of(1, 1s));
  see(1, 17s, 17001ms);
  finish(20s);
  EXPECT_EQ(outcome(1), SwapOutcome::lost);
  EXPECT_EQ(swaps.at({"A", 1}).t_served, at(17001ms));
  EXPECT_NE(swaps.at({"A", 1}).detail.find("limit 15s"), std::string::npos);
}

TEST_F(OracleTest, LostAndServedMuchLater_IsToldAgain) {
  deliver(swap_of(1, 1s));
  see_many(0, 0s, 17s);
  take(20s);
  EXPECT_FALSE(swaps.at({"A", 1}).t_served);
  see(1, 25s, 25001ms);
  finish(26s);
  EXPECT_EQ(told, 2);
  EXPECT_EQ(outcome(1), SwapOutcome::lost);
  EXPECT_EQ(swaps.at({"A", 1}).t_served, at(25001ms));
}

TEST_F(OracleTest, ReplacedByTheNextWriteBeforeItCouldBeSeen_IsSuperseded) {
  see_many(0, 0s, 1s);
  deliver(swap_of(1, 1s));
  deliver(swap_of(2, 1005ms));
  see(0, 1003ms, 1006ms);
  see(2, 1020ms, 1022ms);
  see_many(2, 1030ms, 4s);
  finish(4s);
  EXPECT_EQ(outcome(1), SwapOutcome::superseded);
  EXPECT_EQ(outcome(2), SwapOutcome::landed);
  EXPECT_TRUE(violations.empty());
}

// An agent that skips every other swap would otherwise hide behind the next one.
TEST_F(OracleTest, OldVersionServedForSecondsUntilTheNextWriteLandsAtOnce_IsLost) {
  deliver(swap_of(1, 1s));
  see_many(0, 0s, 3s);
  deliver(swap_of(2, 3s));
  see_many(2, 3010ms, 6s);
  finish(6s);
  EXPECT_EQ(outcome(1), SwapOutcome::lost);
  EXPECT_EQ(outcome(2), SwapOutcome::landed);
}

TEST_F(OracleTest, AgentThatIsSlowForBoth_MayHaveFoldedThem) {
  deliver(swap_of(1, 1s));
  deliver(swap_of(2, 3s));
  see_many(0, 0s, 5s);
  see_many(2, 5s, 8s);
  finish(8s);
  EXPECT_EQ(outcome(1), SwapOutcome::superseded);
  EXPECT_EQ(outcome(2), SwapOutcome::landed);
}

TEST_F(OracleTest, SlowResponseByAGenerationThatSeemedSuperseded_ShowsThatItLanded) {
  deliver(swap_of(1, 1s));
  deliver(swap_of(2, 1050ms));
  see(2, 1060ms, 1062ms);
  take(1100ms);
  see(1, 1010ms, 1500ms);
  finish(4s);
  EXPECT_EQ(outcome(1), SwapOutcome::landed);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, BadOneNotServedThroughItsWatch_IsRefused) {
  deliver(swap_of(1, 1s, false), 2s);
  see_many(0, 0s, 4s);
  take(5s);
  EXPECT_EQ(outcome(1), SwapOutcome::refused);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, BadOneWithoutTrafficThroughItsWatch_IsUnseen) {
  deliver(swap_of(1, 1s, false), 2s);
  see_many(0, 0s, 2900ms);
  finish(5s);
  EXPECT_EQ(outcome(1), SwapOutcome::unseen);
}

TEST_F(OracleTest, BadOneThatIsServed_IsAccepted) {
  deliver(swap_of(1, 1s, false), 2s);
  see(1, 1500ms, 1502ms);
  finish(5s);
  EXPECT_EQ(outcome(1), SwapOutcome::accepted);
  EXPECT_EQ(swaps.at({"A", 1}).t_served, at(1502ms));
}

TEST_F(OracleTest, BadOneServedAfterItSeemedRefused_IsToldAgainAsAccepted) {
  deliver(swap_of(1, 1s, false), 2s);
  see_many(0, 0s, 4s);
  take(6s);
  EXPECT_EQ(outcome(1), SwapOutcome::refused);
  see(1, 7s, 7001ms);
  finish(9s);
  EXPECT_EQ(outcome(1), SwapOutcome::accepted);
}

TEST_F(OracleTest, ValidAfterARefusedOne_Lands) {
  deliver(swap_of(1, 1s, false), 2s);
  see_many(0, 0s, 4s);
  deliver(swap_of(2, 4s));
  see_many(2, 4010ms, 6s);
  finish(6s);
  EXPECT_EQ(outcome(1), SwapOutcome::refused);
  EXPECT_EQ(outcome(2), SwapOutcome::landed);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, RestartBeforeItWasSeen_SaysNothingAboutTheAgent) {
  see_many(0, 0s, 1s);
  deliver(swap_of(1, 1s));
  see(0, 1005ms, 1008ms);
  oracle.restarted(at(2s));
  see_many(1, 4s, 6s);
  finish(6s);
  EXPECT_EQ(outcome(1), SwapOutcome::unseen);
  EXPECT_FALSE(swaps.at({"A", 1}).t_served) << "loaded from the directory, not swapped";
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, RestartThatServesAnOlderVersionThanBefore_WentBack) {
  deliver(swap_of(1, 1s));
  see_many(1, 1010ms, 2s);
  oracle.restarted(at(2s));
  see(0, 4s, 4001ms);
  finish(6s);
  EXPECT_EQ(outcome(1), SwapOutcome::landed);
  EXPECT_THAT(kinds(), testing::ElementsAre("went_back"));
}

TEST_F(OracleTest, SwapAfterARestart_IsTheAgentsAgain) {
  deliver(swap_of(1, 1s));
  see_many(1, 1010ms, 2s);
  oracle.restarted(at(2s));
  see_many(1, 4s, 5s);
  deliver(swap_of(2, 5s));
  see_many(2, 5010ms, 6s);
  finish(6s);
  EXPECT_EQ(outcome(2), SwapOutcome::landed);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, RollbackThatTheAgentAnnounces_IsNotGoingBack) {
  deliver(swap_of(1, 1s));
  see_many(1, 1010ms, 2s);
  oracle.rolled_back("A", 0, at(2s));
  see_many(0, 2001ms, 3s);
  deliver(swap_of(2, 3s));
  see_many(2, 3010ms, 5s);
  finish(5s);
  EXPECT_EQ(outcome(1), SwapOutcome::landed);
  EXPECT_EQ(outcome(2), SwapOutcome::landed);
  EXPECT_TRUE(violations.empty()) << violations[0].detail;
}

TEST_F(OracleTest, GenerationThatWasRolledBackServedAgain_WentBack) {
  deliver(swap_of(1, 1s));
  see_many(1, 1010ms, 2s);
  oracle.rolled_back("A", 0, at(2s));
  see_many(0, 2001ms, 3s);
  see(1, 3s, 3001ms);
  finish(5s);
  EXPECT_THAT(kinds(), testing::ElementsAre("went_back"));
}

TEST_F(OracleTest, HalfOfAGroupInForce_IsTorn) {
  deliver(swap_of(1, 1s, true, "A", 5));
  deliver(swap_of(2, 1s, true, "B", 5));
  see_many(1, 1010ms, 18s, 10ms, 0);
  see_many(0, 0s, 18s, 10ms, 1);
  finish(20s);
  EXPECT_EQ(outcome(1, "A"), SwapOutcome::landed);
  EXPECT_EQ(outcome(2, "B"), SwapOutcome::lost);
  EXPECT_THAT(kinds(), testing::UnorderedElementsAre("stale", "torn_group"));
}

TEST_F(OracleTest, WholeGroup_IsNotTorn) {
  deliver(swap_of(1, 1s, true, "A", 5));
  deliver(swap_of(2, 1s, true, "B", 5));
  see_many(1, 1010ms, 4s, 10ms, 0);
  see_many(2, 1300ms, 4s, 10ms, 1);
  finish(20s);
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, ServedRuns_AreTheTrace) {
  see_many(0, 0s, 1s);
  deliver(swap_of(1, 1s));
  see_many(1, 1010ms, 2s);
  finish(2s);
  ASSERT_EQ(served.size(), 2U);
  EXPECT_EQ(served[0].generation, 0);
  EXPECT_EQ(served[0].responses, 100);
  EXPECT_EQ(served[0].first_sent, at(0s));
  EXPECT_EQ(served[0].last_done, at(992ms));
  EXPECT_EQ(served[1].generation, 1);
  EXPECT_EQ(served[1].first_done, at(1012ms));
}

TEST_F(OracleTest, DeliveryThatFailed_IsNotJudged) {
  oracle.expect(swap_of(1, 0s), kLimit);
  oracle.not_delivered("A", 1, "the side-car had ended");
  see_many(0, 0s, 20s);
  finish(20s);
  EXPECT_TRUE(swaps.empty());
  EXPECT_TRUE(violations.empty());
}

TEST_F(OracleTest, NewestGeneration_IsServingAtOnce) {
  EXPECT_FALSE(oracle.serving("A"));
  deliver(swap_of(1, 1s));
  see(1, 1010ms, 1020ms);
  EXPECT_EQ(oracle.serving("A"), 1);
  EXPECT_FALSE(oracle.serving("B"));
  EXPECT_FALSE(oracle.serving("C"));
}

TEST_F(OracleTest, ServesOldAndNewInTurn_IsBoundedAndCounted) {
  deliver(swap_of(1, 1s));
  for (int i = 0; i < 50'000; ++i) see(i % 2, 2s + i * 1ms, 2s + i * 1ms + 500us);
  finish(100s);
  EXPECT_EQ(oracle.counts().went_back, 24'999U);
  EXPECT_EQ(violations.size(), OracleOptions{}.most_violations);
  EXPECT_EQ(oracle.counts().violations_dropped, 24'999U - violations.size());
  EXPECT_EQ(served.size(), OracleOptions{}.most_served);
  EXPECT_EQ(oracle.counts().served_dropped, 50'000U - served.size());
}

TEST(OracleBounds, MoreHeldThanAllowed_IsReleasedEarlyAndCounted) {
  Oracle oracle({"A"}, {.most_held = 100});
  for (int i = 0; i < 1000; ++i) oracle.observe({0, 0, at(i * 1us), at(i * 1us + 1us)});
  EXPECT_EQ(oracle.counts().overflow, 900U);
  const auto found = oracle.finish(at(1s));
  ASSERT_EQ(found.served.size(), 1U);
  EXPECT_EQ(found.served[0].responses, 1000);
}

TEST(OracleBounds, ManyGenerations_AreFoldedAndStillJudged) {
  Oracle oracle({"A"}, {.most_generations = 16});
  std::size_t landed = 0;
  Nanos t = 0s;
  for (std::int64_t generation = 1; generation <= 1000; ++generation) {
    Swap swap = swap_of(generation, t);
    oracle.expect(swap, kLimit);
    oracle.delivered(swap);
    oracle.observe({0, generation, at(t + 10ms), at(t + 12ms)});
    t += 2s;
    for (const Swap& told : oracle.take(at(t)).swaps) landed += told.outcome == SwapOutcome::landed;
  }
  EXPECT_EQ(landed, 1000U);
  EXPECT_EQ(oracle.counts().went_back, 0U);
  oracle.observe({0, 1, at(t), at(t + 1ms)});  // folded long ago
  EXPECT_THAT(oracle.finish(at(t + 5s)).violations, testing::SizeIs(1));
  EXPECT_EQ(oracle.counts().went_back, 1U);
}

}  // namespace
}  // namespace bhsim::hotswap
