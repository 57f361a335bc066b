// The floor: loops that send and receive and do nothing else that a load generator must do (no
// parsing, no outcomes, no histograms but one of the latency). What bhsim costs above this is what
// measuring costs. The command line is in bare.hpp.
#include <sys/epoll.h>

#include "bare.hpp"

namespace {

using bare::now_ns;

// Reads what has come and returns the kernel's stamp of it, 0 without one.
std::int64_t receive(int fd, bool stamped) {
  static char buffer[65536];
  alignas(cmsghdr) char control[128];
  if (!stamped) {
    if (::recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) <= 0) bare::fail("recv");
    return 0;
  }
  iovec part{buffer, sizeof buffer};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  if (::recvmsg(fd, &message, MSG_DONTWAIT) <= 0) bare::fail("recvmsg");
  return bare::stamp_of(CMSG_FIRSTHDR(&message));
}

timespec timespec_of(std::int64_t ns) { return {ns / 1'000'000'000, ns % 1'000'000'000}; }

}  // namespace

int main(int argc, char** argv) {
  const bare::Options options = bare::options_of(argc, argv);
  const int epoll = epoll_create1(0);
  std::vector<int> sockets;
  for (std::uint32_t i = 0; i < options.connections; ++i) {
    sockets.push_back(bare::connected(options));
    epoll_event event{EPOLLIN, {.u32 = i}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, sockets.back(), &event);
  }
  bare::Run run(options);
  epoll_event events[256];
  std::int64_t last_wake = 0;
  for (std::int64_t now = now_ns(); !run.is_over(now); now = now_ns()) {
    run.send_due(now, [&](std::uint32_t i) {
      if (::send(sockets[i], bare::kRequest, bare::kRequestBytes, MSG_NOSIGNAL) < 0) {
        bare::fail("send");
      }
    });
    std::int64_t wait = 100'000'000;
    if (options.is_stamped()) {
      last_wake = run.next_wake(last_wake);
      const timespec until = timespec_of(last_wake);
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, nullptr);
      wait = 0;
    } else if (!options.is_closed()) {
      wait = std::clamp<std::int64_t>(run.next_due() - now_ns(), 0, wait);
    }
    const timespec at_most = timespec_of(wait);
    const int n = epoll_pwait2(epoll, events, 256, &at_most, nullptr);
    for (int i = 0; i < n; ++i) {
      const std::uint32_t connection = events[i].data.u32;
      run.received(connection, receive(sockets[connection], options.is_stamped()));
    }
  }
  run.print();
  return 0;
}
