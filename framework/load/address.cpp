#include "framework/load/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace bhsim::load {
namespace {

bool is_loopback(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24U) == 127U;
  }
  if (address.sa_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return v6.sin6_addr.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

}  // namespace

Result<Address> resolve(const Target& target, const std::vector<std::string>& allow) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code =
      getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
  if (code != 0) {
    return fail(ErrorCode::io, "load: resolve {}: {}", target.host, gai_strerror(code));
  }
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(found, &freeaddrinfo);
  const auto allowed = [&allow](std::string_view name) {
    return std::find(allow.begin(), allow.end(), name) != allow.end();
  };
  std::string refused;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    std::array<char, NI_MAXHOST> host{};
    if (getnameinfo(a->ai_addr, a->ai_addrlen, host.data(), host.size(), nullptr, 0,
                    NI_NUMERICHOST) != 0)
      continue;
    if (!is_loopback(*a->ai_addr) && !allowed(target.host) && !allowed(host.data())) {
      refused = host.data();
      continue;
    }
    Address address;
    std::memcpy(&address.storage, a->ai_addr, a->ai_addrlen);
    address.length = a->ai_addrlen;
    address.family = a->ai_family;
    const bool is_v6 = a->ai_family == AF_INET6;
    address.text =
        fmt::format("{}{}{}:{}", is_v6 ? "[" : "", host.data(), is_v6 ? "]" : "", target.port);
    return address;
  }
  return fail(ErrorCode::usage,
              "load: {} ({}) is not this machine, and load may disturb others: name it with "
              "--allow-target={} if you "
              "are entitled to load it",
              target.host, refused, target.host);
}

}  // namespace bhsim::load
