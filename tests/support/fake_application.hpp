#pragma once
// The application of a run on the fake engine: it answers 200 to every GET on the port that its
// container publishes, as long as that runs, and nothing while it is paused or in no network.
//
//   FakeEngine engine;
//   FakeApplication application(engine);

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <string>

#include "tests/support/acceptor.hpp"
#include "tests/support/fake_call.hpp"
#include "tests/support/fake_engine.hpp"

namespace bhsim::test {

class FakeApplication {
 public:
  // The engine outlives it, and has no client yet.
  explicit FakeApplication(FakeEngine& engine) : engine_(engine) {
    engine_.on_change = [this](const auto& containers) { follow(containers); };
  }
  ~FakeApplication() {
    engine_.with([](FakeEngine& engine) {
      engine.on_change = nullptr;
      return 0;
    });
    end();
  }
  FakeApplication(const FakeApplication&) = delete;
  FakeApplication& operator=(const FakeApplication&) = delete;

 private:
  // Called by one thread at a time: under the engine's lock.
  void follow(const std::map<std::string, FakeContainer>& containers) {
    const FakeContainer* found = nullptr;
    for (const auto& [id, container] : containers)
      if (container.host_port > 0 && container.running) found = &container;
    if (found == nullptr) return end();
    {
      const std::lock_guard lock(mutex_);
      silent_ = found->paused || found->addresses.empty();
    }
    changed_.notify_all();
    if (!acceptor_) begin(found->host_port);
  }

  void begin(int port) {
    UniqueFd listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const int yes = 1;
    ::setsockopt(listener.get(), SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    ASSERT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
    ASSERT_EQ(::listen(listener.get(), 64), 0);
    acceptor_.emplace(std::move(listener), [this](int fd) { serve(fd); });
  }

  void end() {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    changed_.notify_all();
    acceptor_.reset();
    const std::lock_guard lock(mutex_);
    ending_ = silent_ = false;
  }

  // Request after request; none has a body.
  void serve(int fd) {
    std::string heard;
    char piece[4096];
    while (true) {
      const auto got = ::recv(fd, piece, sizeof piece, 0);
      if (got <= 0) return;
      heard.append(piece, static_cast<std::size_t>(got));
      for (auto end = heard.find("\r\n\r\n"); end != std::string::npos;
           end = heard.find("\r\n\r\n")) {
        heard.erase(0, end + 4);
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return !silent_ || ending_; });
        if (ending_) return;
        lock.unlock();
        if (!send_all(fd, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")) return;
      }
    }
  }

  FakeEngine& engine_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool silent_ = false, ending_ = false;
  std::optional<Acceptor> acceptor_;
};

}  // namespace bhsim::test
