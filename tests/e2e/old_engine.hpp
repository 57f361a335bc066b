#pragma once
// An engine that answers everything with its version, as one of long ago would, on a unix socket.

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <string>
#include <thread>

#include "framework/base/files.hpp"

namespace bhsim::test {

class OldEngine {
 public:
  explicit OldEngine(const std::string& api) : api_(api) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path().string().copy(address.sun_path, sizeof address.sun_path - 1);
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    EXPECT_EQ(::listen(listener_.get(), 8), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~OldEngine() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }
  OldEngine(const OldEngine&) = delete;
  OldEngine& operator=(const OldEngine&) = delete;

  [[nodiscard]] std::string url() const { return "unix://" + path().string(); }

 private:
  [[nodiscard]] Path path() const { return folder_.path() / "engine.sock"; }

  void serve() const {
    while (true) {
      const UniqueFd peer(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!peer.valid()) return;
      std::string head;
      char buffer[1024];
      while (head.find("\r\n\r\n") == std::string::npos) {
        const auto n = ::recv(peer.get(), buffer, sizeof buffer, 0);
        if (n <= 0) break;
        head.append(buffer, static_cast<std::size_t>(n));
      }
      const std::string body = R"({"Version":"1.0","ApiVersion":")" + api_ + "\"}";
      std::string answer = "HTTP/1.1 200 OK\r\nApi-Version: " + api_ +
                           "\r\nContent-Length: " + std::to_string(body.size()) +
                           "\r\nConnection: close\r\n\r\n";
      if (!head.starts_with("HEAD")) answer += body;
      ::send(peer.get(), answer.data(), answer.size(), MSG_NOSIGNAL);
    }
  }

  const std::string api_;
  TemporaryDirectory folder_ = std::move(*TemporaryDirectory::create("bhsim-old-engine"));
  UniqueFd listener_{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  std::thread thread_;
};

}  // namespace bhsim::test
