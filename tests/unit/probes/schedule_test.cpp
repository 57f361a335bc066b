#include <gtest/gtest.h>

#include <thread>

#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

TEST(SleepUntil, AskedToStop_ReturnsAtOnce) {
  bool reached = true;
  std::jthread sleeper([&reached](const std::stop_token& stop) {
    reached = sleep_until(system_clock(), system_clock().now() + 1h, stop);
  });
  sleeper.request_stop();
  sleeper.join();
  EXPECT_FALSE(reached);
}

TEST(SleepUntil, TimeThatIsOver_IsReached) {
  const std::stop_token never;
  EXPECT_TRUE(sleep_until(system_clock(), system_clock().now() - 1s, never));
}

TEST(NextBeat, LookThatTookSeveralPeriods_SkipsAndKeepsTheBeat) {
  EXPECT_EQ(next_beat(Time(10s), Time(10s), 1s), Time(11s));
  EXPECT_EQ(next_beat(Time(10s), Time(10s + 999ms), 1s), Time(11s));
  EXPECT_EQ(next_beat(Time(10s), Time(11s), 1s), Time(12s));
  EXPECT_EQ(next_beat(Time(10s), Time(13s + 1ms), 1s), Time(14s));
  EXPECT_EQ(next_beat(Time(10s), Time(9s), 1s), Time(11s));
}

TEST(Each, StopInTheMiddleOfALook_IsTheLastLook) {
  int looks = 0;
  std::jthread thread([&looks](const std::stop_token& stop) {
    each(system_clock(), 1ms, stop, [&looks, &stop] {
      // Stopped from outside, as probes are; the fifth look lasts until then.
      if (++looks == 5)
        while (!stop.stop_requested()) std::this_thread::yield();
    });
  });
  thread.request_stop();
  thread.join();
  EXPECT_LE(looks, 5);
}

TEST(Board, CpuShare_IsOfTheTimeBetweenTwoSamples) {
  Board board;
  board.begin_life();
  EXPECT_FALSE(board.latest().cpu_share);
  board.set_cpu(1s, Time(10s));
  EXPECT_FALSE(board.latest().cpu_share);
  board.set_cpu(1500ms, Time(11s));
  EXPECT_DOUBLE_EQ(board.latest().cpu_share.value_or(0), 0.5);
}

TEST(Board, NewLife_ForgetsTheOneBefore) {
  Board board;
  board.begin_life();
  board.set_cpu(9s, Time(10s));
  board.set_cpu(9s, Time(11s));
  board.set_tick({.t = Time(11s), .process = sidecar::ProcessTick{.threads = 7}});
  EXPECT_EQ(board.latest().threads, 7);
  board.end_life();
  EXPECT_FALSE(board.lives());
  EXPECT_EQ(board.latest().threads, 7) << "what was last seen stays to be seen";
  board.begin_life();
  EXPECT_FALSE(board.latest().threads);
  EXPECT_FALSE(board.latest().cpu_share);
  board.set_cpu(100ms, Time(12s));  // the counter began anew
  EXPECT_FALSE(board.latest().cpu_share);
}

}  // namespace
}  // namespace bhsim::probes
