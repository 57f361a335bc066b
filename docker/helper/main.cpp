// bhsim-helper: bhsim's hand inside a container (docs/sidecar.md).

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <string_view>
#include <vector>

#include "docker/helper/health.hpp"
#include "docker/helper/server.hpp"

namespace {

using bhsim::helper::ServerOptions;

constexpr int kUsage = 3;

int usage() {
  std::fputs(
      "bhsim-helper serve [--pid=N] [--tmp=DIR]   commands as JSON lines on standard input\n"
      "bhsim-helper health PATH PORT [SECONDS]    GET http://127.0.0.1:PORT/PATH: 0 when it "
      "answers 2xx\n"
      "bhsim-helper hold                          waits for a signal\n"
      "bhsim-helper --version\n",
      stderr);
  return kUsage;
}

bool number(std::string_view text, int low, int high, int& into) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), into);
  return error == std::errc() && end == text.data() + text.size() && into >= low && into <= high;
}

int serve(const std::vector<std::string_view>& arguments) {
  ServerOptions options;
  for (const std::string_view argument : arguments) {
    if (argument.starts_with("--pid=")) {
      if (!number(argument.substr(6), 1, 1 << 22, options.pid)) return usage();
    } else if (argument.starts_with("--tmp=/")) {
      options.tmp = argument.substr(6);
    } else {
      return usage();
    }
  }
  return bhsim::helper::serve(options);
}

int health(const std::vector<std::string_view>& arguments) {
  int port = 0, seconds = 2;
  if (arguments.size() < 2 || arguments.size() > 3 || !arguments[0].starts_with('/') ||
      !number(arguments[1], 1, 65535, port) ||
      (arguments.size() == 3 && !number(arguments[2], 1, 60, seconds))) {
    return usage();
  }
  const auto status =
      bhsim::helper::http_status(std::string(arguments[0]), static_cast<std::uint16_t>(port),
                                 std::int64_t{seconds} * 1'000'000'000);
  if (!status) {
    std::printf("%s\n", status.error().message.c_str());
    return 1;
  }
  std::printf("%d\n", *status);
  return *status >= 200 && *status < 300 ? 0 : 1;
}

// As process 1 of its container a signal without a handler is not delivered: wait for it instead.
int hold() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGTERM);
  ::sigaddset(&signals, SIGINT);
  ::sigaddset(&signals, SIGHUP);
  ::sigprocmask(SIG_BLOCK, &signals, nullptr);
  std::puts("holding");
  std::fflush(stdout);
  int signal = 0;
  ::sigwait(&signals, &signal);
  return 0;
}

}  // namespace

int main(int count, char** values) {
  const std::vector<std::string_view> all(values + 1, values + count);
  if (all.empty()) return usage();
  const std::vector<std::string_view> rest(all.begin() + 1, all.end());
  if (all[0] == "serve") return serve(rest);
  if (all[0] == "health") return health(rest);
  if (all[0] == "hold" && rest.empty()) return hold();
  if (all[0] == "--version" && rest.empty()) {
    std::puts("bhsim-helper " BHSIM_VERSION);
    return 0;
  }
  return usage();
}
