#pragma once
// An HTTP server on this machine that does what a test wants: answers, stalls, closes, resets,
// speaks garbage, over TLS when it is told to. A thread a connection; the handler runs on it and
// may block until the server is stopped.

#include <sys/socket.h>

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
#include "tests/support/transport.hpp"

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
  Wire(int fd, test::Transport& transport, std::stop_token stop)
      : fd_(fd), transport_(transport), stop_(std::move(stop)) {}
  void send(std::string_view bytes);
  // Each piece in a segment of its own.
  void send_in_pieces(std::string_view bytes, std::size_t piece);
  void close() { open_ = false; }
  void cut();    // over TLS: closes without saying so first
  void reset();  // RST instead of FIN
  // Blocks until `condition` holds or the server is stopped; says whether it held.
  bool wait_for(const std::function<bool()>& condition) const;
  [[nodiscard]] bool open() const { return open_; }
  [[nodiscard]] bool is_cut() const { return cut_; }

 private:
  int fd_;
  test::Transport& transport_;
  std::stop_token stop_;
  bool open_ = true;
  bool cut_ = false;
};

std::string response(int status, std::string_view body, std::string_view headers = "");

struct Listening {
  std::uint16_t port = 0;  // 0: any free one
  int family = AF_INET;    // of the loopback address
  test::TransportOver transport = test::plain_transport;
  int receive_buffer = 0;  // bytes that the kernel takes for it; 0: as many as it likes
};

class TestServer {
 public:
  using Handler = std::function<void(const TestRequest&, Wire&)>;

  // Listens when it returns; when that is not possible its port is 0.
  TestServer(Handler handler, Listening listening);
  explicit TestServer(Handler handler, std::uint16_t port = 0)
      : TestServer(std::move(handler), Listening{.port = port}) {}
  ~TestServer() { stop(); }
  TestServer(const TestServer&) = delete;
  TestServer& operator=(const TestServer&) = delete;

  // Closes everything; connecting is refused afterwards.
  void stop();
  // Connections are accepted, and nothing is read from them.
  void stop_reading() { reading_ = false; }
  void read_again() { reading_ = true; }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] std::uint64_t requests() const { return requests_; }
  [[nodiscard]] std::uint64_t connections() const { return connections_; }

 private:
  void accept_all(const std::stop_token& stop);
  void serve(UniqueFd fd, const std::stop_token& stop);

  Handler handler_;
  test::TransportOver transport_;
  UniqueFd listener_;
  std::uint16_t port_ = 0;
  std::atomic<std::uint64_t> requests_{0};
  std::atomic<std::uint64_t> connections_{0};
  std::atomic<bool> reading_{true};
  std::stop_source stop_;
  std::thread acceptor_;
  std::mutex mutex_;
  std::vector<std::thread> threads_;
};

// A port that nothing listens on.
std::uint16_t unused_port();

}  // namespace bhsim::load
