#include "framework/base/queue.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace bhsim {
namespace {

using namespace std::chrono_literals;

TEST(BoundedQueue, WhenFull_TheNewestIsDroppedAndCounted) {
  BoundedQueue<int> queue(2);
  EXPECT_TRUE(queue.push(1));
  EXPECT_TRUE(queue.push(2));
  EXPECT_FALSE(queue.push(3));
  EXPECT_EQ(queue.dropped(), 1U);
  EXPECT_EQ(queue.pop(0s), 1);
  EXPECT_EQ(queue.pop(0s), 2);
  EXPECT_EQ(queue.pop(0s), std::nullopt);
}

TEST(BoundedQueue, AfterClose_WhatIsThereIsStillPopped) {
  BoundedQueue<int> queue(2);
  queue.push(1);
  queue.close();
  EXPECT_FALSE(queue.push(2));
  EXPECT_FALSE(queue.closed_and_empty());
  EXPECT_EQ(queue.pop(1h), 1);
  EXPECT_EQ(queue.pop(1h), std::nullopt);
  EXPECT_TRUE(queue.closed_and_empty());
}

TEST(BoundedQueue, BetweenThreads_EverythingArrivesInOrder) {
  BoundedQueue<int> queue(1'000);
  std::thread producer([&] {
    for (int i = 0; i < 1'000; ++i) queue.push(i);
    queue.close();
  });
  for (int i = 0; i < 1'000; ++i) EXPECT_EQ(queue.pop(1h), i);
  producer.join();
  EXPECT_TRUE(queue.closed_and_empty());
}

}  // namespace
}  // namespace bhsim
