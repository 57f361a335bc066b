#include "framework/load/http_get.hpp"

#include <sys/socket.h>
#include <sys/time.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "framework/base/files.hpp"
#include "framework/load/address.hpp"
#include "framework/load/http_parser.hpp"

namespace bhsim::load {
namespace {

constexpr int kTries = 3;
constexpr int kMostReads = 100'000;
constexpr std::size_t kMostBody = 64U << 20U;

std::string replaced(std::string text, std::string_view name, std::string_view value) {
  const std::size_t at = text.find(name);
  if (at != std::string::npos) text.replace(at, name.size(), value);
  return text;
}

Result<UniqueFd> connect_to(const Address& address, Nanos timeout) {
  UniqueFd fd(::socket(address.family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return fail(ErrorCode::io, "socket: {}", std::strerror(errno));
  const auto us = std::chrono::duration_cast<std::chrono::microseconds>(timeout).count();
  const timeval tv{us / 1'000'000, us % 1'000'000};
  setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof tv);
  setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof tv);  // bounds connect as well
  if (::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.length) !=
      0) {
    return fail(errno == EINPROGRESS ? ErrorCode::timeout : ErrorCode::io, "connect to {}: {}",
                address.text, std::strerror(errno));
  }
  return fd;
}

Result<HttpAnswer> exchange(int fd, const std::string& request) {
  for (std::size_t at = 0; at < request.size();) {
    const ssize_t n = ::send(fd, request.data() + at, request.size() - at, MSG_NOSIGNAL);
    if (n <= 0) return fail(ErrorCode::io, "send: {}", std::strerror(errno));
    at += static_cast<std::size_t>(n);
  }
  const WantedHeaders none;
  ResponseParser parser(none, {64U << 10U, kMostBody});
  parser.begin(ResponseParser::Method::other, ResponseParser::Body::keep);
  std::array<char, 16384> buffer{};
  for (int reads = 0; reads < kMostReads; ++reads) {
    const ssize_t n = ::recv(fd, buffer.data(), buffer.size(), 0);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      const bool late = errno == EAGAIN || errno == EWOULDBLOCK;
      return fail(late ? ErrorCode::timeout : ErrorCode::io, "{}",
                  late ? "no complete response within the timeout" : std::strerror(errno));
    }
    const auto status =
        n == 0 ? parser.feed_end() : parser.feed({buffer.data(), static_cast<std::size_t>(n)});
    if (status == ResponseParser::Status::failed)
      return fail(ErrorCode::protocol, "{}", parser.problem());
    if (status == ResponseParser::Status::done)
      return HttpAnswer{parser.status(), std::string(parser.body())};
  }
  return fail(ErrorCode::protocol, "the response did not end");
}

}  // namespace

Result<HttpAnswer> http_get(const Target& target, std::string_view path, Nanos timeout,
                            const std::vector<std::string>& allow) {
  const std::string what = fmt::format("GET {}{}", target.path_prefix, path);
  if (target.tls) {
    return fail(ErrorCode::unsupported, "{} of {}: only plain HTTP is read here, not https", what,
                target.authority());
  }
  BHSIM_ASSIGN(const Address address, resolve(target, allow));
  auto fd = connect_to(address, timeout);
  if (!fd) return fail(fd.error().within(what));
  auto answer = exchange(
      fd->get(),
      fmt::format("{} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", what, address.text));
  if (!answer) return fail(answer.error().within(fmt::format("{} of {}", what, address.text)));
  return answer;
}

bool takes_connections(const Target& target, Nanos timeout) {
  const auto address = resolve(target, {});
  return address && connect_to(*address, timeout);
}

RangeFetch http_range_fetch(Target target, std::string path, Nanos timeout,
                            std::vector<std::string> allow) {
  return [target = std::move(target), path = std::move(path), timeout, allow = std::move(allow)](
             std::string_view writer, std::uint64_t from, std::uint64_t to) -> Result<RangeAnswer> {
    std::string full = replaced(path, "{writer}", writer);
    full = replaced(std::move(full), "{from}", std::to_string(from));
    full = replaced(std::move(full), "{to}", std::to_string(to));
    Error last;
    for (int attempt = 0; attempt < kTries; ++attempt) {
      auto answer = http_get(target, full, timeout, allow);
      if (answer && answer->status == 200) return parse_range_answer(answer->body);
      last = answer ? Error{ErrorCode::protocol,
                            fmt::format("GET {}: status {}", full, answer->status)}
                    : answer.error();
    }
    return fail(std::move(last));
  };
}

}  // namespace bhsim::load
