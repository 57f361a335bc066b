#include "framework/runner/ports.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>

#include "framework/base/files.hpp"

namespace bhsim::runner {
namespace {

constexpr int kLowest = 15'000;
constexpr int kFewest = 1'000;  // with less room than this the kernel chooses
constexpr int kAttempts = 200;

// The port that was bound: `port`, or one of the kernel's choice for 0. Nothing when it is in use.
int bound(int port) {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!fd.valid() || ::bind(fd.get(), generic, length) != 0 ||
      ::getsockname(fd.get(), generic, &length) != 0)
    return 0;
  return ntohs(address.sin_port);
}

}  // namespace

EphemeralPorts ephemeral_ports() {
  EphemeralPorts ports;
  std::ifstream file("/proc/sys/net/ipv4/ip_local_port_range");
  int first = 0, last = 0;
  if (file >> first >> last) ports = {first, last};
  return ports;
}

Result<int> free_port(const EphemeralPorts& ephemeral) {
  std::random_device chance;
  const bool room = ephemeral.first - kLowest >= kFewest;
  for (int attempt = 0; room && attempt < kAttempts; ++attempt) {
    std::uniform_int_distribution<int> any(kLowest, ephemeral.first - 1);
    if (const int port = bound(any(chance)); port != 0) return port;
  }
  if (const int port = bound(0); port != 0) return port;
  return fail(ErrorCode::io, "find a free port on 127.0.0.1: {}", std::strerror(errno));
}

bool port_taken(const Error& refusal) {
  for (const auto* words : {"port is already allocated", "address already in use"})
    if (refusal.message.find(words) != std::string::npos) return true;
  return false;
}

}  // namespace bhsim::runner
