// `bhsim-helper health`: what the engine runs as the container's health command.

#include <netinet/in.h>
#include <sys/socket.h>

#include <thread>

#include "helper_client.hpp"

namespace bhsim::test {
namespace {

// Answers one connection with fixed bytes; an empty answer is never sent, and the connection stays
// open.
class OneAnswer {
 public:
  explicit OneAnswer(std::string answer) : answer_(std::move(answer)) {
    listener_ = UniqueFd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &length);
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  ~OneAnswer() { stop(); }
  [[nodiscard]] std::string port() const { return std::to_string(port_); }
  const std::string& request() {
    stop();
    return request_;
  }

 private:
  void stop() {
    ::shutdown(listener_.get(), SHUT_RDWR);
    if (thread_.joinable()) thread_.join();
  }
  void serve() {
    connection_ = UniqueFd(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
    if (!connection_.valid() || answer_.empty()) return;
    while (request_.find("\r\n\r\n") == std::string::npos) {
      char piece[1024];
      const ssize_t got = ::read(connection_.get(), piece, sizeof piece);
      if (got <= 0) return;
      request_.append(piece, static_cast<std::size_t>(got));
    }
    EXPECT_EQ(::write(connection_.get(), answer_.data(), answer_.size()),
              static_cast<ssize_t>(answer_.size()));
    connection_.reset();
  }

  const std::string answer_;
  UniqueFd listener_, connection_;
  int port_ = 0;
  std::string request_;
  std::thread thread_;
};

int health(const OneAnswer& server) {
  return ChildProcess::start({helper_program(), "health", "/health/ready", server.port(), "1"})
      ->wait();
}

TEST(Health, Answer200_IsHealthy) {
  OneAnswer server("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
  EXPECT_EQ(health(server), 0);
  EXPECT_TRUE(server.request().starts_with("GET /health/ready HTTP/1.1\r\nHost: 127.0.0.1"));
}

TEST(Health, Answer503_IsNotHealthy) {
  const OneAnswer server("HTTP/1.1 503 Service Unavailable\r\n\r\n");
  EXPECT_EQ(health(server), 1);
}

TEST(Health, AnswerThatIsNotHttp_IsNotHealthy) {
  const OneAnswer server("SSH-2.0-OpenSSH_9.2p1 Debian\r\n");
  EXPECT_EQ(health(server), 1);
}

TEST(Health, NoAnswerInTime_IsNotHealthy) {
  const OneAnswer server("");
  EXPECT_EQ(health(server), 1);
}

TEST(Health, NobodyListens_IsNotHealthy) {
  std::string port;
  {
    const OneAnswer server("");
    port = server.port();
  }
  EXPECT_EQ(ChildProcess::start({helper_program(), "health", "/", port})->wait(), 1);
}

}  // namespace
}  // namespace bhsim::test
