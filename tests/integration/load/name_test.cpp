// Targets by name: several addresses, and addresses that change while a run lasts. The look-up is
// the test's own.

#include <gmock/gmock.h>

#include <atomic>

#include "run_support.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::Contains;
using testing::HasSubstr;

Address address_of(const std::string& host, std::uint16_t port) {
  Target target;
  target.host = host;
  target.port = port;
  auto found = look_up(target);
  EXPECT_TRUE(found) << found.error().message;
  return found->front();
}

LoadSpec spec_by_name(double rate_per_s, Nanos duration) {
  LoadSpec spec = spec_for(80, rate_per_s, duration);
  spec.target.host = "target.test";
  return spec;
}

TEST(LoadName, AddressThatNobodyListensOn_IsPassedOverWithoutALoss) {
  TestServer server(answering(response(200, "x")));
  const std::vector<Address> both = {address_of("127.0.0.1", unused_port()),
                                     address_of("127.0.0.1", server.port())};
  const Told told =
      run_to_end(spec_by_name(200, seconds(1)), {}, [&](const Target&) { return both; });
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 200U);
  EXPECT_LE(server.connections(), 8U);
}

TEST(LoadName, NoAddressThatAnswers_IsRefused) {
  const std::vector<Address> both = {address_of("127.0.0.1", unused_port()),
                                     address_of("127.0.0.2", unused_port())};
  const Told told =
      run_to_end(spec_by_name(200, seconds(1)), {}, [&](const Target&) { return both; });
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::refused), 200U);
}

// The target goes away at half a second and is elsewhere from then on: the first connection that
// cannot be made again lets its name be looked up, and what is planned later than two seconds after
// is served there.
TEST(LoadName, TargetThatMoved_IsFoundAgain) {
  auto before = std::make_unique<TestServer>(answering(response(200, "x")));
  TestServer after(answering(response(200, "x")));
  const Address first = address_of("127.0.0.1", before->port());
  const Address second = address_of("127.0.0.1", after.port());
  std::atomic<bool> has_moved{false};
  Time moved{};
  const Told told = run_to_end(
      spec_by_name(200, seconds(4)),
      [&](load::Run& run, std::stop_source&) {
        if (has_moved || system_clock().now() < run.t0() + milliseconds(500)) return;
        has_moved = true;
        before.reset();
        moved = system_clock().now();
      },
      [&](const Target&) { return std::vector{has_moved ? second : first}; });
  expect_accounted(told);
  EXPECT_GT(after.requests(), 100U);
  for (const Failure& failure : told.failures) EXPECT_LT(failure.t_planned, moved + seconds(2));
  EXPECT_THAT(told.summary.notes, Contains(HasSubstr("looked up again")));
}

TEST(LoadName, NameThatNowLeadsElsewhere_IsNotFollowed) {
  auto server = std::make_unique<TestServer>(answering(response(200, "x")));
  const Address here = address_of("127.0.0.1", server->port());
  const Address elsewhere = address_of("192.0.2.1", 80);
  std::atomic<bool> has_moved{false};
  const Told told = run_to_end(
      spec_by_name(200, milliseconds(1500)),
      [&](load::Run& run, std::stop_source&) {
        if (has_moved || system_clock().now() < run.t0() + milliseconds(300)) return;
        has_moved = true;
        server.reset();
      },
      [&](const Target&) { return std::vector{has_moved ? elsewhere : here}; });
  expect_accounted(told);
  EXPECT_GT(count(told, Outcome::refused), 100U);
  EXPECT_EQ(count(told, Outcome::timeout), 0U);
  EXPECT_THAT(told.summary.notes, Contains(HasSubstr("--allow-target=target.test")));
  for (const Failure& failure : told.failures) {
    EXPECT_EQ(failure.detail.find("192.0.2.1"), std::string::npos) << failure.detail;
  }
}

}  // namespace
}  // namespace bhsim::load
