#include "test_server.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>

namespace bhsim::load {
namespace {

// The port is at the same place in both.
union Loopback {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

Loopback loopback(int family, std::uint16_t port) {
  Loopback address{};
  if (family == AF_INET6) {
    address.v6.sin6_family = AF_INET6;
    address.v6.sin6_port = htons(port);
    address.v6.sin6_addr = in6addr_loopback;
  } else {
    address.v4.sin_family = AF_INET;
    address.v4.sin_port = htons(port);
    address.v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  }
  return address;
}

// With `port` 0 any free one, which is told; without a socket, 0.
UniqueFd bound_socket(int family, std::uint16_t& port) {
  UniqueFd fd(::socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  Loopback address = loopback(family, port);
  socklen_t length = family == AF_INET6 ? sizeof address.v6 : sizeof address.v4;
  port = 0;
  if (::bind(fd.get(), &address.any, length) != 0) return UniqueFd();
  ::getsockname(fd.get(), &address.any, &length);
  port = ntohs(address.v4.sin_port);
  return fd;
}

bool readable(int fd) {
  pollfd p{fd, POLLIN, 0};
  return ::poll(&p, 1, 20) > 0;
}

std::size_t body_length(std::string_view head) {
  const std::size_t at = head.find("Content-Length: ");
  if (at == std::string_view::npos) return 0;
  std::size_t length = 0;
  std::from_chars(head.data() + at + 16, head.data() + head.size(), length);
  return length;
}

}  // namespace

void Wire::send(std::string_view bytes) {
  while (open_ && !bytes.empty()) {
    const long n = transport_.write(bytes.data(), bytes.size());
    if (n <= 0) open_ = false;
    bytes.remove_prefix(static_cast<std::size_t>(std::max(n, 0L)));
  }
}

void Wire::send_in_pieces(std::string_view bytes, std::size_t piece) {
  for (std::size_t at = 0; at < bytes.size() && open_; at += piece) send(bytes.substr(at, piece));
}

void Wire::cut() {
  cut_ = true;
  open_ = false;
}

void Wire::reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  cut();
}

bool Wire::wait_for(const std::function<bool()>& condition) const {
  while (!stop_.stop_requested()) {
    if (condition()) return true;
    ::poll(nullptr, 0, 1);
  }
  return false;
}

std::string response(int status, std::string_view body, std::string_view headers) {
  std::string out = "HTTP/1.1 " + std::to_string(status) + " Reason\r\n";
  out.append(headers)
      .append("Content-Length: " + std::to_string(body.size()) + "\r\n\r\n")
      .append(body);
  return out;
}

TestServer::TestServer(Handler handler, Listening listening)
    : handler_(std::move(handler)), transport_(std::move(listening.transport)) {
  port_ = listening.port;
  listener_ = bound_socket(listening.family, port_);
  if (const int& bytes = listening.receive_buffer; bytes > 0)
    setsockopt(listener_.get(), SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
  ::listen(listener_.get(), 512);
  acceptor_ = std::thread([this] { accept_all(stop_.get_token()); });
}

void TestServer::stop() {
  if (!acceptor_.joinable()) return;
  stop_.request_stop();
  acceptor_.join();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void TestServer::accept_all(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    if (!readable(listener_.get())) continue;
    UniqueFd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!fd.valid()) continue;
    const int on = 1;
    setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    ++connections_;
    threads_.emplace_back(
        [this, stop, owned = std::move(fd)]() mutable { serve(std::move(owned), stop); });
  }
  listener_.reset();
}

void TestServer::serve(UniqueFd fd, const std::stop_token& stop) {
  test::Transport transport = transport_(fd.get());
  if (!transport.open()) return;
  Wire wire(fd.get(), transport, stop);
  std::string pending;
  std::array<char, 65536> buffer{};
  for (std::uint64_t number = 0; wire.open() && !stop.stop_requested();) {
    const std::size_t end = pending.find("\r\n\r\n");
    const std::size_t whole = end == std::string::npos
                                  ? 0
                                  : end + 4 + body_length(std::string_view(pending).substr(0, end));
    if (whole == 0 || pending.size() < whole) {
      if (!wire.wait_for([this] { return reading_.load(); })) return;
      if (!readable(fd.get())) continue;
      const long n = transport.read(buffer.data(), buffer.size());
      if (n <= 0) return;
      pending.append(buffer.data(), static_cast<std::size_t>(n));
      continue;
    }
    TestRequest request;
    const std::size_t blank = pending.find(' ');
    request.method = pending.substr(0, blank);
    request.path = pending.substr(blank + 1, pending.find(' ', blank + 1) - blank - 1);
    request.head = pending.substr(0, end);
    request.body = pending.substr(end + 4, whole - end - 4);
    request.number = requests_++;
    request.number_on_connection = number++;
    pending.erase(0, whole);
    handler_(request, wire);
  }
  if (!wire.is_cut()) transport.close();
}

std::uint16_t unused_port() {
  std::uint16_t port = 0;
  const UniqueFd fd = bound_socket(AF_INET, port);
  return port;
}

}  // namespace bhsim::load
