// What `bhsim load --json` writes about runs of every kind follows docs/load-summary.schema.json.

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "framework/load/command.hpp"
#include "framework/load/report.hpp"
#include "run_support.hpp"
#include "tests/support/json_schema.hpp"
#include "tests/support/tls_server.hpp"

namespace bhsim::load {
namespace {

using nlohmann::json;
using std::chrono::milliseconds;
using testing::UnorderedElementsAre;

const Path kSchema = Path(BHSIM_SOURCE_DIR) / "docs/load-summary.schema.json";

class LoadSummary : public testing::Test {
 protected:
  [[nodiscard]] LoadCommandOptions options_for(std::uint16_t port) const {
    LoadCommandOptions options;
    options.url = fmt::format("http://127.0.0.1:{}", port);
    options.rate = "200/s";
    options.duration = milliseconds(500);
    options.connections = 4;
    return options;
  }
  // The file that the command wrote.
  json summary_of(LoadCommandOptions options, const std::stop_token& stop = {}) {
    options.json = folder_.path() / "summary.json";
    std::ostringstream out;
    std::ostringstream err;
    const auto verdict = load_command(options, system_clock(), out, err, stop);
    EXPECT_TRUE(verdict) << verdict.error().message;
    return json::parse(read_file(options.json).value_or(""), nullptr, false);
  }
  static void expect_followed(const json& summary) {
    EXPECT_TRUE(test::follow_schema({summary.dump()}, kSchema)) << summary.dump(2);
  }

  const TemporaryDirectory folder_ = *TemporaryDirectory::create("bhsim-load-summary");
};

TEST_F(LoadSummary, RunsOfEveryProcess_FollowTheSchema) {
  const TestServer server(answering(response(200, "x")));
  LoadCommandOptions options = options_for(server.port());
  const json open = summary_of(options);
  EXPECT_EQ(open["arrivals"], "poisson");
  EXPECT_EQ(open["rate_per_s"], 200);
  options.rate = "max";
  const json closed = summary_of(options);
  EXPECT_EQ(closed["arrivals"], "closed loop");
  EXPECT_TRUE(closed["rate_per_s"].is_null());
  options.rate = "200/s";
  const Path starts = folder_.path() / "starts";
  ASSERT_TRUE(write_file(starts, "0.000\n0.010\n0.300\n"));
  options.arrivals = "replay:" + starts.string();
  const json replay = summary_of(options);
  EXPECT_EQ(replay["all"]["planned"], 3);
  EXPECT_TRUE(replay["rate_per_s"].is_null());
  EXPECT_TRUE(test::follow_schema({open.dump(), closed.dump(), replay.dump()}, kSchema))
      << open.dump(2) << closed.dump(2) << replay.dump(2);
}

TEST_F(LoadSummary, RunOverTls_FollowsTheSchema) {
  const test::Identity shown =
      test::make_identity("target", {{NID_subject_alt_name, "IP:127.0.0.1"}});
  const test::ServerContext context = test::server_context(shown);
  const TestServer server(answering(response(200, "x")),
                          {.transport = test::tls_transport(context.get())});
  LoadCommandOptions options = options_for(server.port());
  options.url = fmt::format("https://127.0.0.1:{}", server.port());
  options.insecure = true;
  const json summary = summary_of(options);
  EXPECT_EQ(summary["tls"]["verified"], false);
  expect_followed(summary);
}

// Every outcome of a request that is sent, and requests that needed another first.
TEST_F(LoadSummary, SeveralOperationsOfEveryOutcome_FollowTheSchema) {
  const TestServer server([](const TestRequest& request, Wire& wire) {
    if (request.path == "/login") return wire.send(response(200, R"({"token":"t"})"));
    if (request.path == "/status") return wire.send(response(500, "x"));
    if (request.path == "/garbage") return wire.send("SSH-2.0-OpenSSH_9.2p1\r\n");
    if (request.path == "/cut") return wire.reset();
    wire.wait_for([] { return false; });
  });
  LoadCommandOptions options = options_for(server.port());
  options.mix.emplace();
  for (const char* name : {"login", "status", "garbage", "cut", "silence"}) {
    Operation op;
    op.name = name;
    op.path = fmt::format("/{}", name);
    op.headers = {{"Authorization", "{captured.token}"}};
    options.mix->operations.push_back(op);
  }
  options.mix->operations.back().timeout = milliseconds(50);
  options.mix->operations[0].headers.clear();
  options.mix->operations[0].captures = {{"token", Capture::From::json, "token"}};
  const json summary = summary_of(options);
  EXPECT_GT(summary["substituted"], 0);
  EXPECT_EQ(summary["operations"].size(), 5U);
  for (const char* outcome : {"ok", "bad_status", "bad_body", "timeout", "reset"})
    EXPECT_GT(summary["all"]["outcomes"][outcome], 0) << outcome;
  expect_followed(summary);
}

TEST_F(LoadSummary, RunsThatSendLittleOrNothing_FollowTheSchema) {
  const TestServer silent(
      [](const TestRequest&, Wire& wire) { wire.wait_for([] { return false; }); });
  LoadCommandOptions one = options_for(silent.port());
  one.connections = 1;
  one.timeout = milliseconds(50);
  const json unsent = summary_of(one);
  EXPECT_GT(unsent["all"]["outcomes"]["unsent"], 0);
  LoadCommandOptions options = options_for(unused_port());
  const json refused = summary_of(options);
  EXPECT_EQ(refused["all"]["outcomes"]["refused"], refused["all"]["planned"]);
  std::stop_source stop;
  stop.request_stop();
  const json stopped = summary_of(options, stop.get_token());
  EXPECT_EQ(stopped["stopped_early"], true);
  EXPECT_TRUE(test::follow_schema({unsent.dump(), refused.dump(), stopped.dump()}, kSchema))
      << unsent.dump(2) << refused.dump(2) << stopped.dump(2);
}

// All that makes a run invalid but a defect of bhsim's own: nobody takes the events of a run whose
// limits cannot be kept.
TEST_F(LoadSummary, InvalidRun_FollowsTheSchemaAndSaysWhy) {
  const TestServer server(answering(response(200, "x")));
  LoadSpec spec = spec_for(server.port(), 100, milliseconds(1100));
  spec.limits.late_after = Nanos(0);
  spec.limits.cpu_share = 0;
  BoundedQueue<Event> events(1);
  auto run = load::Run::create(spec, system_clock(), events);
  ASSERT_TRUE(run) << run.error().message;
  ASSERT_TRUE((*run)->start({}));
  const json summary = to_json(spec, (*run)->join());
  EXPECT_EQ(summary["valid"], false);
  std::vector<std::string> kinds;
  for (const json& reason : summary["invalid"]) kinds.push_back(reason["kind"]);
  EXPECT_THAT(kinds, UnorderedElementsAre("late", "cpu", "events_lost"));
  expect_followed(summary);
}

TEST_F(LoadSummary, WhatLacksOrHasMoreThanTheSchemaSays_DoesNotFollowIt) {
  const TestServer server(answering(response(200, "x")));
  LoadCommandOptions options = options_for(server.port());
  options.duration = milliseconds(50);
  const json good = summary_of(options);
  expect_followed(good);
  json lacking = good;
  lacking["generator"].erase("late");
  EXPECT_FALSE(test::follow_schema({good.dump(), lacking.dump()}, kSchema));
  json more = good;
  more["all"]["p50"] = 1;
  EXPECT_FALSE(test::follow_schema({more.dump(), good.dump()}, kSchema));
}

}  // namespace
}  // namespace bhsim::load
