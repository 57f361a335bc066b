#include "framework/probes/lock_waits.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/base/files.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string one_thread(std::string_view state, std::string_view stack) {
  return fmt::format(
      "\"worker \"one\"\" #23 daemon prio=5 os_prio=0 cpu=12.34ms elapsed=30.10s "
      "tid=0x00007f0be40bfc70 nid=0x1b20 waiting on condition  [0x00007f0bcc8fd000]\n"
      "   java.lang.Thread.State: {}\n{}\n\n",
      state, stack);
}

TEST(LockWaits, OfARealDump_AreThreadsThatAskForAMonitor) {
  const auto dump =
      read_file(Path(BHSIM_SOURCE_DIR) / "tests/unit/probes/samples/sigquit-deadlock.txt");
  ASSERT_TRUE(dump);
  const auto waits = lock_waits(*dump);
  ASSERT_EQ(waits.size(), 2U);  // the report of the deadlock names both again
  EXPECT_EQ(waits[0].thread, "one");
  EXPECT_EQ(waits[0].tid, "0x00007f0be40bfc70");
  EXPECT_EQ(waits[0].lock, "java.lang.Object");
  EXPECT_EQ(waits[0].frame, "Deadlock.lambda$main$0(Deadlock.java:4)");
  EXPECT_EQ(waits[0].cpu, Nanos(430us));
  EXPECT_EQ(waits[1].thread, "two");
}

TEST(LockWaits, ParkedOnALock_NamesTheFrameThatAsksForIt) {
  const auto waits = lock_waits(one_thread(
      "WAITING (parking)",
      "\tat jdk.internal.misc.Unsafe.park(java.base@17.0.21/Native Method)\n"
      "\t- parking to wait for  <0x1> (a java.util.concurrent.locks.ReentrantLock$NonfairSync)\n"
      "\tat java.util.concurrent.locks.LockSupport.park(java.base@17.0.21/LockSupport.java:211)\n"
      "\tat "
      "java.util.concurrent.locks.ReentrantLock.lock(java.base@17.0.21/ReentrantLock.java:322)\n"
      "\tat shop.Stock.take(Stock.java:17)\n"
      "\tat shop.Api.order(Api.java:9)"));
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].thread, "worker \"one\"");
  EXPECT_EQ(waits[0].lock, "java.util.concurrent.locks.ReentrantLock$NonfairSync");
  EXPECT_EQ(waits[0].frame, "shop.Stock.take(Stock.java:17)");
  EXPECT_EQ(waits[0].cpu, Nanos(12'340us));
}

struct Idle {
  std::string name, state, parked_on;
};

class NoLockWait : public ::testing::TestWithParam<Idle> {};

TEST_P(NoLockWait, IsAThreadThatWaitsToBeTold) {
  const auto dump =
      one_thread(GetParam().state, fmt::format("\tat jdk.internal.misc.Unsafe.park(Native Method)\n"
                                               "\t- parking to wait for  <0x1> (a {})\n"
                                               "\tat shop.Worker.run(Worker.java:3)",
                                               GetParam().parked_on));
  EXPECT_TRUE(lock_waits(dump).empty());
}

INSTANTIATE_TEST_SUITE_P(
    All, NoLockWait,
    ::testing::Values(
        Idle{"Queue", "WAITING (parking)",
             "java.util.concurrent.locks.AbstractQueuedSynchronizer$ConditionObject"},
        Idle{"Latch", "WAITING (parking)", "java.util.concurrent.CountDownLatch$Sync"},
        Idle{"Semaphore", "WAITING (parking)", "java.util.concurrent.Semaphore$FairSync"},
        Idle{"Handover", "WAITING (parking)",
             "java.util.concurrent.SynchronousQueue$TransferStack"},
        Idle{"LockWithATimeLimit", "TIMED_WAITING (parking)",
             "java.util.concurrent.locks.ReentrantLock$NonfairSync"}),
    [](const auto& idle) { return idle.param.name; });

// A server with two acceptors: one waits for a connection, the other for its turn to do so.
TEST(LockWaits, SecondAcceptorOfAServer_AsksForNothing) {
  EXPECT_TRUE(
      lock_waits(
          one_thread(
              "WAITING (parking)",
              "\tat jdk.internal.misc.Unsafe.park(java.base@17.0.21/Native Method)\n"
              "\t- parking to wait for  <0x1> (a "
              "java.util.concurrent.locks.ReentrantLock$NonfairSync)\n"
              "\tat java.util.concurrent.locks.ReentrantLock.lock(java.base@17.0.21/"
              "ReentrantLock.java:322)\n"
              "\tat sun.nio.ch.ServerSocketChannelImpl.accept(java.base@17.0.21/"
              "ServerSocketChannelImpl.java:391)\n"
              "\tat org.eclipse.jetty.server.ServerConnector.accept(ServerConnector.java:388)"))
          .empty());
}

TEST(LockWaits, OfAJvmThatDoesNotTellCpu_HaveNone) {
  const auto waits = lock_waits(
      "\"old\" #9 prio=5 os_prio=0 tid=0x00007f nid=0x1 waiting for monitor entry [0x0]\n"
      "   java.lang.Thread.State: BLOCKED (on object monitor)\n"
      "\tat A.b(A.java:1)\n"
      "\t- waiting to lock <0x1> (a java.lang.Class for A)\n");
  ASSERT_EQ(waits.size(), 1U);
  EXPECT_EQ(waits[0].cpu, std::nullopt);
  EXPECT_THAT(waits[0].lock, HasSubstr("java.lang.Class"));
}

TEST(LockWaits, OfWordsThatAreNoDump_AreNone) {
  for (const auto* text : {"", "\"", "\"\"", "\"x", "\n\n", "\"a\" tid=\n- waiting to lock <"})
    EXPECT_TRUE(lock_waits(text).empty()) << text;
}

}  // namespace
}  // namespace bhsim::probes
