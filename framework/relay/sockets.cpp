#include "framework/relay/sockets.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace bhsim::relay {
namespace {

// What is no address becomes one that nobody has.
sockaddr_in address_of(const Place& place) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(place.port));
  if (::inet_pton(AF_INET, place.host.c_str(), &address.sin_addr) != 1)
    address.sin_addr.s_addr = INADDR_NONE;
  return address;
}

UniqueFd stream_socket() {
  return UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
}

// As its peers have it: the relay adds no waiting of its own for more to send.
void send_small_pieces_at_once(const UniqueFd& fd) {
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

}  // namespace

Result<Sockets> open_sockets(const Place& at) {
  Sockets sockets{.listener = stream_socket(),
                  .epoll = UniqueFd(::epoll_create1(EPOLL_CLOEXEC)),
                  .wake = UniqueFd(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC))};
  auto address = address_of(at);
  socklen_t length = sizeof address;
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (!sockets.listener.valid() || !sockets.epoll.valid() || !sockets.wake.valid() ||
      ::bind(sockets.listener.get(), generic, length) != 0 ||
      ::listen(sockets.listener.get(), SOMAXCONN) != 0 ||
      ::getsockname(sockets.listener.get(), generic, &length) != 0)
    return fail(ErrorCode::io, "start a relay on {}:{}: {}", at.host, at.port,
                std::strerror(errno));
  sockets.port = ntohs(address.sin_port);
  return sockets;
}

bool add_to(const UniqueFd& epoll, UniqueFd& fd) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = &fd;
  return ::epoll_ctl(epoll.get(), EPOLL_CTL_ADD, fd.get(), &event) == 0;
}

UniqueFd accept_from(const UniqueFd& listener) {
  UniqueFd fd(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (fd.valid()) send_small_pieces_at_once(fd);
  return fd;
}

UniqueFd connect_to(const Place& target) {
  UniqueFd fd = stream_socket();
  if (!fd.valid()) return fd;
  send_small_pieces_at_once(fd);
  const auto address = address_of(target);
  const auto* generic = reinterpret_cast<const sockaddr*>(&address);
  if (::connect(fd.get(), generic, sizeof address) != 0 && errno != EINPROGRESS) fd.reset();
  return fd;
}

int error_of(const UniqueFd& fd) {
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

void reset_on_close(const UniqueFd& fd) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (fd.valid()) ::setsockopt(fd.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
}

void allow_descriptors(int connections) {
  const auto wanted = static_cast<rlim_t>(connections) * 2 + 512;
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return;
  limit.rlim_cur = std::min(limit.rlim_max, wanted);
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace bhsim::relay
