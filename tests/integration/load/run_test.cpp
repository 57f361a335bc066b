#include <algorithm>

#include "run_support.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(LoadRun, HealthyTarget_EveryPlannedRequestIsOk) {
  TestServer server(answering(response(200, "hello")));
  LoadSpec spec = spec_for(server.port(), 300, milliseconds(1500));
  spec.process = Process::poisson;
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), told.summary.all.planned);
  EXPECT_EQ(told.summary.all.sent, told.summary.all.planned);
  EXPECT_EQ(told.summary.lag.count(), told.summary.all.sent);
  EXPECT_EQ(told.summary.stamps + told.summary.unstamped, told.summary.all.sent);
  EXPECT_EQ(server.requests(), told.summary.all.planned);
  EXPECT_LE(server.connections(), 8U);
  EXPECT_GE(told.generator.size(), 1U);
  EXPECT_GT(told.summary.cpu, Nanos(0));
}

TEST(LoadRun, ResponsesInPiecesOfAnySize_AreOk) {
  const std::string chunked =
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n";
  TestServer server([&chunked](const TestRequest& request, Wire& wire) {
    wire.send_in_pieces(chunked, 1 + request.number % chunked.size());
  });
  LoadSpec spec = spec_for(server.port(), 200, seconds(1));
  spec.operations[0].expect.body_contains = "hello world";
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 200U);
}

TEST(LoadRun, ConnectionCloseOnEachResponse_IsReconnectedAndOk) {
  TestServer server([](const TestRequest&, Wire& wire) {
    wire.send(response(200, "x", "Connection: close\r\n"));
    wire.close();
  });
  const Told told = run_to_end(spec_for(server.port(), 100, seconds(1)));
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 100U);
  EXPECT_GE(told.summary.reconnects, 80U);
}

TEST(LoadRun, HeadInterimAndEmptyResponses_AreOk) {
  TestServer server([](const TestRequest& request, Wire& wire) {
    if (request.method == "HEAD")
      return wire.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    if (request.path == "/none") return wire.send("HTTP/1.1 204 No Content\r\n\r\n");
    wire.send("HTTP/1.1 100 Continue\r\n\r\n" + response(200, "x"));
  });
  LoadSpec spec = spec_for(server.port(), 150, seconds(1));
  Operation head;
  head.name = "head";
  head.method = "HEAD";
  Operation none;
  none.name = "none";
  none.path = "/none";
  none.expect.status = 204;
  spec.operations.push_back(head);
  spec.operations.push_back(none);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 150U);
  for (const OperationTotals& op : told.summary.operations) EXPECT_GT(op.planned, 20U);
}

TEST(LoadRun, LargeBodies_AreReadWhole) {
  TestServer server(answering(response(200, std::string(400'000, 'x') + "end")));
  LoadSpec spec = spec_for(server.port(), 50, seconds(1));
  spec.operations[0].expect.body_contains = "xend";
  spec.timeout = seconds(20);  // an instrumented build reads 20 MB slowly
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 50U);
}

// The server holds every response until half a second after the first second's plan began: request
// k of 100 a second, planned at 10 k ms, cannot be answered before 500 ms, so 25 wait at least 250
// ms. Two connections carry two of them; the others were never sent while it stalled, and only the
// latency from the plan knows it.
TEST(LoadRun, TargetThatStalls_ShowsInTheLatencyFromThePlanNotInTheOther) {
  std::atomic<bool> open{false};
  TestServer server([&open](const TestRequest&, Wire& wire) {
    if (wire.wait_for([&open] { return open.load(); })) wire.send(response(200, "x"));
  });
  LoadSpec spec = spec_for(server.port(), 100, seconds(1));
  spec.connections = 2;
  spec.timeout = seconds(20);
  const Told told = run_to_end(spec, [&open](load::Run& run, std::stop_source&) {
    if (system_clock().now() >= run.t0() + milliseconds(500)) open = true;
  });
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 100U);
  EXPECT_GE(told.summary.all.corrected.count_above(milliseconds(249)), 25U);
  EXPECT_GE(told.summary.all.corrected.max(), milliseconds(499));
  EXPECT_LE(told.summary.all.uncorrected.count_above(milliseconds(249)), 2U);
  EXPECT_GE(told.summary.all.blocked, 47U);
}

TEST(LoadRun, SameSeed_PlansTheSameOperationsEachSecond) {
  TestServer server(answering(response(200, "x")));
  LoadSpec spec = spec_for(server.port(), 200, seconds(1));
  spec.process = Process::poisson;
  spec.seed = 99;
  spec.operations.push_back(spec.operations[0]);
  spec.operations[1].name = "other";
  const auto planned = [&spec] {
    const Told told = run_to_end(spec);
    return std::pair{told.summary.operations[0].planned, told.summary.operations[1].planned};
  };
  EXPECT_EQ(planned(), planned());
}

TEST(LoadRun, TwoThreads_DealOutThePlanAndItsSecondsAreMerged) {
  TestServer server(answering(response(200, "x")));
  LoadSpec spec = spec_for(server.port(), 300, milliseconds(2300));
  spec.threads = 2;
  spec.connections = 5;
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), 690U);
  ASSERT_EQ(told.seconds.size(), 3U);
  EXPECT_EQ(told.seconds[0].planned, 300U);
  EXPECT_EQ(told.seconds[2].planned, 90U);
}

TEST(LoadRun, ClosedLoop_KeepsEveryConnectionBusy) {
  std::atomic<int> busy{0};
  std::atomic<int> busiest{0};
  TestServer server([&](const TestRequest&, Wire& wire) {
    const int now = ++busy;
    for (int seen = busiest; seen < now && !busiest.compare_exchange_weak(seen, now);) {
    }
    wire.wait_for([&] { return busiest >= 4; });
    --busy;
    wire.send(response(200, "x"));
  });
  LoadSpec spec = spec_for(server.port(), 0, milliseconds(300));
  spec.process = Process::closed;
  spec.connections = 4;
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(busiest, 4);
  EXPECT_EQ(count(told, Outcome::ok), told.summary.all.planned);
  EXPECT_GE(told.summary.all.planned, 4U);
}

TEST(LoadRun, StopRequested_EndsThePlanAndAccountsForWhatWasDue) {
  TestServer server(answering(response(200, "x")));
  for (const Process process : {Process::poisson, Process::closed}) {
    LoadSpec spec = spec_for(server.port(), 200, std::chrono::hours(1));
    spec.process = process;
    const Told told = run_to_end(spec, [](load::Run& run, std::stop_source& stop) {
      if (system_clock().now() >= run.t0() + milliseconds(300)) stop.request_stop();
    });
    expect_accounted(told);
    EXPECT_TRUE(told.summary.stopped_early);
    EXPECT_GT(told.summary.all.planned, 0U);
    EXPECT_LT(told.summary.t_end - told.summary.t0, seconds(30));
  }
}

TEST(LoadRun, DestroyedWhileRunning_EndsItsThreads) {
  TestServer server(answering(response(200, "x")));
  BoundedQueue<Event> events(10);
  auto run = load::Run::create(spec_for(server.port(), 200, std::chrono::hours(1)), system_clock(),
                               events);
  ASSERT_TRUE(run);
  ASSERT_TRUE((*run)->start({}));
  run->reset();
  while (events.pop(Nanos(0))) {
  }
  EXPECT_TRUE(events.closed_and_empty());
}

TEST(LoadRun, NobodyTakesTheEvents_MakesTheRunInvalidAndSaysHowMany) {
  TestServer server(answering(response(500, "x")));
  BoundedQueue<Event> events(2);
  auto run = load::Run::create(spec_for(server.port(), 100, seconds(1)), system_clock(), events);
  ASSERT_TRUE(run);
  ASSERT_TRUE((*run)->start({}));
  const Summary summary = (*run)->join();
  EXPECT_TRUE(std::any_of(
      summary.invalid.begin(), summary.invalid.end(),
      [](const InvalidReason& reason) { return reason.kind == InvalidReason::Kind::events_lost; }));
}

TEST(LoadRun, LateSends_MakeTheRunInvalid) {
  TestServer server(answering(response(200, "x")));
  LoadSpec spec = spec_for(server.port(), 100, milliseconds(500));
  spec.limits.late_after = Nanos(0);  // every send is later than its plan
  const Told told = run_to_end(spec);
  ASSERT_FALSE(told.summary.invalid.empty());
  EXPECT_EQ(told.summary.invalid[0].kind, InvalidReason::Kind::late);
}

TEST(LoadRun, StartInTheFuture_IsPlannedTimeZero) {
  TestServer server(answering(response(200, "x")));
  LoadSpec spec = spec_for(server.port(), 100, milliseconds(200));
  spec.start = system_clock().now() + milliseconds(400);
  const Told told = run_to_end(spec);
  expect_accounted(told);
  EXPECT_EQ(told.summary.t0, spec.start);
  EXPECT_EQ(count(told, Outcome::ok), 20U);
}

TEST(LoadRun, LedToAnotherPortAndBack_LeavesTheWayBeforeAndLosesNothing) {
  TestServer home(answering(response(200, "x")));
  TestServer other(answering(response(200, "x")));
  enum class Step { at_home, away, back } step = Step::at_home;
  std::uint64_t at_home = 0;
  const LoadSpec spec = spec_for(home.port(), 200, std::chrono::hours(1));
  const Told told = run_to_end(spec, [&](load::Run& run, std::stop_source& stop) {
    if (step == Step::at_home && home.requests() >= 20) {
      EXPECT_TRUE(run.lead(other.port()));
      step = Step::away;
    } else if (step == Step::away && other.requests() >= 20) {
      at_home = home.requests();
      EXPECT_TRUE(run.lead(home.port()));
      step = Step::back;
    } else if (step == Step::back && home.requests() >= at_home + 20) {
      stop.request_stop();
    }
  });
  expect_accounted(told);
  EXPECT_EQ(count(told, Outcome::ok), told.summary.all.planned);
  EXPECT_EQ(home.requests() + other.requests(), told.summary.all.planned);
  // All of them went, and most are back.
  EXPECT_GE(told.summary.reconnects, 8U);
}

TEST(LoadRun, VersionHeaders_BecomeObservationsWithTheirInterval) {
  TestServer server([](const TestRequest& request, Wire& wire) {
    wire.send(response(
        200, "x", "X-Version-A: A/" + std::to_string(request.number) + "\r\nX-Other: none\r\n"));
  });
  LoadSpec spec = spec_for(server.port(), 100, milliseconds(500));
  spec.connections = 1;
  spec.operations[0].versions = {{"B", "X-Missing"}, {"A", "X-Version-A"}, {"C", "X-Other"}};
  const Told told = run_to_end(spec);
  ASSERT_EQ(told.observations.size(), 50U);
  for (std::size_t i = 0; i < told.observations.size(); ++i) {
    EXPECT_EQ(told.observations[i].class_index, 1U);
    EXPECT_EQ(told.observations[i].generation, static_cast<std::int64_t>(i));
    EXPECT_LE(told.observations[i].t_sent, told.observations[i].t_done);
  }
}

}  // namespace
}  // namespace bhsim::load
