#include "framework/probes/http.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <optional>

#include "framework/base/files.hpp"

namespace bhsim::probes {
namespace {

constexpr std::string_view kLineEnd = "\r\n";

tl::unexpected<Error> not_whole() { return fail(ErrorCode::conflict, "the answer is not whole"); }

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

template <typename T>
std::optional<T> number(std::string_view text, int base = 10) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value, base);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Framing {
  int status = 0;
  bool chunked = false;
  std::optional<std::size_t> length;
};

// Of a head without its empty line.
Result<Framing> parse_head(std::string_view head) {
  Framing framing;
  const auto first = head.substr(0, head.find(kLineEnd));
  const auto status = first.size() >= 12 ? number<int>(first.substr(9, 3)) : std::nullopt;
  if (!first.starts_with("HTTP/1.") || !status || *status < 100)
    return fail(ErrorCode::protocol, "no HTTP status in '{}'", first.substr(0, 60));
  framing.status = *status;
  while (true) {
    const auto end = head.find(kLineEnd);
    if (end == std::string_view::npos) return framing;
    head.remove_prefix(end + kLineEnd.size());
    const auto line = head.substr(0, head.find(kLineEnd));
    const auto colon = line.find(':');
    if (colon == std::string_view::npos) continue;
    const auto value = trimmed(line.substr(colon + 1));
    if (equal_ignoring_case(line.substr(0, colon), "transfer-encoding"))
      framing.chunked = equal_ignoring_case(value, "chunked");
    if (equal_ignoring_case(line.substr(0, colon), "content-length")) {
      framing.length = number<std::size_t>(value);
      if (!framing.length)
        return fail(ErrorCode::protocol, "Content-Length is '{}'", value.substr(0, 40));
    }
  }
}

Result<std::string> join_chunks(std::string_view bytes) {
  std::string body;
  while (true) {
    const auto end = bytes.find(kLineEnd);
    if (end == std::string_view::npos) return not_whole();
    const auto size =
        number<std::size_t>(trimmed(bytes.substr(0, std::min(end, bytes.find(';')))), 16);
    if (!size || *size > kMostAnswerBytes)
      return fail(ErrorCode::protocol, "the size of a chunk is '{}'",
                  bytes.substr(0, std::min<std::size_t>(end, 40)));
    bytes.remove_prefix(end + kLineEnd.size());
    if (*size == 0) return body;  // trailers say nothing that is wanted here
    if (bytes.size() < *size + kLineEnd.size()) return not_whole();
    body += bytes.substr(0, *size);
    bytes.remove_prefix(*size + kLineEnd.size());
  }
}

// Waits for the socket until the deadline.
Result<void> wait_for(int fd, short events, Time deadline, const Clock& clock) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.now());
    if (left.count() <= 0) return fail(ErrorCode::timeout, "no whole answer in time");
    pollfd entry{.fd = fd, .events = events, .revents = 0};
    const int ready = ::poll(&entry, 1, static_cast<int>(left.count()));
    if (ready > 0) return {};
    if (ready < 0 && errno != EINTR) return fail(ErrorCode::io, "poll: {}", std::strerror(errno));
  }
}

Result<UniqueFd> connect_to(int port, Time deadline, const Clock& clock) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return fail(ErrorCode::io, "socket: {}", std::strerror(errno));
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return fd;
  if (errno != EINPROGRESS) return fail(ErrorCode::io, "connect: {}", std::strerror(errno));
  BHSIM_TRY(wait_for(fd.get(), POLLOUT, deadline, clock));
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &size);
  if (error != 0) return fail(ErrorCode::io, "connect: {}", std::strerror(error));
  return fd;
}

Result<HttpAnswer> receive(int fd, Time deadline, const Clock& clock) {
  std::string bytes;
  std::array<char, 16384> buffer{};
  while (bytes.size() < kMostAnswerBytes) {
    BHSIM_TRY(wait_for(fd, POLLIN, deadline, clock));
    const auto got = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) return fail(ErrorCode::io, "receive: {}", std::strerror(errno));
    bytes.append(buffer.data(), static_cast<std::size_t>(got));
    auto answer = parse_http_answer(bytes, got == 0);
    if (answer || answer.error().code != ErrorCode::conflict) return answer;
    if (got == 0) return fail(ErrorCode::io, "the connection ended in the middle of the answer");
  }
  return fail(ErrorCode::protocol, "the answer is longer than {} bytes", kMostAnswerBytes);
}

}  // namespace

Result<HttpAnswer> parse_http_answer(std::string_view bytes, bool ended) {
  constexpr std::string_view kHeadEnd = "\r\n\r\n";
  const auto end = bytes.find(kHeadEnd);
  if (end == std::string_view::npos) return not_whole();
  BHSIM_ASSIGN(const Framing framing, parse_head(bytes.substr(0, end)));
  const auto rest = bytes.substr(end + kHeadEnd.size());
  if (framing.chunked) {
    BHSIM_ASSIGN(std::string body, join_chunks(rest));
    return HttpAnswer{framing.status, std::move(body)};
  }
  if (framing.length) {
    if (rest.size() < *framing.length) return not_whole();
    return HttpAnswer{framing.status, std::string(rest.substr(0, *framing.length))};
  }
  if (!ended) return not_whole();
  return HttpAnswer{framing.status, std::string(rest)};
}

Result<HttpAnswer> http_get(int port, const std::string& path, Nanos patience, const Clock& clock) {
  const Time deadline = clock.now() + patience;
  BHSIM_ASSIGN(const UniqueFd fd, connect_to(port, deadline, clock));
  const std::string request = fmt::format(
      "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nUser-Agent: bhsim\r\nConnection: close\r\n\r\n",
      path, port);
  for (std::size_t sent = 0; sent < request.size();) {
    BHSIM_TRY(wait_for(fd.get(), POLLOUT, deadline, clock));
    const auto n = ::send(fd.get(), request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
    if (n < 0 && errno != EINTR && errno != EAGAIN)
      return fail(ErrorCode::io, "send: {}", std::strerror(errno));
    if (n > 0) sent += static_cast<std::size_t>(n);
  }
  return receive(fd.get(), deadline, clock);
}

}  // namespace bhsim::probes
