// What a side-car makes of a helper that says wrong things, nothing, or dies.

#include "framework/sidecar/connection.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <thread>

#include "scripted_helper.hpp"

namespace bhsim::sidecar {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;
using test::ScriptedHelper;

constexpr Nanos kLong = 20s;

class ConnectionTest : public testing::Test {
 protected:
  void start() {
    helper.greet();
    const auto started = connection->start(kLong);
    ASSERT_TRUE(started) << started.error().message;
  }
  auto call(std::string command, Nanos wait = kLong) {
    return std::async(std::launch::async, [this, command = std::move(command), wait] {
      return connection->call(command, json::object(), wait);
    });
  }

  ScriptedHelper helper;
  std::unique_ptr<Connection> connection =
      std::make_unique<Connection>(helper.channel(), system_clock());
};

TEST_F(ConnectionTest, Answer_IsMatchedById) {
  start();
  auto first = call("one");
  const json one = json::parse(helper.hear());
  auto second = call("two");
  const json two = json::parse(helper.hear());
  EXPECT_EQ(one["do"], "one");
  // The second is answered first.
  helper.say(json{{"id", two["id"]}, {"ok", true}, {"n", 2}}.dump() + "\n");
  EXPECT_EQ(second.get().value()["n"], 2);
  helper.say(json{{"id", one["id"]}, {"ok", true}, {"n", 1}}.dump() + "\n");
  EXPECT_EQ(first.get().value()["n"], 1);
}

TEST_F(ConnectionTest, Refusal_KeepsCodeAndWords) {
  start();
  auto answer = call("stat");
  const json request = json::parse(helper.hear());
  helper.say(
      json{{"id", request["id"]}, {"ok", false}, {"code", "not_found"}, {"error", "no such file"}}
          .dump() +
      "\n");
  const auto result = answer.get();
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::not_found);
  EXPECT_EQ(result.error().message, "side-car stat: no such file");
}

TEST_F(ConnectionTest, AnswerWithoutOk_IsAFailure) {
  start();
  auto answer = call("stat");
  helper.say(json{{"id", json::parse(helper.hear())["id"]}}.dump() + "\n");
  EXPECT_FALSE(answer.get());
}

TEST_F(ConnectionTest, NoGreeting_IsATimeout) {
  const auto started = connection->start(50ms);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::timeout);
}

TEST_F(ConnectionTest, GreetingOfAnotherProtocol_IsRefused) {
  helper.say("{\"hello\":{\"protocol\":99}}\n");
  const auto started = connection->start(kLong);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::protocol);
}

TEST_F(ConnectionTest, HelperThatDiesBeforeItGreets_IsAConflictAtOnce) {
  helper.die();
  const auto started = connection->start(kLong);
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, ErrorCode::conflict);
}

TEST_F(ConnectionTest, NoAnswer_IsATimeoutAndALateOneIsDropped) {
  start();
  auto answer = call("slow", 50ms);
  const json request = json::parse(helper.hear());
  EXPECT_EQ(answer.get().error().code, ErrorCode::timeout);
  helper.say(json{{"id", request["id"]}, {"ok", true}}.dump() + "\n");
  auto next = call("next");
  helper.say(json{{"id", json::parse(helper.hear())["id"]}, {"ok", true}}.dump() + "\n");
  EXPECT_TRUE(next.get());
}

TEST_F(ConnectionTest, DeathOfTheHelper_EndsAllCallsAtOnceAndIsToldOnce) {
  start();
  std::atomic<int> told{0};
  connection->on_end([&](const std::string&) { ++told; });
  auto first = call("one");
  auto second = call("two");
  helper.hear();
  helper.hear();
  helper.die();
  for (auto* answer : {&first, &second}) {
    const auto result = answer->get();
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code, ErrorCode::conflict);
    EXPECT_NE(result.error().message.find("the helper has ended"), std::string::npos);
  }
  EXPECT_EQ(connection->call("three", json::object(), kLong).error().code, ErrorCode::conflict);
  EXPECT_TRUE(connection->ended());
  std::promise<void> late;
  connection->on_end([&](const std::string&) { late.set_value(); });  // has ended: told at once
  late.get_future().get();
  connection.reset();
  EXPECT_EQ(told, 1);
}

TEST_F(ConnectionTest, Nonsense_EndsTheConnectionWithTheWords) {
  start();
  auto answer = call("one");
  helper.hear();
  helper.say("Segmentation fault\n");
  const auto result = answer.get();
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().message.find("Segmentation fault"), std::string::npos);
}

TEST_F(ConnectionTest, LineWithoutEnd_IsBounded) {
  start();
  std::promise<std::string> ended;
  connection->on_end([&](const std::string& why) { ended.set_value(why); });
  std::thread talker([&] {
    const std::string piece(1U << 20U, 'x');
    for (int i = 0; i < 13; ++i) helper.say(piece);
  });
  EXPECT_NE(ended.get_future().get().find("longer"), std::string::npos);
  talker.join();
}

TEST_F(ConnectionTest, RequestBeyondTheLimit_IsRefusedAndTheConnectionGoesOn) {
  start();
  const auto result =
      connection->call("stage", {{"bytes", std::string(protocol::kMostLineBytes, 'x')}}, kLong);
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, ErrorCode::usage);
  EXPECT_FALSE(connection->ended());
}

TEST_F(ConnectionTest, AnswersInSinglePieces_ArePutTogether) {
  start();
  auto answer = call("one");
  const std::string line =
      json{{"id", json::parse(helper.hear())["id"]}, {"ok", true}}.dump() + "\n";
  for (const char c : line) helper.say(std::string(1, c));
  EXPECT_TRUE(answer.get());
}

TEST_F(ConnectionTest, Ticks_GoToTheCallbackInOrder) {
  start();
  std::promise<void> third;
  std::vector<int> seen;
  connection->on_tick([&](const json& tick) {
    seen.push_back(tick["n"].get<int>());
    if (seen.size() == 3) third.set_value();
  });
  helper.say("{\"tick\":{\"n\":1}}\n{\"tick\":{\"n\":2}}\n{\"tick\":{\"n\":3}}\n");
  third.get_future().get();
  EXPECT_EQ(seen, (std::vector<int>{1, 2, 3}));
}

TEST_F(ConnectionTest, ManyCallsFromManyThreads_AllGetTheirOwnAnswer) {
  start();
  std::thread echo([&] {
    for (std::string line = helper.hear(); !line.empty(); line = helper.hear()) {
      const json request = json::parse(line);
      helper.say(json{{"id", request["id"]}, {"ok", true}, {"echo", request["do"]}}.dump() + "\n");
    }
  });
  std::vector<std::thread> callers;
  for (int k = 0; k < 8; ++k) {
    callers.emplace_back([&, k] {
      for (int i = 0; i < 50; ++i) {
        const std::string name = std::to_string(k) + "-" + std::to_string(i);
        const auto answer = connection->call(name, json::object(), kLong);
        ASSERT_TRUE(answer) << answer.error().message;
        EXPECT_EQ((*answer)["echo"], name);
      }
    });
  }
  for (auto& caller : callers) caller.join();
  connection.reset();
  echo.join();
}

TEST_F(ConnectionTest, MoreCallsThanMayBeUnderWay_AreRefused) {
  start();
  std::vector<std::future<Result<json>>> waiting;
  for (int i = 0; i < 64; ++i) {
    waiting.push_back(call("wait"));
    helper.hear();
  }
  const auto refused = connection->call("one more", json::object(), kLong);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::conflict);
  helper.die();
  for (auto& answer : waiting) EXPECT_FALSE(answer.get());
}

}  // namespace
}  // namespace bhsim::sidecar
