#pragma once
// An application of sockets of this machine: answers every request, and closes when it is asked to.

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "tests/support/acceptor.hpp"
#include "tests/support/loopback.hpp"

namespace bhsim::faults {

class SmallApplication {
 public:
  // `works`: whether it can answer; asked for each request, on a thread of its connection.
  explicit SmallApplication(std::function<bool()> works = [] { return true; })
      : works_(std::move(works)) {
    EXPECT_EQ(::listen(bound_.fd.get(), 64), 0);
    acceptor_ =
        std::make_unique<test::Acceptor>(std::move(bound_.fd), [this](int fd) { serve(fd); });
  }
  [[nodiscard]] int port() const { return bound_.port; }

 private:
  void serve(int fd) const {
    std::string heard;
    char buffer[4096];
    while (true) {
      const auto n = ::recv(fd, buffer, sizeof buffer, 0);
      if (n <= 0) return;
      heard.append(buffer, static_cast<std::size_t>(n));
      const auto end = heard.find("\r\n\r\n");
      if (end == std::string::npos) continue;
      const bool last = heard.find("Connection: close") < end;
      heard.erase(0, end + 4);
      const std::string_view answer = works_() ? "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
                                               : "HTTP/1.1 503 No\r\nContent-Length: 2\r\n\r\nno";
      if (::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL) < 0 || last) return;
    }
  }

  std::function<bool()> works_;
  test::BoundSocket bound_;
  std::unique_ptr<test::Acceptor> acceptor_;  // first to go: its threads use all of the above
};

}  // namespace bhsim::faults
