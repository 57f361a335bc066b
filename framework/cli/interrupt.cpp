#include "framework/cli/interrupt.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <iostream>
#include <thread>

#include "framework/base/files.hpp"
#include "framework/cli/command.hpp"

namespace bhsim::cli {

struct Interrupt::State {
  std::stop_source source;
  sigset_t before{};
  UniqueFd signals;
  UniqueFd leave;
  std::thread thread;

  void watch() {
    while (true) {
      pollfd waiting[2] = {{signals.get(), POLLIN, 0}, {leave.get(), POLLIN, 0}};
      if (::poll(waiting, 2, -1) < 0) continue;
      if (waiting[1].revents != 0) return;
      signalfd_siginfo info{};
      if (::read(signals.get(), &info, sizeof info) != sizeof info) continue;
      if (source.stop_requested()) {
        std::cerr
            << "\nbhsim: stopped at once; the guard cleans up (or: bhsim recover, bhsim clean)\n";
        ::_exit(kInterrupted);
      }
      std::cerr << "\nbhsim: stopping: heal, clean up, seal, report; once more to stop at once\n";
      source.request_stop();
    }
  }
};

Interrupt::Interrupt() : state_(std::make_unique<State>()) {
  std::signal(SIGPIPE, SIG_IGN);
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  // Threads made from here on inherit the mask: only the signalfd sees them.
  pthread_sigmask(SIG_BLOCK, &set, &state_->before);
  state_->signals.reset(::signalfd(-1, &set, SFD_CLOEXEC));
  state_->leave.reset(::eventfd(0, EFD_CLOEXEC));
  state_->thread = std::thread([state = state_.get()] { state->watch(); });
}

Interrupt::~Interrupt() {
  const std::uint64_t one = 1;
  if (::write(state_->leave.get(), &one, sizeof one) == sizeof one)
    state_->thread.join();
  else
    state_->thread.detach();
  pthread_sigmask(SIG_SETMASK, &state_->before, nullptr);
}

std::stop_token Interrupt::token() const { return state_->source.get_token(); }

}  // namespace bhsim::cli
