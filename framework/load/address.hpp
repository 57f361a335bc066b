#pragma once
// Where load goes to, and the guard that keeps it from going anywhere else.

#include <sys/socket.h>

#include <string>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  int family = AF_INET;
  std::string text;  // "127.0.0.1:8080"
};

// Numeric hosts are taken as they are, names resolved once. Refused unless it is loopback, or the
// host or its address is in `allow`.
Result<Address> resolve(const Target& target, const std::vector<std::string>& allow);

}  // namespace bhsim::load
