#pragma once
// What lies between a connected socket and HTTP in a test's server: nothing, or TLS.

#include <sys/socket.h>

#include <cstddef>
#include <functional>

namespace bhsim::test {

struct Transport {
  std::function<bool()> open = [] { return true; };
  std::function<long(char*, std::size_t)> read;
  std::function<long(const char*, std::size_t)> write;
  std::function<void()> close = [] {};
};
using TransportOver = std::function<Transport(int socket)>;

inline Transport plain_transport(int fd) {
  return {.read = [fd](char* to, std::size_t size) { return ::recv(fd, to, size, 0); },
          .write = [fd](const char* from,
                        std::size_t size) { return ::send(fd, from, size, MSG_NOSIGNAL); }};
}

}  // namespace bhsim::test
