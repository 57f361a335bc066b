#pragma once

#include <string>

namespace bhsim::relay {

// One end of a connection: an IPv4 address in numbers, and a port.
struct Place {
  std::string host = "127.0.0.1";
  int port = 0;
};

}  // namespace bhsim::relay
