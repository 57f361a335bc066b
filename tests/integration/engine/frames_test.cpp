// Point 4: the frames of logs and attach.

#include <random>

#include "engine_test.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::test {
namespace {

using engine::Demultiplexer;
using engine::OutputStream;

// Both streams as they come out.
struct Heard {
  std::string out, err;
  bool operator==(const Heard&) const = default;
};

engine::OutputSink into(Heard& heard) {
  return [&heard](OutputStream stream, std::string_view bytes) {
    (stream == OutputStream::err ? heard.err : heard.out) += bytes;
    return true;
  };
}

TEST(Frames, SplitAnywhere_GiveTheSame) {
  std::mt19937 random(20'241'126);
  for (int round = 0; round < 300; ++round) {
    std::string stream;
    Heard expected;
    for (int i = 0; i < 8; ++i) {
      const auto kind = static_cast<unsigned char>(random() % 3);
      std::string bytes(random() % 40, '\0');
      for (auto& byte : bytes) byte = static_cast<char>(random());
      (kind == 2 ? expected.err : expected.out) += bytes;
      stream += frame(kind, bytes);
    }
    Heard heard;
    Demultiplexer frames(into(heard));
    for (std::string_view rest = stream; !rest.empty();) {
      const auto piece = rest.substr(0, 1 + random() % 20);
      const auto fed = frames.feed(piece);
      ASSERT_TRUE(fed) << fed.error().message;
      ASSERT_TRUE(*fed);
      rest.remove_prefix(piece.size());
    }
    EXPECT_EQ(heard, expected) << "round " << round;
    EXPECT_TRUE(frames.whole());
  }
}

TEST(Frames, EveryCutPoint_IsSeenAsNotWhole) {
  const std::string stream = frame(1, "out") + frame(2, "err");
  for (std::size_t cut = 1; cut < stream.size(); ++cut) {
    Heard heard;
    Demultiplexer frames(into(heard));
    ASSERT_TRUE(frames.feed(stream.substr(0, cut)));
    EXPECT_EQ(frames.whole(), cut == frame(1, "out").size()) << cut;
  }
}

TEST(Frames, WhatIsNoFrame_IsAnError) {
  const std::vector<std::string> wrong{
      frame(4, "x"), "\xff" + frame(1, "x"), std::string("\x01\x01\0\0\0\0\0\x01x", 9),
      std::string("\x01\0\0\0\x04\0\0\x01", 8) /* one byte over 64 MiB */, "plain text of a TTY"};
  for (const auto& bytes : wrong) {
    Heard heard;
    Demultiplexer frames(into(heard));
    EXPECT_TRUE(fails_as(frames.feed(bytes), ErrorCode::protocol)) << bytes;
    EXPECT_EQ(heard, Heard{});
  }
}

TEST(Frames, DaemonError_IsAnErrorWithItsWords) {
  const std::string stream = frame(1, "a") + frame(3, "disk full") + frame(1, "b");
  for (std::size_t piece = 1; piece < stream.size(); ++piece) {
    Heard heard;
    Demultiplexer frames(into(heard));
    Result<bool> fed = true;
    for (std::size_t at = 0; at < stream.size() && fed; at += piece)
      fed = frames.feed(stream.substr(at, piece));
    EXPECT_TRUE(fails_as(fed, ErrorCode::engine, "disk full")) << piece;
    EXPECT_EQ(heard.out, "a");
  }
  Demultiplexer frames([](OutputStream, std::string_view) { return true; });
  EXPECT_TRUE(fails_as(frames.feed(frame(3, "")), ErrorCode::engine));
}

TEST(Frames, DaemonErrorWithoutEnd_IsCutAt4KiB) {
  Demultiplexer frames([](OutputStream, std::string_view) { return true; });
  const auto fed = frames.feed(frame(3, std::string(1 << 20, 'x')));
  ASSERT_TRUE(fails_as(fed, ErrorCode::engine));
  EXPECT_LT(fed.error().message.size(), 5'000U);
}

TEST(Frames, SinkThatHasEnough_EndsInOrder) {
  int pieces = 0;
  Demultiplexer frames([&](OutputStream, std::string_view) { return ++pieces < 2; });
  const auto fed = frames.feed(frame(1, "a") + frame(1, "b") + frame(1, "c"));
  ASSERT_TRUE(fed);
  EXPECT_FALSE(*fed);
  EXPECT_EQ(pieces, 2);
}

struct LogsTest : EngineTest {
  Result<void> read(Heard& heard, const engine::LogOptions& options = {},
                    std::stop_token stop = {}) {
    const auto client = engine.client();
    return engine::read_logs(client, "c1", options, into(heard), std::move(stop));
  }
};

TEST_F(LogsTest, SplitInSingleBytesOnTheSocket_AreWhole) {
  const std::string body = frame(1, "one\n") + frame(2, "two\n") + frame(1, "three\n");
  std::string answer = chunked_head();
  for (const char byte : body) answer += chunk(std::string(1, byte));
  answer += kLastChunk;
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("GET /containers/c1/logs", split(answer, 1));
  Heard heard;
  const auto done = read(heard);
  ASSERT_TRUE(done) << done.error().message;
  EXPECT_EQ(heard, (Heard{"one\nthree\n", "two\n"}));
}

TEST_F(LogsTest, OfATty_AreUnframed) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected({{"Config", {{"Tty", true}}}}))))
      .expect("GET /containers/c1/logs", say(http(200, frame(2, "no frame"))));
  Heard heard;
  ASSERT_TRUE(read(heard));
  EXPECT_EQ(heard.out, frame(2, "no frame"));
}

TEST_F(LogsTest, CutInsideAFrame_AreAnError) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("GET /containers/c1/logs",
              say(chunked_head() + chunk(frame(1, "whole") + "\x01") + std::string(kLastChunk)));
  Heard heard;
  EXPECT_TRUE(fails_as(read(heard), ErrorCode::protocol, "ends inside a frame"));
  EXPECT_EQ(heard.out, "whole");
}

TEST_F(LogsTest, ConnectionThatBreaksOff_IsAnError) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("GET /containers/c1/logs", cut_after(chunked_head() + chunk(frame(1, "whole"))));
  Heard heard;
  EXPECT_TRUE(fails_as(read(heard), ErrorCode::protocol, "read the logs of c1"));
}

TEST_F(LogsTest, Options_AreAskedFor) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("GET /containers/c1/logs", say(http(200, "")));
  Heard heard;
  ASSERT_TRUE(read(heard, {.timestamps = true, .tail = "20", .since = "12.000000034"}));
  const auto asked = engine.last();
  EXPECT_EQ(asked.parameter("timestamps"), "1");
  EXPECT_EQ(asked.parameter("tail"), "20");
  EXPECT_EQ(asked.parameter("since"), "12.000000034");
  EXPECT_EQ(asked.parameter("follow"), std::nullopt);
}

TEST_F(LogsTest, NotFollowedAndStalled_EndAtTheDeadline) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("GET /containers/c1/logs",
              then(say(chunked_head() + chunk(frame(1, "a"))), silent()));
  Heard heard;
  EXPECT_TRUE(fails_as(read(heard, {.deadline = 100ms}), ErrorCode::timeout));
  EXPECT_EQ(heard.out, "a");
}

TEST_F(LogsTest, FollowedAndQuietWithoutEvenAHeader_WaitUntilStopped) {
  engine.expect("GET /containers/c1/json", say(http(200, inspected())))
      .expect("GET /containers/c1/logs", silent());
  std::stop_source stop;
  std::jthread stopper([&] {
    engine.asked(2);
    stop.request_stop();
  });
  Heard heard;
  EXPECT_TRUE(read(heard, {.follow = true, .deadline = 1ms}, stop.get_token()));
  EXPECT_TRUE(engine.peer_went());
}

}  // namespace
}  // namespace bhsim::test
