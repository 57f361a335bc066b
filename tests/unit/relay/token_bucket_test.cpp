#include "framework/relay/token_bucket.hpp"

#include <gtest/gtest.h>

namespace bhsim::relay {
namespace {

using namespace std::chrono_literals;

constexpr Time kStart{1h};

TEST(TokenBucket, Full_GivesItsMostAtOnceAndNoMore) {
  TokenBucket bucket(1000, 100, kStart);
  EXPECT_TRUE(bucket.take(60, kStart));
  EXPECT_TRUE(bucket.take(40, kStart));
  EXPECT_FALSE(bucket.take(1, kStart));
}

TEST(TokenBucket, Empty_SaysWhenSoManyAreThere) {
  TokenBucket bucket(1000, 100, kStart);
  ASSERT_TRUE(bucket.take(100, kStart));
  EXPECT_EQ(bucket.when(50), kStart + 50ms);
  EXPECT_FALSE(bucket.take(50, kStart + 50ms - Nanos(1)));
  EXPECT_TRUE(bucket.take(50, kStart + 50ms));
}

TEST(TokenBucket, Refused_TakesNothing) {
  TokenBucket bucket(1000, 100, kStart);
  ASSERT_TRUE(bucket.take(90, kStart));
  EXPECT_FALSE(bucket.take(20, kStart));
  EXPECT_TRUE(bucket.take(10, kStart));
}

TEST(TokenBucket, LongRest_FillsItNoFurtherThanItsMost) {
  TokenBucket bucket(1000, 100, kStart);
  EXPECT_TRUE(bucket.take(100, kStart + 1h));
  EXPECT_FALSE(bucket.take(1, kStart + 1h));
}

TEST(TokenBucket, GivenBack_CanBeTakenAgain) {
  TokenBucket bucket(1000, 100, kStart);
  ASSERT_TRUE(bucket.take(100, kStart));
  bucket.give_back(30);
  EXPECT_TRUE(bucket.take(30, kStart));
  EXPECT_FALSE(bucket.take(1, kStart));
}

// Taken as soon as they are there, in portions that do not divide a second.
TEST(TokenBucket, OverALongTime_GivesItsRateAndNotMore) {
  constexpr std::int64_t kRate = 999'983, kPortion = 1447;
  TokenBucket bucket(kRate, 2000, kStart);
  Time now = kStart;
  std::int64_t taken = 0;
  while (now < kStart + 10s) {
    if (bucket.take(kPortion, now))
      taken += kPortion;
    else
      now = bucket.when(kPortion);
  }
  EXPECT_LE(taken, kRate * 10 + 2000 + kPortion);
  EXPECT_GE(taken, kRate * 10 - kPortion);
}

}  // namespace
}  // namespace bhsim::relay
