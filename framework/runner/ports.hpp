#pragma once
// The port of this machine on which the application is published.

#include "framework/base/result.hpp"

namespace bhsim::runner {

// Ports that the kernel gives to outgoing connections by itself.
struct EphemeralPorts {
  int first = 32768, last = 60999;
};
EphemeralPorts ephemeral_ports();

// A port of 127.0.0.1 that nobody has now. Somebody may take it before the engine does
// (port_taken): then another one. It lies outside `ephemeral` where there is room: while a killed
// application is down, a client that knocks at an ephemeral port again and again ends up connected
// to itself, and keeps the port from the application.
Result<int> free_port(const EphemeralPorts& ephemeral);

// The engine refused to start a container because its port is in use.
bool port_taken(const Error& refusal);

}  // namespace bhsim::runner
