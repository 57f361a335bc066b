// A target that falls ill under load and recovers: what fails meanwhile has the right outcome, and
// a second after its return everything planned is served again.

#include <gmock/gmock.h>
#include <poll.h>

#include <csignal>
#include <initializer_list>

#include "run_support.hpp"
#include "tests/support/child_process.hpp"

namespace bhsim::load {
namespace {

using std::chrono::seconds;

struct Recovery {
  LoadSpec spec;
  Told told;
  Time fell, returned;
};

// Runs until the target has served, `fall` has made it ill, a failure was seen, `rise` has brought
// it back, and a whole second of the plan has begun and ended a second after that.
Recovery recover(LoadSpec spec, const std::function<void(const load::Run&)>& fall,
                 const std::function<void()>& rise) {
  Recovery r;
  spec.duration = std::chrono::hours(1);
  r.spec = spec;
  r.told = run_to_end(spec, [&](load::Run& run, std::stop_source& stop) {
    const LiveSnapshot live = run.live();
    if (r.fell == Time{} && live.ended > 0) {
      r.fell = system_clock().now();
      fall(run);
    } else if (r.returned == Time{} && live.errors > 0) {
      rise();
      r.returned = system_clock().now();
    } else if (r.returned != Time{} && system_clock().now() >= r.returned + seconds(3)) {
      stop.request_stop();
    }
  });
  expect_accounted(r.told);
  return r;
}

// A target whose requests meet `ill` until it is told to be well.
Recovery recover_from(const std::function<void(const std::atomic<bool>& is_ill, Wire&)>& ill) {
  std::atomic<bool> is_ill{false};
  TestServer server([&](const TestRequest&, Wire& wire) {
    if (is_ill) return ill(is_ill, wire);
    wire.send(response(200, "x"));
  });
  return recover(
      spec_for(server.port(), 100, {}), [&is_ill](const load::Run&) { is_ill = true; },
      [&is_ill] { is_ill = false; });
}

// Failures: the first of `outcomes`, and besides no other than these, while it was ill and at most
// a second longer. Then each second has all of its plan.
void expect_recovered(const Recovery& r, std::initializer_list<Outcome> outcomes) {
  EXPECT_GT(count(r.told, *outcomes.begin()), 0U);
  std::uint64_t told = count(r.told, Outcome::ok);
  for (const Outcome outcome : outcomes) told += count(r.told, outcome);
  EXPECT_EQ(told, r.told.summary.all.planned)
      << testing::PrintToString(r.told.summary.all.outcomes);
  const Time recovered = r.returned + seconds(1);
  for (const Failure& failure : r.told.failures) {
    EXPECT_GE(failure.t_done, r.fell) << to_string(failure.outcome) << ": " << failure.detail;
    EXPECT_LT(failure.t_planned, recovered) << to_string(failure.outcome) << ": " << failure.detail;
  }
  std::size_t whole_seconds = 0;
  for (const SecondRecord& second : r.told.seconds) {
    if (second.t0 < recovered) continue;
    EXPECT_EQ(at(second.outcomes, Outcome::ok), second.planned);
    if (second.t0 + kSecond > r.told.summary.t_plan_end) continue;
    ++whole_seconds;
    EXPECT_EQ(static_cast<double>(second.planned), r.spec.rate_per_s);
  }
  EXPECT_GE(whole_seconds, 1U);
}

// It is stopped first, so that requests are in flight when it dies.
TEST(LoadRecovery, TargetThatIsKilledAndStartedAgain_IsResetThenRefusedThenServed) {
  auto target = test::ChildProcess::start({LOAD_TARGET, "0"});
  ASSERT_NE(target, nullptr);
  const std::string port = target->line().value_or("0");
  LoadSpec spec = spec_for(static_cast<std::uint16_t>(std::stoi(port)), 100, {});
  spec.timeout = seconds(30);
  const Recovery r = recover(
      spec,
      [&target](const load::Run& run) {
        target->kill(SIGSTOP);
        while (run.live().in_flight == 0) ::poll(nullptr, 0, 1);
        target->kill(SIGKILL);
        EXPECT_EQ(target->wait(), 128 + SIGKILL);
      },
      [&target, &port] {
        target = test::ChildProcess::start({LOAD_TARGET, port});
        EXPECT_EQ(target->line(), port);
      });
  expect_recovered(r, {Outcome::reset, Outcome::refused});
  EXPECT_GT(count(r.told, Outcome::refused), 0U);
}

TEST(LoadRecovery, TargetThatResetsConnections_IsReset) {
  const Recovery r = recover_from([](const std::atomic<bool>&, Wire& wire) { wire.reset(); });
  expect_recovered(r, {Outcome::reset});
}

TEST(LoadRecovery, TargetThatAnswersGarbage_IsBadBody) {
  const Recovery r = recover_from(
      [](const std::atomic<bool>&, Wire& wire) { wire.send("SSH-2.0-OpenSSH_9.2p1\r\n"); });
  expect_recovered(r, {Outcome::bad_body});
}

// Once it is well, what is left of a response follows at once.
TEST(LoadRecovery, TargetThatAnswersAByteASecond_IsTimeout) {
  const Recovery r = recover_from([](const std::atomic<bool>& is_ill, Wire& wire) {
    const std::string text = response(200, "x");
    for (std::size_t at = 0; at < text.size() && wire.open(); ++at) {
      wire.send(text.substr(at, 1));
      const Time next = system_clock().now() + seconds(1);
      if (!wire.wait_for([&] { return !is_ill || system_clock().now() >= next; })) return;
    }
  });
  expect_recovered(r, {Outcome::timeout, Outcome::unsent});
}

// More than the kernel takes on both sides: the rest of a request waits until the target reads. Its
// receive buffer holds several segments of the loopback, or each would wait for a delayed ACK.
TEST(LoadRecovery, TargetThatStopsReading_IsTimeout) {
  TestServer server(answering(response(200, "x")), {.receive_buffer = 200'000});
  LoadSpec spec = spec_for(server.port(), 2, {});
  spec.connections = 16;
  spec.operations[0].method = "POST";
  spec.operations[0].body = std::string(6U << 20U, 'x');
  const Recovery r = recover(
      spec, [&server](const load::Run&) { server.stop_reading(); },
      [&server] { server.read_again(); });
  // Whether the server ever gets the whole of those is the kernel's affair: what is left of a
  // request that was read in part may fit into its buffers.
  expect_recovered(r, {Outcome::timeout});
}

}  // namespace
}  // namespace bhsim::load
