#include "framework/load/address.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>
#include <optional>

namespace bhsim::load {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

bool is_loopback(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return (ntohl(v4.sin_addr.s_addr) >> 24U) == 127U;
  }
  if (address.ss_family != AF_INET6) return false;
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) return v6.sin6_addr.s6_addr[12] == 127;
  return IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
}

// Nothing for what is neither IPv4 nor IPv6.
std::optional<Address> to_address(const addrinfo& found) {
  std::array<char, NI_MAXHOST> host{};
  std::array<char, NI_MAXSERV> port{};
  if (getnameinfo(found.ai_addr, found.ai_addrlen, host.data(), host.size(), port.data(),
                  port.size(), NI_NUMERICHOST | NI_NUMERICSERV) != 0) {
    return std::nullopt;
  }
  Address address;
  std::memcpy(&address.storage, found.ai_addr, found.ai_addrlen);
  address.length = found.ai_addrlen;
  address.family = found.ai_family;
  address.host = host.data();
  const bool is_v6 = found.ai_family == AF_INET6;
  address.text = fmt::format("{}:{}", is_v6 ? "[" + address.host + "]" : address.host, port.data());
  return address;
}

}  // namespace

bool is_numeric(const std::string& host) {
  addrinfo hints{};
  hints.ai_flags = AI_NUMERICHOST;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), nullptr, &hints, &found) != 0) return false;
  freeaddrinfo(found);
  return true;
}

Result<std::vector<Address>> look_up(const Target& target) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int code =
      getaddrinfo(target.host.c_str(), std::to_string(target.port).c_str(), &hints, &found);
  if (code != 0) {
    return fail(ErrorCode::io, "load: resolve {}: {}", target.host, gai_strerror(code));
  }
  const AddressList owner(found, &freeaddrinfo);
  std::vector<Address> addresses;
  for (const addrinfo* a = found; a != nullptr; a = a->ai_next) {
    if (auto address = to_address(*a)) addresses.push_back(std::move(*address));
  }
  if (addresses.empty()) {
    return fail(ErrorCode::io, "load: resolve {}: it has neither an IPv4 nor an IPv6 address",
                target.host);
  }
  return addresses;
}

Result<std::vector<Address>> keep_allowed(std::vector<Address> addresses, const Target& target,
                                          const std::vector<std::string>& allow) {
  const auto allowed = [&allow](std::string_view name) {
    return std::find(allow.begin(), allow.end(), name) != allow.end();
  };
  std::string refused;
  std::erase_if(addresses, [&](const Address& address) {
    if (is_loopback(address.storage) || allowed(target.host) || allowed(address.host)) return false;
    refused = address.host;
    return true;
  });
  if (!addresses.empty()) return addresses;
  return fail(ErrorCode::usage,
              "load: {} ({}) is not this machine, and load may disturb others: name it with "
              "--allow-target={} if you are entitled to load it",
              target.host, refused, target.host);
}

Result<Address> resolve(const Target& target, const std::vector<std::string>& allow) {
  BHSIM_ASSIGN(std::vector<Address> found, look_up(target));
  BHSIM_ASSIGN(std::vector<Address> kept, keep_allowed(std::move(found), target, allow));
  return std::move(kept.front());
}

}  // namespace bhsim::load
