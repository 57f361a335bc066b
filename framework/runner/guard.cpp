#include "framework/runner/guard.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/log.hpp"
#include "framework/runner/recovery.hpp"

namespace bhsim::runner {
namespace {

constexpr std::string_view kReady = "ready\n";
constexpr std::string_view kDone = "done\n";
constexpr int kPatienceMs = 10'000;
// What kills bhsim may take the engine down as well, for as long as a host needs to start again.
constexpr faults::SalvagePatience kSalvage{.total = std::chrono::minutes(10),
                                           .settles = std::chrono::seconds(2)};

struct Pipe {
  UniqueFd read;
  UniqueFd write;
};

Result<Pipe> make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    return fail(ErrorCode::io, "start the guard: pipe: {}", std::strerror(errno));
  return Pipe{UniqueFd(ends[0]), UniqueFd(ends[1])};
}

// In the child, between fork and exec: only async-signal-safe calls.
[[noreturn]] void become_guard(int orders, int answers, int inherited_fd, char* const* argv) {
  ::setsid();
  ::dup2(orders, STDIN_FILENO);
  ::dup2(answers, STDOUT_FILENO);
  if (inherited_fd >= 0) ::fcntl(inherited_fd, F_SETFD, 0);
  ::execv("/proc/self/exe", argv);
  ::_exit(127);
}

// True when `word` is the next thing to be read, within the guard's patience.
bool hear(int fd, std::string_view word) {
  std::string heard;
  while (heard.size() < word.size()) {
    pollfd waiting{fd, POLLIN, 0};
    const int ready = ::poll(&waiting, 1, kPatienceMs);
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) return false;
    std::array<char, 16> buffer{};
    const auto n = ::read(fd, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    heard.append(buffer.data(), static_cast<std::size_t>(n));
  }
  return heard == word;
}

// Waits for the end of standard input. True when the run said that it is done.
bool run_ended_in_order() {
  std::string heard;
  std::array<char, 64> buffer{};
  while (true) {
    const auto n = ::read(STDIN_FILENO, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return heard == kDone;
    if (heard.size() <= kDone.size()) heard.append(buffer.data(), static_cast<std::size_t>(n));
  }
}

}  // namespace

Result<Guard> Guard::start(const GuardOrder& order, int inherited_fd) {
  BHSIM_ASSIGN(auto orders, make_pipe());
  BHSIM_ASSIGN(auto answers, make_pipe());
  std::vector<std::string> words{"bhsim",      "guard",       "--run",
                                 order.run_id, "--directory", order.run_directory.string()};
  if (!order.engine_url.empty()) words.insert(words.end(), {"--engine", order.engine_url});
  std::vector<char*> argv;
  for (auto& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);

  const pid_t pid = ::fork();
  if (pid < 0) return fail(ErrorCode::io, "start the guard: fork: {}", std::strerror(errno));
  if (pid == 0) become_guard(orders.read.get(), answers.write.get(), inherited_fd, argv.data());
  answers.write.reset();
  if (!hear(answers.read.get(), kReady)) {
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return fail(ErrorCode::internal, "the guard (pid {}) did not say that it is ready within 10 s",
                pid);
  }
  return Guard(std::move(orders.write), pid);
}

Result<void> Guard::release() {
  if (::write(pipe_.get(), kDone.data(), kDone.size()) < 0)
    return fail(ErrorCode::io, "tell the guard that all is clean: {}", std::strerror(errno));
  pipe_.reset();
  int status = 0;
  const Time patience = system_clock().now() + std::chrono::milliseconds(kPatienceMs);
  while (::waitpid(pid_, &status, WNOHANG) == 0) {
    if (system_clock().now() > patience)
      return fail(ErrorCode::internal, "the guard (pid {}) did not leave within 10 s", pid_);
    system_clock().sleep_until(system_clock().now() + std::chrono::milliseconds(5));
  }
  return {};
}

int guard_main(const GuardOrder& order) {
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE}) std::signal(signal, SIG_IGN);
  if (::write(STDOUT_FILENO, kReady.data(), kReady.size()) < 0) return 70;
  ::close(STDOUT_FILENO);
  if (run_ended_in_order()) return 0;
  const auto recovered = recover_run({order.engine_url, order.run_id, order.run_directory},
                                     "bhsim died; the guard cleaned up", kSalvage);
  if (!recovered) log::error("guard of run {}: {}", order.run_id, recovered.error().message);
  return recovered ? 0 : 4;
}

}  // namespace bhsim::runner
