#pragma once
// A client, and a target that says back what it is told, on sockets of this machine.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>

#include "framework/base/clock.hpp"
#include "tests/support/acceptor.hpp"
#include "tests/support/loopback.hpp"

namespace bhsim::relay {

inline bool eventually(const std::function<bool()>& condition) {
  const Time give_up = system_clock().now() + std::chrono::seconds(20);
  while (!condition()) {
    if (system_clock().now() > give_up) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  return true;
}

class Echo {
 public:
  Echo() {
    EXPECT_EQ(::listen(bound_.fd.get(), 64), 0);
    acceptor_ =
        std::make_unique<test::Acceptor>(std::move(bound_.fd), [this](int fd) { serve(fd); });
  }

  [[nodiscard]] int port() const { return bound_.port; }
  [[nodiscard]] int begun() const { return begun_; }           // connections
  [[nodiscard]] int closed() const { return closed_; }         // whose peer closed, in order
  [[nodiscard]] int broken() const { return broken_; }         // whose peer reset them
  [[nodiscard]] std::int64_t heard() const { return heard_; }  // bytes

 private:
  void serve(int fd) {
    ++begun_;
    std::array<char, 4096> buffer{};
    while (true) {
      const auto n = ::recv(fd, buffer.data(), buffer.size(), 0);
      if (n > 0) heard_ += n;
      if (n == 0) ++closed_;
      if (n < 0) ++broken_;
      if (n <= 0 || !say(fd, {buffer.data(), static_cast<std::size_t>(n)})) return;
    }
  }

  static bool say(int fd, std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }

  std::atomic<int> begun_{0}, closed_{0}, broken_{0};
  std::atomic<std::int64_t> heard_{0};
  test::BoundSocket bound_;
  std::unique_ptr<test::Acceptor> acceptor_;  // first to go: its threads use all of the above
};

enum class Heard { bytes, end, reset, silence };

class Client {
 public:
  explicit Client(int port, in_addr_t host = INADDR_LOOPBACK)
      : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    auto address = test::loopback(port);
    address.sin_addr.s_addr = htonl(host);
    connected_ =
        ::connect(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  }

  [[nodiscard]] bool connected() const { return connected_; }

  bool say(std::string_view bytes) {
    while (!bytes.empty()) {
      const auto n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  void say_no_more() { ::shutdown(fd_.get(), SHUT_WR); }
  void close() { fd_.reset(); }

  // So many bytes, or fewer when something else comes first; see what().
  std::string hear(std::size_t count,
                   std::chrono::milliseconds patience = std::chrono::seconds(20)) {
    const timeval tv{patience.count() / 1000, patience.count() % 1000 * 1000};
    ::setsockopt(fd_.get(), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
    std::string all(count, '\0');
    std::size_t at = 0;
    what_ = Heard::bytes;
    while (at < count) {
      const auto n = ::recv(fd_.get(), all.data() + at, count - at, 0);
      if (n > 0) {
        at += static_cast<std::size_t>(n);
        continue;
      }
      what_ = n == 0                                    ? Heard::end
              : errno == EAGAIN || errno == EWOULDBLOCK ? Heard::silence
                                                        : Heard::reset;
      break;
    }
    all.resize(at);
    return all;
  }
  [[nodiscard]] Heard what() const { return what_; }

 private:
  UniqueFd fd_;
  bool connected_ = false;
  Heard what_ = Heard::silence;
};

}  // namespace bhsim::relay
