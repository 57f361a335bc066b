// The relay on sockets of this machine. Times are only ever held against their least: a busy
// machine makes everything later, and nothing sooner.

#include "framework/relay/relay.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "wire.hpp"

namespace bhsim::relay {
namespace {

using namespace std::chrono_literals;

std::unique_ptr<Relay> relay_to(int port, const Limits& limits = {}) {
  auto relay = Relay::start({.port = port}, system_clock(), 7, limits);
  EXPECT_TRUE(relay) << relay.error().message;
  return relay ? std::move(*relay) : nullptr;
}

class RelayTest : public testing::Test {
 protected:
  void SetUp() override { ASSERT_NE(relay_, nullptr); }

  [[nodiscard]] Counters counters() const { return relay_->counters(); }
  [[nodiscard]] Client client() const { return Client(relay_->port()); }
  // One whose connection to the target stands.
  [[nodiscard]] Client served_client() const {
    Client one = client();
    EXPECT_TRUE(one.say("hello"));
    EXPECT_EQ(one.hear(5), "hello");
    return one;
  }

  Echo echo_;
  std::unique_ptr<Relay> relay_ = relay_to(echo_.port());
};

TEST_F(RelayTest, Idle_PassesOnWhatItGetsAndItsEnd) {
  Client one = client();
  ASSERT_TRUE(one.say("ping"));
  EXPECT_EQ(one.hear(4), "ping");
  one.say_no_more();
  EXPECT_EQ(one.hear(1), "");
  EXPECT_EQ(one.what(), Heard::end);
  EXPECT_EQ(echo_.closed(), 1);
  ASSERT_TRUE(eventually([&] { return counters().open == 0; }));
  const auto counted = counters();
  EXPECT_EQ(counted.accepted, 1);
  EXPECT_EQ(counted.open_most, 1);
  EXPECT_EQ(counted.bytes_to_target, 4);
  EXPECT_EQ(counted.bytes_to_client, 4);
  EXPECT_EQ(counted.held, 0);
  EXPECT_TRUE(counted.holding.empty());
  EXPECT_TRUE(counted.late_ends.empty());
  EXPECT_EQ(counted.resets, 0);
}

TEST_F(RelayTest, ClientThatResets_IsNoOrderlyEndForTheTarget) {
  Client one = served_client();
  ASSERT_TRUE(one.say("unread"));
  ASSERT_TRUE(eventually([&] { return counters().bytes_to_client == 11; }));
  one.close();  // with bytes that it has not read
  EXPECT_TRUE(eventually([&] { return echo_.broken() == 1; }));
  EXPECT_TRUE(eventually([&] { return counters().open == 0; }));
}

TEST_F(RelayTest, OtherAddressOfThisMachine_IsNotListenedOn) {
  constexpr in_addr_t kOther = INADDR_LOOPBACK + 1;
  EXPECT_FALSE(Client(relay_->port(), kOther).connected());
  EXPECT_TRUE(client().connected());
}

// However small what it may hold: the sender waits, and nothing is lost.
TEST(Relay, MoreThanItMayHold_StopsTheSenderAndArrivesWhole) {
  Echo echo;
  const auto relay = relay_to(echo.port(), {.bytes_each_way = 1000});
  ASSERT_NE(relay, nullptr);
  std::mt19937_64 chance(1);
  std::string sent(2U << 20U, '\0');
  for (char& c : sent) c = static_cast<char>(chance() & 0xffU);
  Client one(relay->port());
  std::thread sender([&] { EXPECT_TRUE(one.say(sent)); });
  const bool same = one.hear(sent.size()) == sent;
  sender.join();
  EXPECT_TRUE(same);
  EXPECT_LE(relay->counters().held_most, 2000);
  EXPECT_EQ(relay->counters().bytes_to_client, static_cast<std::int64_t>(sent.size()));
}

TEST_F(RelayTest, Delay_HoldsEachPieceOnEitherWay) {
  Client one = served_client();
  relay_->set({.delay = 30ms});
  const Time from = system_clock().now();
  ASSERT_TRUE(one.say("ping"));
  EXPECT_EQ(one.hear(4), "ping");
  EXPECT_GE(system_clock().now() - from, 60ms);
  const auto counted = counters();
  EXPECT_EQ(counted.holding.count(), 2U);
  EXPECT_GE(counted.holding.min(), 30ms);
}

TEST_F(RelayTest, Spread_HoldsEachPieceAnotherTimeAndKeepsTheirOrder) {
  Client one = served_client();
  relay_->set({.spread = 5ms});
  std::string sent;
  for (int i = 0; i < 50; ++i) {
    const std::string piece = std::to_string(i) + ",";
    ASSERT_TRUE(one.say(piece));
    sent += piece;
  }
  EXPECT_EQ(one.hear(sent.size()), sent);
  EXPECT_GT(counters().holding.count(), 0U);
}

TEST_F(RelayTest, Rate_LetsNoMorePassThanItSays) {
  Client one = served_client();
  relay_->set({.bytes_per_s = 100'000});
  const std::string sent(20'000, 'x');
  const Time from = system_clock().now();
  ASSERT_TRUE(one.say(sent));
  EXPECT_EQ(one.hear(sent.size()), sent);
  // 2,000 bytes pass at once.
  EXPECT_GE(system_clock().now() - from, 180ms);
  const auto counted = counters();
  EXPECT_GT(counted.throttled, 0);
  EXPECT_EQ(static_cast<std::int64_t>(counted.holding.count()), counted.throttled);
}

TEST_F(RelayTest, Reset_IsMetByBothSidesOnceTheTargetHasAnswered) {
  relay_->set({.trouble = Trouble::reset});
  Client one = client();
  ASSERT_TRUE(one.say("ping"));
  EXPECT_EQ(one.hear(4), "");
  EXPECT_EQ(one.what(), Heard::reset);
  EXPECT_EQ(echo_.heard(), 4);
  EXPECT_TRUE(eventually([&] { return echo_.broken() == 1; }));
  EXPECT_EQ(counters().resets, 1);
  EXPECT_EQ(counters().open, 0);
  relay_->set({});
  EXPECT_TRUE(served_client().connected());
}

TEST_F(RelayTest, BlackHole_HoldsAllUntilItIsOver) {
  Client one = served_client();
  relay_->set({.trouble = Trouble::black_hole});
  ASSERT_TRUE(one.say("ping"));
  ASSERT_TRUE(eventually([&] { return counters().held == 4; }));
  EXPECT_EQ(one.hear(1, 50ms), "");
  EXPECT_EQ(one.what(), Heard::silence);
  EXPECT_EQ(echo_.heard(), 5);
  relay_->set({});
  EXPECT_EQ(one.hear(4), "ping");
  EXPECT_EQ(counters().held, 0);
}

TEST_F(RelayTest, BlackHole_AlsoSwallowsThatAClientHasGone) {
  Client one = served_client();
  Client other = served_client();
  relay_->set({.trouble = Trouble::black_hole});
  one.close();
  ASSERT_TRUE(other.say("unread"));
  ASSERT_TRUE(eventually([&] { return counters().held == 6; }));
  EXPECT_EQ(echo_.closed(), 0);
  EXPECT_EQ(counters().open, 2);
  relay_->set({});
  EXPECT_TRUE(eventually([&] { return echo_.closed() == 1; }));
  EXPECT_EQ(other.hear(6), "unread");
}

// More than the way may hold: nothing is lost, and nobody spins on what cannot be read.
TEST(Relay, BlackHoleThatIsFull_StopsItsSendersAndGoesOnAfterwards) {
  Echo echo;
  const auto relay = relay_to(echo.port(), {.bytes_each_way = 1000});
  ASSERT_NE(relay, nullptr);
  relay->set({.trouble = Trouble::black_hole});
  Client one(relay->port());
  const std::string sent(5000, 'x');
  ASSERT_TRUE(one.say(sent));
  ASSERT_TRUE(eventually([&] { return relay->counters().stalls > 0; }));
  EXPECT_EQ(relay->counters().held, 1000);
  relay->set({});
  EXPECT_EQ(one.hear(sent.size()), sent);
}

TEST_F(RelayTest, HalfOpen_ResetsTheClientAndKeepsTheTarget) {
  relay_->set({.trouble = Trouble::half_open, .most_half_open = 1});
  Client one = client();
  ASSERT_TRUE(one.say("ping"));
  EXPECT_EQ(one.hear(4), "");
  EXPECT_EQ(one.what(), Heard::reset);
  ASSERT_TRUE(eventually([&] { return counters().half_open == 1; }));
  EXPECT_EQ(echo_.closed() + echo_.broken(), 0);
  // Beyond its number both sides are told.
  Client other = client();
  ASSERT_TRUE(other.say("ping"));
  EXPECT_EQ(other.hear(4), "");
  EXPECT_TRUE(eventually([&] { return echo_.broken() == 1; }));
  EXPECT_EQ(counters().half_opened, 1);
  EXPECT_EQ(counters().resets, 1);
  relay_->set({});
  EXPECT_TRUE(eventually([&] { return echo_.closed() + echo_.broken() == 2; }));
  EXPECT_EQ(counters().half_open, 0);
  EXPECT_EQ(counters().open, 0);
}

TEST_F(RelayTest, EndDelay_HoldsTheEndAndNothingElse) {
  Client one = served_client();
  relay_->set({.end_delay = 60ms});
  ASSERT_TRUE(one.say("ping"));
  EXPECT_EQ(one.hear(4), "ping");
  EXPECT_TRUE(counters().holding.empty());
  const Time from = system_clock().now();
  one.say_no_more();
  EXPECT_EQ(one.hear(1), "");
  EXPECT_EQ(one.what(), Heard::end);
  // There, and back again.
  EXPECT_GE(system_clock().now() - from, 120ms);
  ASSERT_TRUE(eventually([&] { return counters().late_ends.count() == 2; }));
  EXPECT_GE(counters().late_ends.min(), 60ms);
}

TEST_F(RelayTest, NextSetting_LetsGoWhatWasHeldForTheOneBefore) {
  Client one = served_client();
  relay_->set({.delay = 1h});
  ASSERT_TRUE(one.say("ping"));
  ASSERT_TRUE(eventually([&] { return counters().held == 4; }));
  relay_->set({});
  EXPECT_EQ(one.hear(4), "ping");
}

TEST_F(RelayTest, NextSetting_CountsAnew) {
  Client one = served_client();
  EXPECT_EQ(counters().accepted, 1);
  relay_->set({.delay = 1ms});
  EXPECT_EQ(counters().accepted, 0);
  EXPECT_EQ(counters().bytes_to_target, 0);
  EXPECT_EQ(counters().open, 1);
}

TEST(Relay, TargetThatTakesNoConnection_IsCountedAndTheClientIsTold) {
  const test::BoundSocket nobody;
  const auto relay = relay_to(nobody.port);
  ASSERT_NE(relay, nullptr);
  Client one(relay->port());
  EXPECT_EQ(one.hear(1), "");
  EXPECT_EQ(one.what(), Heard::reset);
  EXPECT_EQ(relay->counters().unreached, 1);
  EXPECT_EQ(relay->counters().open, 0);
}

TEST(Relay, AsManyConnectionsAsItMayHave_LetsTheNextWait) {
  Echo echo;
  const auto relay = relay_to(echo.port(), {.connections = 1});
  ASSERT_NE(relay, nullptr);
  Client one(relay->port());
  ASSERT_TRUE(one.say("one"));
  EXPECT_EQ(one.hear(3), "one");
  Client other(relay->port());  // the kernel takes it
  ASSERT_TRUE(other.say("other"));
  EXPECT_EQ(other.hear(1, 50ms), "");
  EXPECT_EQ(echo.begun(), 1);
  EXPECT_GE(relay->counters().full, 1);
  one.close();
  EXPECT_EQ(other.hear(5), "other");
  EXPECT_EQ(relay->counters().open_most, 1);
}

TEST(Relay, Destroyed_EndsItsConnectionsAndLeavesItsPort) {
  Echo echo;
  auto relay = relay_to(echo.port());
  ASSERT_NE(relay, nullptr);
  const int port = relay->port();
  Client one(port);
  ASSERT_TRUE(one.say("ping"));
  EXPECT_EQ(one.hear(4), "ping");
  relay.reset();
  EXPECT_EQ(one.hear(1), "");
  EXPECT_EQ(one.what(), Heard::end);
  EXPECT_TRUE(eventually([&] { return echo.closed() == 1; }));
  EXPECT_FALSE(Client(port).connected());
}

// A process that has a relay on the way to `target`, says its port on `out`, and does nothing more.
[[noreturn]] void be_a_run(int target, int out) {
  const auto relay = Relay::start({.port = target}, system_clock(), 1);
  const int port = relay ? (*relay)->port() : 0;
  if (::write(out, &port, sizeof port) != sizeof port) ::_exit(1);
  while (true) ::pause();
}

TEST(Relay, ProcessKilled_LeavesNothingOfIt) {
  std::array<int, 2> ends{};
  ASSERT_EQ(::pipe2(ends.data(), O_CLOEXEC), 0);
  const UniqueFd in(ends[0]), out(ends[1]);
  const test::BoundSocket target;  // no thread before the fork
  ASSERT_EQ(::listen(target.fd.get(), 1), 0);
  const pid_t child = ::fork();
  if (child == 0) be_a_run(target.port, out.get());
  ASSERT_GT(child, 0);
  int port = 0;
  ASSERT_EQ(::read(in.get(), &port, sizeof port), static_cast<ssize_t>(sizeof port));
  Client one(port);
  EXPECT_TRUE(one.connected());
  ::kill(child, SIGKILL);
  ASSERT_EQ(::waitpid(child, nullptr, 0), child);
  EXPECT_EQ(one.hear(1), "");
  EXPECT_NE(one.what(), Heard::silence);
  EXPECT_FALSE(Client(port).connected());
}

}  // namespace
}  // namespace bhsim::relay
