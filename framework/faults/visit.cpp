#include "framework/faults/visit.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <string_view>

#include "framework/base/files.hpp"

namespace bhsim::faults {
namespace {

// The kernel takes 0 for "without end".
void wait_at_most(const UniqueFd& fd, int what, Nanos time) {
  const auto us = std::max<std::int64_t>(1'000, time.count() / 1'000);
  const timeval tv{.tv_sec = us / 1'000'000, .tv_usec = us % 1'000'000};
  ::setsockopt(fd.get(), SOL_SOCKET, what, &tv, sizeof tv);
}

constexpr std::string_view kProtocol = "HTTP/1.";
constexpr std::size_t kVersion = kProtocol.size() + 2;  // "HTTP/1.1 "

// "HTTP/1.1 200 OK" → 200.
int status_of(std::string_view answer) {
  if (!answer.starts_with(kProtocol) || answer.size() < kVersion + 3) return 0;
  int status = 0;
  const char* digits = answer.data() + kVersion;
  std::from_chars(digits, digits + 3, status);
  return status;
}

bool connected(const UniqueFd& fd, int port, Nanos patience) {
  if (!fd.valid()) return false;
  wait_at_most(fd, SO_SNDTIMEO, patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

}  // namespace

Visit visit(int port, const std::string& path, Farewell farewell, Nanos patience,
            const Clock& clock) {
  Visit seen;
  const Time until = clock.now() + patience;
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  seen.connected = connected(fd, port, patience);
  if (!seen.connected) return seen;
  const std::string request =
      fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n{}\r\n", path.empty() ? "/" : path,
                  port, farewell == Farewell::asked_for ? "Connection: close\r\n" : "");
  const Time asked = clock.now();
  if (::send(fd.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0)
    seen.end = Visit::End::reset;
  std::array<char, 16384> buffer{};
  std::string head;  // of the answer, until its status is known
  for (Time now = asked; seen.end == Visit::End::none && now < until; now = clock.now()) {
    wait_at_most(fd, SO_RCVTIMEO, until - now);
    const auto n = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
    const int error = n < 0 ? errno : 0;
    const Nanos since = clock.now() - asked;
    if (n > 0) {
      if (head.size() < kVersion + 3)
        seen.status = status_of(head.append(buffer.data(), static_cast<std::size_t>(n)));
      seen.bytes += n;
      seen.last = since;
      if (!seen.first) seen.first = since;
    } else if (n == 0) {
      seen.end = Visit::End::orderly;
    } else if (error != EAGAIN && error != EINTR) {
      seen.end = Visit::End::reset;
    }
  }
  seen.silent = clock.now() - asked - seen.last.value_or(Nanos{});
  return seen;
}

Visit fastest_visit(int port, const std::string& path, Nanos patience, const Clock& clock) {
  constexpr int kVisits = 5;
  Visit best;
  for (int i = 0; i < kVisits; ++i) {
    const Visit one = visit(port, path, Farewell::asked_for, patience, clock);
    if (!one.first) return best.first ? best : one;
    if (!best.first || *one.first < *best.first) best = one;
  }
  return best;
}

}  // namespace bhsim::faults
