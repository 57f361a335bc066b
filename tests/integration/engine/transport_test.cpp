// Point 3: what libcurl must be told; deadlines, cancellation, answers that are cut.

#include <cstdlib>
#include <future>

#include "engine_test.hpp"
#include "framework/engine/containers.hpp"
#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"

namespace bhsim::test {
namespace {

using engine::Client;
using engine::Request;

constexpr Nanos kPrompt = 800ms;  // a progress callback comes once a second

struct TransportTest : EngineTest {
  Request request{.path = "/x", .what = "ask for x"};
};

// Sets a variable of the environment as long as it lives.
class Variable {
 public:
  Variable(const char* name, const std::string& value) : name_(name) {
    ::setenv(name, value.c_str(), 1);
  }
  ~Variable() { ::unsetenv(name_); }

 private:
  const char* name_;
};

TEST_F(TransportTest, SocketPathOf107Bytes_Works_AndOf108IsRefused) {
  const std::string longest = "unix:///" + std::string(106, 'x');
  const auto endpoint = engine::parse_endpoint(longest, "--engine", std::nullopt);
  ASSERT_TRUE(endpoint);
  EXPECT_EQ(endpoint->socket.size(), 107U);
  EXPECT_TRUE(fails_as(Client::connect(*endpoint), ErrorCode::engine, "cannot reach the engine"));
  EXPECT_TRUE(fails_as(engine::parse_endpoint(longest + "x", "--engine", std::nullopt),
                       ErrorCode::config, "at most 107 bytes, this one has 108"));
}

TEST_F(TransportTest, ProxySettings_AreNotFollowed) {
  ScriptedEngine tcp(ScriptedEngine::On::tcp);
  ScriptedEngine proxy(ScriptedEngine::On::tcp);
  const Variable one("http_proxy", "http" + proxy.url().substr(3));
  const Variable all("ALL_PROXY", "http" + proxy.url().substr(3));
  tcp.expect("GET /info", say(http(200, "{}")));
  const auto client = tcp.client();
  EXPECT_TRUE(engine::engine_info(client));
  EXPECT_EQ(tcp.trouble(), "");
  EXPECT_TRUE(proxy.asked().empty());
}

TEST_F(TransportTest, LargeBody_IsSentWithoutAskingFirst) {
  engine.expect("PUT /x", say(http(200, "")));
  request.method = "PUT";
  request.body = std::string(3U << 20U, 'b');
  ASSERT_TRUE(engine.client().call(request));
  const auto asked = engine.last();
  EXPECT_EQ(asked.header("expect"), std::nullopt);
  EXPECT_EQ(asked.body.size(), request.body.size());
}

TEST_F(TransportTest, PathAndQuery_CannotChangeTheRequest) {
  engine.expect("GET /containers/a%3Fall%3D1%20HTTP%252F/../json", say(http(200, "{}")));
  EXPECT_TRUE(engine.client().call(
      {.path = "/containers/a?all=1 HTTP%2F/../json", .query = {{"a&b", "c=d e"}}}));
  const auto asked = engine.last();
  EXPECT_EQ(asked.target, "/v1.41/containers/a%3Fall%3D1%20HTTP%252F/../json?a%26b=c%3Dd%20e");
  EXPECT_EQ(asked.parameter("a&b"), "c=d e");
}

TEST_F(TransportTest, SilentEngine_EndsAtTheDeadline) {
  engine.expect("GET /x", silent());
  request.deadline = 100ms;
  const auto client = engine.client();
  const Time before = system_clock().now();
  const auto answer = client.call(request);
  const Nanos took = system_clock().now() - before;
  EXPECT_TRUE(fails_as(answer, ErrorCode::timeout, "ask for x"));
  EXPECT_GE(took, 100ms);
  EXPECT_LT(took, kPrompt);
}
TEST_F(TransportTest, EngineThatDrips_EndsAtTheDeadlineAllTheSame) {
  std::string answer = chunked_head();
  engine.expect("GET /x", then(split(answer + chunk("abc"), 1), silent()));
  request.deadline = 100ms;
  EXPECT_TRUE(fails_as(engine.client().call(request), ErrorCode::timeout));
}

TEST_F(TransportTest, StopOfAQuietStream_IsPrompt) {
  engine.expect("GET /x", then(say(chunked_head() + chunk("first")), silent()));
  const auto client = engine.client();
  std::stop_source stop;
  std::promise<void> begun;
  auto streamed = std::async(std::launch::async, [&] {
    return client.stream(
        request,
        [&](std::string_view) {
          begun.set_value();
          return true;
        },
        stop.get_token());
  });
  begun.get_future().wait();
  const auto took = time_of([&] {
    stop.request_stop();
    streamed.wait();
  });
  EXPECT_LT(took, kPrompt);
  EXPECT_TRUE(fails_as(streamed.get(), ErrorCode::cancelled, "ask for x"));
  EXPECT_TRUE(engine.peer_went());
}
TEST_F(TransportTest, StopOfAnOrdinaryCall_IsPrompt) {
  engine.expect("POST /build", silent());
  const auto client = engine.client();
  std::stop_source stop;
  auto built = std::async(std::launch::async, [&] {
    return engine::build_image(client, "tar", {.tag = "t", .stop = stop.get_token()});
  });
  engine.asked(1);
  const auto took = time_of([&] {
    stop.request_stop();
    built.wait();
  });
  EXPECT_LT(took, kPrompt);
  EXPECT_TRUE(fails_as(built.get(), ErrorCode::cancelled, "build image t"));
  EXPECT_TRUE(engine.peer_went());
}
TEST_F(TransportTest, StopBeforeTheCall_NothingIsAsked) {
  std::stop_source stop;
  stop.request_stop();
  const auto client = engine.client();
  request.stop = stop.get_token();
  EXPECT_TRUE(fails_as(client.call(request), ErrorCode::cancelled));
  EXPECT_TRUE(engine.asked().empty());
}

TEST_F(TransportTest, StreamThatMayBeQuiet_IsHeldToTheDeadlineUntilItsHeader) {
  const auto client = engine.client();
  const auto take = [](std::string_view) { return true; };
  request.patience = engine::Patience::header;
  request.deadline = 100ms;
  engine.expect("GET /x", silent());
  EXPECT_TRUE(fails_as(client.stream(request, take, {}), ErrorCode::timeout));
  // With a header it goes on past it.
  engine.expect("GET /x", then(then(say(chunked_head()), silent()), say(std::string(kLastChunk))));
  auto streamed = std::async(std::launch::async, [&] { return client.stream(request, take, {}); });
  EXPECT_EQ(streamed.wait_for(300ms), std::future_status::timeout);
  engine.release();
  const auto done = streamed.get();
  EXPECT_TRUE(done) << done.error().message;
}
TEST_F(TransportTest, TakerThatHasEnough_EndsInOrder) {
  engine.expect("GET /x", then(say(chunked_head() + chunk("first")), silent()));
  EXPECT_EQ(engine.client().stream(request, [](std::string_view) { return false; }, {}).value(),
            200);
}

TEST_F(TransportTest, AnswerCutAnywhere_IsAnError) {
  const std::string whole = http(200, R"({"ID":"x"})");
  const auto client = engine.client();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    engine.expect("GET /info", cut_after(whole.substr(0, size)));
    EXPECT_TRUE(fails_as(engine::engine_info(client), ErrorCode::protocol)) << size;
  }
}
TEST_F(TransportTest, AnswerWithoutBodyCutInItsHeader_IsNoSuccess) {
  const std::string whole = "HTTP/1.1 204 No Content\r\nApi-Version: 1.41\r\n\r\n";
  const auto client = engine.client();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    engine.expect("POST /containers/c1/start", cut_after(whole.substr(0, size)));
    EXPECT_TRUE(fails_as(engine::start_container(client, "c1"), ErrorCode::protocol)) << size;
  }
  engine.expect("POST /containers/c1/start", say(whole));
  EXPECT_TRUE(engine::start_container(client, "c1"));
}
TEST_F(TransportTest, AnswerSplitInSingleBytes_IsWhole) {
  engine.expect("GET /info",
                split("HTTP/1.1 100 Continue\r\n\r\n" + http(200, R"({"ID":"x"})"), 1));
  const auto info = engine::engine_info(engine.client());
  ASSERT_TRUE(info) << info.error().message;
  EXPECT_EQ((*info)["ID"], "x");
}
TEST_F(TransportTest, ChunkedAnswerWithoutItsLastChunk_IsAnError) {
  engine.expect("GET /info", cut_after(chunked_head() + chunk(R"({"ID":"x"})")));
  EXPECT_TRUE(fails_as(engine::engine_info(engine.client()), ErrorCode::protocol));
}
TEST_F(TransportTest, ConnectionReset_IsAnError) {
  ScriptedEngine tcp(ScriptedEngine::On::tcp);
  const auto client = tcp.client();
  tcp.expect("GET /info", reset_after("")).expect("GET /info", reset_after("HTTP/1.1 200 OK\r\n"));
  EXPECT_TRUE(fails_as(engine::engine_info(client), ErrorCode::protocol));
  EXPECT_TRUE(fails_as(engine::engine_info(client), ErrorCode::protocol));
}
TEST_F(TransportTest, AnswerLongerThanAllowed_IsAnError) {
  engine.expect("GET /x", say(http(200, std::string(2'000, 'x'))));
  request.most_bytes = 1'000;
  EXPECT_TRUE(fails_as(engine.client().call(request), ErrorCode::protocol, "longer than 1000"));
}
TEST_F(TransportTest, HeaderWithoutEnd_IsAnError) {
  std::string endless = "HTTP/1.1 200 OK\r\n";
  while (endless.size() < (300U << 10U)) endless += "X-More: " + std::string(1'000, 'x') + "\r\n";
  engine.expect("GET /x", say(endless));
  EXPECT_TRUE(fails_as(engine.client().call(request), ErrorCode::protocol));
}
TEST_F(TransportTest, Redirection_IsNoSuccess) {
  engine.expect("GET /x", say(http(301, "", "Location: http://elsewhere/\r\n")));
  EXPECT_TRUE(fails_as(engine.client().call(request), ErrorCode::engine, "301"));
}
TEST_F(TransportTest, WhatIsNotHttp_IsAnError) {
  engine.expect("GET /x", say("SSH-2.0-OpenSSH\r\n"));
  EXPECT_TRUE(fails_as(engine.client().call(request), ErrorCode::protocol));
}

TEST_F(TransportTest, ManyThreadsAtOnce_EachHasItsOwnConnection) {
  engine.always("GET /info", split(http(200, R"({"ID":"x"})"), 3));
  const auto client = engine.client();
  std::vector<std::future<bool>> calls;
  for (int i = 0; i < 16; ++i)
    calls.push_back(
        std::async(std::launch::async, [&] { return engine::engine_info(client).has_value(); }));
  for (auto& call : calls) EXPECT_TRUE(call.get());
  EXPECT_EQ(engine.asked(16).size(), 16U);
}

}  // namespace
}  // namespace bhsim::test
