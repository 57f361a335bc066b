// An HTTP server on one thread that sleeps STALL_MS every PERIOD_MS and says on standard error, for
// each stall, how long it slept and how long it then took until it had answered everything that had
// come meanwhile: "stall 1000.21 drain 14.80".
//   stall_server PORT PERIOD_MS STALL_MS
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>

namespace {

constexpr char kResponse[] = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

std::int64_t now_us() {
  timespec ts{};
  clock_gettime(CLOCK_MONOTONIC, &ts);
  return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000 + ts.tv_nsec / 1000;
}

void accept_all(int listener, int epoll) {
  for (int fd; (fd = ::accept4(listener, nullptr, nullptr, SOCK_NONBLOCK)) >= 0;) {
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{EPOLLIN, {.fd = fd}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const std::int64_t period = std::atoll(argv[2]) * 1000;
  const std::int64_t stall = std::atoll(argv[3]) * 1000;
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(std::atoi(argv[1])));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::bind(listener, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(listener, 4096) != 0)
    return 1;
  const int epoll = epoll_create1(0);
  epoll_event event{EPOLLIN, {.fd = listener}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &event);
  std::int64_t next_stall = now_us() + period;
  std::int64_t draining_since = 0;
  double slept_ms = 0;
  epoll_event events[512];
  static char buffer[65536];
  for (;;) {
    const std::int64_t left = next_stall - now_us();
    if (left <= 0) {
      const std::int64_t begin = now_us();
      ::usleep(static_cast<useconds_t>(stall));
      draining_since = now_us();
      slept_ms = static_cast<double>(draining_since - begin) / 1e3;
      next_stall += period;
    }
    const timespec wait{left <= 0 ? 0 : left / 1'000'000, left <= 0 ? 0 : left % 1'000'000 * 1000};
    // Nothing new for 300 us after a stall: the requests that had queued are answered.
    const timespec quiet{0, 300'000};
    const int n = epoll_pwait2(epoll, events, 512, draining_since != 0 ? &quiet : &wait, nullptr);
    if (n == 0 && draining_since != 0) {
      std::fprintf(stderr, "stall %.2f drain %.2f\n", slept_ms,
                   static_cast<double>(now_us() - draining_since - 300) / 1e3);
      draining_since = 0;
    }
    for (int i = 0; i < n; ++i) {
      const int fd = events[i].data.fd;
      if (fd == listener) {
        accept_all(listener, epoll);
      } else if (::recv(fd, buffer, sizeof buffer, 0) <= 0) {
        ::close(fd);
      } else if (::send(fd, kResponse, sizeof kResponse - 1, MSG_NOSIGNAL) < 0) {
        ::close(fd);
      }
    }
  }
}
