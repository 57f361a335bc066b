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

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

UniqueFd bound_socket(std::uint16_t& port) {
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address = loopback(port);
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return UniqueFd();
  socklen_t length = sizeof address;
  ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &length);
  port = ntohs(address.sin_port);
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
    const ssize_t n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) open_ = false;
    bytes.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
  }
}

void Wire::send_in_pieces(std::string_view bytes, std::size_t piece) {
  for (std::size_t at = 0; at < bytes.size() && open_; at += piece) send(bytes.substr(at, piece));
}

void Wire::reset() {
  const linger now{1, 0};
  setsockopt(fd_, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  open_ = false;
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

TestServer::TestServer(Handler handler, std::uint16_t port)
    : handler_(std::move(handler)), listener_(bound_socket(port)), port_(port) {
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
  Wire wire(fd.get(), stop);
  std::string pending;
  std::array<char, 65536> buffer{};
  for (std::uint64_t number = 0; wire.open() && !stop.stop_requested();) {
    const std::size_t end = pending.find("\r\n\r\n");
    const std::size_t whole = end == std::string::npos
                                  ? 0
                                  : end + 4 + body_length(std::string_view(pending).substr(0, end));
    if (whole == 0 || pending.size() < whole) {
      if (!readable(fd.get())) continue;
      const ssize_t n = ::recv(fd.get(), buffer.data(), buffer.size(), 0);
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
}

std::uint16_t unused_port() {
  std::uint16_t port = 0;
  const UniqueFd fd = bound_socket(port);
  return port;
}

}  // namespace bhsim::load
