// The floor: loops that send and receive and do nothing else that a load generator must do (no
// parsing, no outcomes, no histograms but one of the latency). What bhsim costs above this is what
// measuring costs.
//   bare_loop PORT RATE SECONDS CONNECTIONS GAP_US
// RATE 0: closed loop. Otherwise open loop, evenly spaced; GAP_US 0 wakes for each request and each
// response, otherwise at most once each GAP_US and only for requests, responses being timed by the
// kernel.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace {

constexpr char kRequest[] = "GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";

std::int64_t now_ns(clockid_t id = CLOCK_MONOTONIC) {
  timespec ts{};
  clock_gettime(id, &ts);
  return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

struct Connection {
  int fd = -1;
  std::int64_t planned = 0, sent = 0;
};

Connection connected(int port, int epoll, std::uint32_t index) {
  Connection c;
  c.fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(c.fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::exit(1);
  const int on = 1;
  setsockopt(c.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  setsockopt(c.fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  epoll_event event{EPOLLIN, {.u32 = index}};
  epoll_ctl(epoll, EPOLL_CTL_ADD, c.fd, &event);
  return c;
}

// Bytes read; `at` is when the kernel had them, in wall time.
ssize_t receive(int fd, std::int64_t& at) {
  static char buffer[65536];
  alignas(cmsghdr) char control[128];
  iovec part{buffer, sizeof buffer};
  msghdr message{};
  message.msg_iov = &part;
  message.msg_iovlen = 1;
  message.msg_control = control;
  message.msg_controllen = sizeof control;
  const ssize_t n = ::recvmsg(fd, &message, MSG_DONTWAIT);
  at = 0;
  if (const cmsghdr* c = CMSG_FIRSTHDR(&message);
      n > 0 && c != nullptr && c->cmsg_type == SCM_TIMESTAMPNS) {
    timespec ts{};
    std::memcpy(&ts, CMSG_DATA(c), sizeof ts);
    at = static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
  }
  return n;
}

void send_request(Connection& c, std::int64_t planned) {
  c.planned = planned;
  c.sent = now_ns();
  if (::send(c.fd, kRequest, sizeof kRequest - 1, MSG_NOSIGNAL) < 0) std::exit(1);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const int port = std::atoi(argv[1]);
  const double rate = std::atof(argv[2]);
  const auto length = static_cast<std::int64_t>(std::atof(argv[3]) * 1e9);
  const auto count = static_cast<std::uint32_t>(std::atoi(argv[4]));
  const std::int64_t gap = std::atoll(argv[5]) * 1000;
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
  const int epoll = epoll_create1(0);
  std::vector<Connection> connections;
  std::vector<std::uint32_t> idle;
  for (std::uint32_t i = 0; i < count; ++i) {
    connections.push_back(connected(port, epoll, i));
    idle.push_back(i);
  }
  std::vector<std::int64_t> latencies;
  latencies.reserve(4'000'000);
  const std::int64_t offset = now_ns(CLOCK_REALTIME) - now_ns();
  const std::int64_t start = now_ns();
  std::int64_t planned = 0, done = 0, last_wake = 0;
  const auto due_at = [&](std::int64_t n) {
    return start + static_cast<std::int64_t>(static_cast<double>(n) * 1e9 / rate);
  };
  epoll_event events[256];
  for (std::int64_t now = start; now < start + length; now = now_ns()) {
    while (!idle.empty() && (rate == 0 || due_at(planned) <= now)) {
      Connection& c = connections[idle.back()];
      idle.pop_back();
      send_request(c, rate == 0 ? now : due_at(planned));
      ++planned;
    }
    std::int64_t wait =
        rate == 0 ? 100'000'000 : std::max<std::int64_t>(0, due_at(planned) - now_ns());
    if (rate != 0 && gap > 0) {
      const std::int64_t until = std::max(due_at(planned), last_wake + gap);
      const timespec ts{until / 1'000'000'000, until % 1'000'000'000};
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, nullptr);
      last_wake = until;
      wait = 0;
    }
    const timespec ts{0, std::min<std::int64_t>(wait, 100'000'000)};
    const int n = epoll_pwait2(epoll, events, 256, &ts, nullptr);
    for (int i = 0; i < n; ++i) {
      Connection& c = connections[events[i].data.u32];
      std::int64_t at = 0;
      if (receive(c.fd, at) <= 0) std::exit(1);
      const std::int64_t arrived = at == 0 || gap == 0 ? now_ns() : at - offset;
      if (rate != 0) latencies.push_back(arrived - c.planned);
      ++done;
      idle.push_back(events[i].data.u32);
    }
  }
  std::sort(latencies.begin(), latencies.end());
  double sum = 0;
  for (const std::int64_t l : latencies) sum += static_cast<double>(l);
  const auto n = static_cast<double>(std::max<std::size_t>(latencies.size(), 1));
  std::printf(
      "{\"planned\": %lld, \"done\": %lld, \"mean_us\": %.2f, \"p99_us\": %.2f}\n",
      static_cast<long long>(planned), static_cast<long long>(done), sum / n / 1e3,
      latencies.empty() ? 0.0 : static_cast<double>(latencies[latencies.size() * 99 / 100]) / 1e3);
  return 0;
}
