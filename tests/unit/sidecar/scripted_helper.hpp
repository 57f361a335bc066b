#pragma once
// A helper that says what the test wants it to say, over a socket pair.

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <string>

#include "framework/base/files.hpp"
#include "framework/sidecar/channel.hpp"
#include "framework/sidecar/protocol.hpp"

namespace bhsim::test {

class ScriptedHelper {
 public:
  ScriptedHelper() {
    std::signal(SIGPIPE, SIG_IGN);
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) std::abort();
    theirs_ = UniqueFd(ends[0]);
    ours_ = std::make_shared<UniqueFd>(ends[1]);
  }

  void say(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(theirs_.get(), bytes.data(), bytes.size());
      if (put <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
  }
  void greet() { say("{\"hello\":{\"protocol\":1,\"version\":\"0\",\"pid\":2}}\n"); }
  // The next request, without its end; empty when the other side has closed.
  std::string hear() {
    while (true) {
      if (const auto end = heard_.find('\n'); end != std::string::npos) {
        std::string line = heard_.substr(0, end);
        heard_.erase(0, end + 1);
        return line;
      }
      char piece[4096];
      const ssize_t got = ::read(theirs_.get(), piece, sizeof piece);
      if (got <= 0) return "";
      heard_.append(piece, static_cast<std::size_t>(got));
    }
  }
  void die() { theirs_.reset(); }

  sidecar::Channel channel() {
    sidecar::Channel channel;
    channel.read = [fd = ours_](Nanos wait) -> Result<std::string> {
      pollfd ready{fd->get(), POLLIN, 0};
      const int polled = ::poll(&ready, 1, static_cast<int>(wait.count() / 1'000'000));
      if (polled <= 0) return std::string();
      std::string bytes(1U << 16U, '\0');
      const ssize_t got = ::read(fd->get(), bytes.data(), bytes.size());
      if (got <= 0) return fail(ErrorCode::conflict, "the helper has ended");
      bytes.resize(static_cast<std::size_t>(got));
      return bytes;
    };
    channel.write = [fd = ours_](std::string_view bytes, Nanos) -> Result<void> {
      while (!bytes.empty()) {
        const ssize_t put = ::write(fd->get(), bytes.data(), bytes.size());
        if (put <= 0) return fail(ErrorCode::io, "broken pipe");
        bytes.remove_prefix(static_cast<std::size_t>(put));
      }
      return {};
    };
    channel.close = [fd = ours_] { ::shutdown(fd->get(), SHUT_RDWR); };
    return channel;
  }

 private:
  UniqueFd theirs_;
  std::shared_ptr<UniqueFd> ours_;
  std::string heard_;
};

}  // namespace bhsim::test
