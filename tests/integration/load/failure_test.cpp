#include "run_support.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// 100 requests, all of which meet `handler`.
Told meet(TestServer::Handler handler, const std::function<void(LoadSpec&)>& change = {}) {
  TestServer server(std::move(handler));
  LoadSpec spec = spec_for(server.port(), 100, seconds(1));
  if (change) change(spec);
  Told told = run_to_end(spec);
  expect_accounted(told);
  return told;
}

TEST(LoadFailure, OtherStatus_IsBadStatusAndTold) {
  const Told told = meet(answering(response(503, "no")));
  EXPECT_EQ(count(told, Outcome::bad_status), 100U);
  ASSERT_EQ(told.failures.size(), 100U);
  EXPECT_EQ(told.failures[0].status, 503);
  EXPECT_EQ(told.failures[0].detail, "status 503, expected 200");
  ASSERT_TRUE(told.failures[0].t_sent);
  EXPECT_LE(told.failures[0].t_planned, *told.failures[0].t_sent);
  EXPECT_LE(*told.failures[0].t_sent, told.failures[0].t_done);
}

TEST(LoadFailure, GarbageInsteadOfHttp_IsBadBody) {
  const Told told =
      meet([](const TestRequest&, Wire& wire) { wire.send("SSH-2.0-OpenSSH_9.2p1\r\n"); });
  EXPECT_EQ(count(told, Outcome::bad_body), 100U);
}

TEST(LoadFailure, BodyNotAsExpected_IsBadBody) {
  const Told told = meet(answering(response(200, R"({"price":"cheap"})")), [](LoadSpec& spec) {
    spec.operations[0].expect.json = {{"price", JsonType::number}};
  });
  EXPECT_EQ(count(told, Outcome::bad_body), 100U);
}

TEST(LoadFailure, ClosedWithoutAResponse_IsReset) {
  const Told told = meet([](const TestRequest&, Wire& wire) { wire.close(); });
  EXPECT_EQ(count(told, Outcome::reset), 100U);
  EXPECT_TRUE(told.summary.all.corrected.empty());  // a quick failure makes no percentile better
}

TEST(LoadFailure, ClosedInsideTheResponse_IsReset) {
  const Told told = meet([](const TestRequest&, Wire& wire) {
    wire.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    wire.close();
  });
  EXPECT_EQ(count(told, Outcome::reset), 100U);
}

TEST(LoadFailure, ConnectionReset_IsReset) {
  const Told told = meet([](const TestRequest&, Wire& wire) { wire.reset(); });
  EXPECT_EQ(count(told, Outcome::reset), 100U);
}

TEST(LoadFailure, NobodyListens_IsRefused) {
  LoadSpec spec = spec_for(unused_port(), 200, seconds(1));
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::refused), 200U);
  EXPECT_EQ(told.summary.all.sent, 0U);
  ASSERT_FALSE(told.failures.empty());
  EXPECT_NE(told.failures[0].detail.find("Connection refused"), std::string::npos);
  EXPECT_FALSE(told.failures[0].t_sent);
}

TEST(LoadFailure, RequestsThatWereNeverSent_LeaveRoomForThoseThatWere) {
  LoadSpec spec = spec_for(unused_port(), 1000, milliseconds(500));
  spec.most_failures = 100;
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_LE(told.failures.size(), 40U);
  EXPECT_GE(told.summary.unsent_untold, 460U);
  EXPECT_EQ(told.summary.failures_dropped, 0U);
}

TEST(LoadFailure, NoAnswer_IsTimeoutAndWhatFindsNoConnectionIsUnsent) {
  const Told told =
      meet([](const TestRequest&, Wire& wire) { wire.wait_for([] { return false; }); },
           [](LoadSpec& spec) {
             spec.connections = 2;
             spec.timeout = milliseconds(200);
           });
  EXPECT_GT(count(told, Outcome::timeout), 0U);
  EXPECT_GT(count(told, Outcome::unsent), 0U);
  EXPECT_EQ(count(told, Outcome::timeout) + count(told, Outcome::unsent), 100U);
  EXPECT_EQ(told.summary.all.sent, count(told, Outcome::timeout));
  EXPECT_GE(told.summary.all.corrected.min(), milliseconds(199));  // late, not absent
  EXPECT_EQ(told.summary.all.corrected.count(), 100U);
}

TEST(LoadFailure, OneByteNowAndThen_IsTimeoutNotAHang) {
  const Told told = meet(
      [](const TestRequest&, Wire& wire) {
        for (int i = 0; wire.open(); ++i) {
          wire.send("H");
          const auto until = system_clock().now() + milliseconds(20);
          if (!wire.wait_for([until] { return system_clock().now() >= until; })) return;
        }
      },
      [](LoadSpec& spec) { spec.timeout = milliseconds(150); });
  EXPECT_EQ(count(told, Outcome::ok), 0U);
  EXPECT_GT(count(told, Outcome::timeout) + count(told, Outcome::bad_body), 0U);
}

TEST(LoadFailure, ResponseWithMoreThanOneAnswer_IsOkAndTheConnectionIsNotUsedAgain) {
  const Told told = meet(
      [](const TestRequest&, Wire& wire) { wire.send(response(200, "x") + response(500, "y")); });
  EXPECT_EQ(count(told, Outcome::ok), 100U);
  EXPECT_GT(told.summary.reconnects, 50U);
}

TEST(LoadFailure, BodyBeyondTheLimit_IsBadBody) {
  const Told told = meet(answering(response(200, std::string(2000, 'x'))),
                         [](LoadSpec& spec) { spec.most_body_bytes = 1000; });
  EXPECT_EQ(count(told, Outcome::bad_body), 100U);
}

TEST(LoadFailure, MoreFailuresThanAreTold_AreCounted) {
  const Told told =
      meet(answering(response(500, "")), [](LoadSpec& spec) { spec.most_failures = 10; });
  EXPECT_EQ(told.failures.size(), 10U);
  EXPECT_EQ(told.summary.failures_dropped, 90U);
}

TEST(LoadFailure, TargetElsewhere_IsRefusedBeforeAnythingIsSent) {
  LoadSpec spec = spec_for(80, 10, seconds(1));
  spec.target.host = "192.0.2.1";
  BoundedQueue<Event> events(10);
  const auto run = load::Run::create(spec, system_clock(), events);
  ASSERT_FALSE(run);
  EXPECT_EQ(run.error().code, ErrorCode::usage);
}

}  // namespace
}  // namespace bhsim::load
