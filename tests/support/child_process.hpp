#pragma once
// A program that a test runs beside itself, spoken to over pipes. Ended and reaped on destruction.

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::test {

class ChildProcess {
 public:
  // Null with a test failure when it cannot be started. Standard error is the test's own.
  static std::unique_ptr<ChildProcess> start(std::vector<std::string> command) {
    int in[2], out[2];
    if (::pipe2(in, O_CLOEXEC) != 0 || ::pipe2(out, O_CLOEXEC) != 0) return nullptr;
    posix_spawn_file_actions_t actions;
    ::posix_spawn_file_actions_init(&actions);
    ::posix_spawn_file_actions_adddup2(&actions, in[0], STDIN_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions, out[1], STDOUT_FILENO);
    std::vector<char*> argv;
    for (std::string& word : command) argv.push_back(word.data());
    argv.push_back(nullptr);
    pid_t pid = 0;
    const int failed = ::posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environ);
    ::posix_spawn_file_actions_destroy(&actions);
    ::close(in[0]);
    ::close(out[1]);
    if (failed != 0) {
      ADD_FAILURE() << "cannot start " << command[0] << ": " << std::strerror(failed);
      ::close(in[1]);
      ::close(out[0]);
      return nullptr;
    }
    return std::unique_ptr<ChildProcess>(new ChildProcess(pid, in[1], out[0]));
  }
  ~ChildProcess() {
    close_input();
    if (!exit_status_) {
      ::kill(pid_, SIGKILL);
      ::waitpid(pid_, nullptr, 0);
    }
  }
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  [[nodiscard]] int pid() const { return pid_; }
  [[nodiscard]] int output() const { return output_.get(); }

  bool write(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::write(input_.get(), bytes.data(), bytes.size());
      if (put < 0 && errno != EINTR) return false;
      if (put > 0) bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  void close_input() { input_.reset(); }

  // Some bytes, "" when none came within `wait`, nothing at the end.
  std::optional<std::string> read(std::chrono::milliseconds wait) {
    pollfd ready{output_.get(), POLLIN, 0};
    const int polled = ::poll(&ready, 1, static_cast<int>(wait.count()));
    if (polled == 0 || (polled < 0 && errno == EINTR)) return "";
    std::string bytes(1U << 16U, '\0');
    const ssize_t got = ::read(output_.get(), bytes.data(), bytes.size());
    if (got <= 0) return std::nullopt;
    bytes.resize(static_cast<std::size_t>(got));
    return bytes;
  }
  // The next line, or nothing at the end or after `wait`.
  std::optional<std::string> line(std::chrono::milliseconds wait = std::chrono::seconds(30)) {
    const auto deadline = std::chrono::steady_clock::now() + wait;
    while (true) {
      if (const auto end = pending_.find('\n'); end != std::string::npos) {
        std::string line = pending_.substr(0, end);
        pending_.erase(0, end + 1);
        return line;
      }
      if (std::chrono::steady_clock::now() >= deadline) return std::nullopt;
      const auto bytes = read(std::chrono::milliseconds(100));
      if (!bytes) return std::nullopt;
      pending_ += *bytes;
    }
  }
  // Waits until it has ended: its exit code, or 128 + signal.
  int wait() {
    if (!exit_status_) {
      int status = 0;
      ::waitpid(pid_, &status, 0);
      exit_status_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }
    return *exit_status_;
  }
  void kill(int signal) const { ::kill(pid_, signal); }

 private:
  ChildProcess(pid_t pid, int input, int output) : pid_(pid), input_(input), output_(output) {}

  const pid_t pid_;
  UniqueFd input_, output_;
  std::string pending_;
  std::optional<int> exit_status_;
};

}  // namespace bhsim::test
