#pragma once
// Sockets of 127.0.0.1 for the servers of tests.

#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "framework/base/unique_fd.hpp"

namespace bhsim::test {

inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// Of any free port, on which nobody listens yet.
struct BoundSocket {
  UniqueFd fd{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  int port = 0;
  BoundSocket() {
    auto address = loopback(0);
    socklen_t length = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    EXPECT_EQ(::bind(fd.get(), generic, length), 0);
    EXPECT_EQ(::getsockname(fd.get(), generic, &length), 0);
    port = ntohs(address.sin_port);
  }
};

}  // namespace bhsim::test
