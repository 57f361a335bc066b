#pragma once
// An HTTP server on 127.0.0.1 that does what a test wants: answers, stalls, closes, resets, speaks
// garbage. A thread a connection; the handler runs on it and may block until the server is stopped.

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "framework/base/files.hpp"

namespace bhsim::load {

struct TestRequest {
  std::string method, path, body;
  std::string head;          // request line and header fields, without the empty line
  std::uint64_t number = 0;  // of the server, from 0
  std::uint64_t number_on_connection = 0;
};

// The connection as a handler sees it.
class Wire {
 public:
  Wire(int fd, std::stop_token stop) : fd_(fd), stop_(std::move(stop)) {}
  void send(std::string_view bytes);
  // Each piece in a segment of its own.
  void send_in_pieces(std::string_view bytes, std::size_t piece);
  void close() { open_ = false; }
  void reset();  // RST instead of FIN
  // Blocks until `condition` holds or the server is stopped; says whether it held.
  bool wait_for(const std::function<bool()>& condition) const;
  [[nodiscard]] bool open() const { return open_; }

 private:
  int fd_;
  std::stop_token stop_;
  bool open_ = true;
};

std::string response(int status, std::string_view body, std::string_view headers = "");

class TestServer {
 public:
  using Handler = std::function<void(const TestRequest&, Wire&)>;

  // Listens when it returns. `port` 0: any free one.
  explicit TestServer(Handler handler, std::uint16_t port = 0);
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // Closes everything; connecting is refused afterwards.
  void stop();
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }

 private:
  void accept_all(const std::stop_token& stop);
  void serve(UniqueFd fd, const std::stop_token& stop);

  Handler handler_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> connections_{0};
  std::stop_source stop_;
  std::thread acceptor_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

// A port that nothing listens on.
std::uint16_t unused_port();

}  // namespace bhsim::load
