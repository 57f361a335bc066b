#pragma once
// Where load goes to, and the guard that keeps it from going anywhere else.

#include <sys/socket.h>

#include <functional>
#include <string>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  int family = AF_INET;
  std::string host;  // numeric: "127.0.0.1", "::1"
  std::string text;  // "127.0.0.1:8080", "[::1]:8080"
};

// From a host to its addresses, in the order in which they should be tried; never none.
using LookUp = std::function<Result<std::vector<Address>>(const Target&)>;

// The system's look-up; blocks as long as it does. Numeric hosts are taken as they are.
Result<std::vector<Address>> look_up(const Target& target);
[[nodiscard]] bool is_numeric(const std::string& host);

// Those that load may go to: loopback, and what `allow` names by the host or by the address. None
// left: an Error that says what to do.
Result<std::vector<Address>> keep_allowed(std::vector<Address> addresses, const Target& target,
                                          const std::vector<std::string>& allow);

// The first of them.
Result<Address> resolve(const Target& target, const std::vector<std::string>& allow);

}  // namespace bhsim::load
