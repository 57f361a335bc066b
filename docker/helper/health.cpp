#include "docker/helper/health.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "docker/helper/common.hpp"

namespace bhsim::helper {
namespace {

Result<void> wait_for(int fd, short events, std::int64_t deadline, std::string_view what) {
  while (true) {
    pollfd ready{fd, events, 0};
    const std::int64_t left = std::max<std::int64_t>((deadline - now_ns()) / 1'000'000, 0);
    const int polled = ::poll(&ready, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (polled > 0) return {};
    if (polled == 0) return fail(ErrorCode::timeout, "{}: no answer in time", what);
    if (errno != EINTR) return fail_errno("poll", what);
  }
}

}  // namespace

Result<int> http_status(const std::string& path, std::uint16_t port, std::int64_t within_ns) {
  const std::int64_t deadline = now_ns() + within_ns;
  const std::string what = fmt::format("http://127.0.0.1:{}{}", port, path);
  const Fd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return fail_errno("socket", what);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    if (errno != EINPROGRESS) return fail_errno("connect to", what);
    BHSIM_TRY(wait_for(socket.get(), POLLOUT, deadline, what));
    int error = 0;
    socklen_t length = sizeof error;
    ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &length);
    if (error != 0) return fail_errno("connect to", what, error);
  }
  BHSIM_TRY(write_all(
      socket.get(),
      fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", path, port),
      what));
  std::array<char, 64> head{};
  std::size_t length = 0;
  while (length < 12) {  // "HTTP/1.1 200"
    BHSIM_TRY(wait_for(socket.get(), POLLIN, deadline, what));
    const ssize_t got = ::read(socket.get(), head.data() + length, head.size() - length);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail_errno("read from", what);
    if (got == 0) return fail(ErrorCode::protocol, "{}: closed without an answer", what);
    length += static_cast<std::size_t>(got);
  }
  const std::string_view line(head.data(), length);
  int status = 0;
  const auto [end, error] = std::from_chars(line.data() + 9, line.data() + 12, status);
  if (!line.starts_with("HTTP/1.") || error != std::errc() || end != line.data() + 12) {
    return fail(ErrorCode::protocol, "{}: the answer is not HTTP", what);
  }
  return status;
}

}  // namespace bhsim::helper
