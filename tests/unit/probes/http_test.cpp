#include "framework/probes/http.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <functional>
#include <thread>

#include "tests/support/loopback.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;

TEST(HttpAnswer, WithALength_IsWholeWithoutTheEnd) {
  const auto answer =
      parse_http_answer("HTTP/1.1 503 Down\r\nContent-LENGTH: 4\r\n\r\nDOWNmore", false);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "DOWN");
}

TEST(HttpAnswer, InChunks_IsJoined) {
  const auto answer = parse_http_answer(
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n1\r\n!\r\n0\r\n\r\n",
      false);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->body, "hello!");
}

TEST(HttpAnswer, WithoutALength_LastsToTheEnd) {
  constexpr std::string_view kBytes = "HTTP/1.0 200 OK\r\n\r\nall of it";
  EXPECT_EQ(parse_http_answer(kBytes, false).error().code, ErrorCode::conflict);
  EXPECT_EQ(parse_http_answer(kBytes, true)->body, "all of it");
}

TEST(HttpAnswer, CutAnywhere_IsNotWhole) {
  for (const std::string bytes :
       {"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n"}) {
    ASSERT_TRUE(parse_http_answer(bytes, true)) << bytes;
    for (std::size_t length = 0; length < bytes.size(); ++length) {
      const auto answer = parse_http_answer(bytes.substr(0, length), true);
      ASSERT_FALSE(answer) << length;
      EXPECT_EQ(answer.error().code, ErrorCode::conflict) << length;
    }
  }
}

TEST(HttpAnswer, WhatIsNoHttp_IsAProtocolError) {
  for (const std::string bytes :
       {"SSH-2.0-x\r\n\r\n", "HTTP/1.1 abc OK\r\n\r\n", "HTTP/1.1\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffff\r\n"})
    EXPECT_EQ(parse_http_answer(bytes, true).error().code, ErrorCode::protocol) << bytes;
}

// Accepts one connection after the other on 127.0.0.1 and serves each by `serve`.
class Server {
 public:
  explicit Server(std::function<void(int fd)> serve) {
    EXPECT_EQ(::listen(bound_.fd.get(), 8), 0);
    thread_ = std::jthread([this, serve = std::move(serve)] {
      while (true) {
        const UniqueFd fd(::accept(bound_.fd.get(), nullptr, nullptr));
        if (!fd.valid()) return;
        serve(fd.get());
      }
    });
  }
  ~Server() { ::shutdown(bound_.fd.get(), SHUT_RDWR); }
  [[nodiscard]] int port() const { return bound_.port; }

 private:
  test::BoundSocket bound_;
  std::jthread thread_;
};

void say(int fd, std::string_view text) {
  EXPECT_EQ(::send(fd, text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

void hear(int fd) {
  char buffer[1024];
  EXPECT_GT(::recv(fd, buffer, sizeof buffer, 0), 0);
}

TEST(HttpGet, AnswerByteByByte_IsPutTogether) {
  Server server([](int fd) {
    hear(fd);
    for (const char c : std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nUP"))
      say(fd, std::string_view(&c, 1));
  });
  const auto answer = http_get(server.port(), "/health/live", 10s, system_clock());
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, "UP");
}

TEST(HttpGet, ServerThatDripsForEver_EndsAtTheDeadline) {
  std::atomic<bool> done = false;
  Server server([&](int fd) {
    hear(fd);
    // A byte each few milliseconds would keep a timeout of each read alone from ever passing.
    while (!done && ::send(fd, "x", 1, MSG_NOSIGNAL) == 1) ::usleep(5'000);
  });
  const auto answer = http_get(server.port(), "/", 150ms, system_clock());
  done = true;
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, ErrorCode::timeout);
}

TEST(HttpGet, ServerThatIsSilent_IsATimeout) {
  std::atomic<bool> done = false;
  Server server([&](int) {
    while (!done) ::usleep(1'000);
  });
  EXPECT_EQ(http_get(server.port(), "/", 50ms, system_clock()).error().code, ErrorCode::timeout);
  done = true;
}

TEST(HttpGet, ConnectionThatEndsEarly_IsAnError) {
  Server server([](int fd) {
    hear(fd);
    say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nUP");
  });
  EXPECT_EQ(http_get(server.port(), "/", 10s, system_clock()).error().code, ErrorCode::io);
}

TEST(HttpGet, AnswerWithoutEnd_IsCutOff) {
  Server server([](int fd) {
    hear(fd);
    const std::string much(1 << 16, 'x');
    if (::send(fd, "HTTP/1.1 200 OK\r\n\r\n", 19, MSG_NOSIGNAL) != 19) return;
    while (::send(fd, much.data(), much.size(), MSG_NOSIGNAL) > 0) {
    }
  });
  EXPECT_EQ(http_get(server.port(), "/", 10s, system_clock()).error().code, ErrorCode::protocol);
}

TEST(HttpGet, NobodyListens_IsRefused) {
  int port = 0;
  {
    port = Server([](int) {}).port();
  }
  EXPECT_EQ(http_get(port, "/", 1s, system_clock()).error().code, ErrorCode::io);
}

}  // namespace
}  // namespace bhsim::probes
