// What the bare loops share: their command line, the plan, and what came of it. Each loop differs
// only in how it asks the kernel.
//   bare_… PORT RATE SECONDS CONNECTIONS GAP_US
// RATE 0: closed loop. Otherwise open loop, evenly spaced; GAP_US 0 wakes for each request and each
// response, otherwise at most once each GAP_US and only for requests, responses being timed by the
// kernel.
#pragma once

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/prctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <vector>

namespace bare {

inline constexpr char kRequest[] = "GET /x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n";
inline constexpr std::size_t kRequestBytes = sizeof kRequest - 1;

inline std::int64_t ns_of(const timespec& ts) {
  return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

inline std::int64_t now_ns(clockid_t id = CLOCK_MONOTONIC) {
  timespec ts{};
  clock_gettime(id, &ts);
  return ns_of(ts);
}

[[noreturn]] inline void fail(const char* what) {
  std::perror(what);
  std::exit(1);
}

struct Options {
  int port = 0;
  double rate = 0;  // a second; 0: closed loop
  std::int64_t length_ns = 0;
  std::uint32_t connections = 0;
  std::int64_t gap_ns = 0;

  bool is_closed() const { return rate == 0; }
  // Whether the kernel has to say when a response came: the loop is not there to see it.
  bool is_stamped() const { return !is_closed() && gap_ns > 0; }
};

inline Options options_of(int argc, char** argv) {
  if (argc != 6) {
    std::fprintf(stderr, "usage: %s PORT RATE SECONDS CONNECTIONS GAP_US\n", argv[0]);
    std::exit(2);
  }
  return {std::atoi(argv[1]), std::atof(argv[2]),
          static_cast<std::int64_t>(std::atof(argv[3]) * 1e9),
          static_cast<std::uint32_t>(std::atoi(argv[4])), std::atoll(argv[5]) * 1000};
}

inline int connected(const Options& options) {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(options.port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (options.is_stamped()) setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  return fd;
}

// The kernel's time stamp in wall time; 0 when `control` begins with something else.
inline std::int64_t stamp_of(const cmsghdr* control) {
  if (control == nullptr || control->cmsg_level != SOL_SOCKET ||
      control->cmsg_type != SCM_TIMESTAMPNS) {
    return 0;
  }
  timespec ts{};
  std::memcpy(&ts, CMSG_DATA(control), sizeof ts);
  return ns_of(ts);
}

// The plan, which connections are free for it, and what came of it.
class Run {
 public:
  explicit Run(const Options& options) : options_(options), planned_at_(options.connections) {
    prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);
    for (std::uint32_t i = 0; i < options.connections; ++i) idle_.push_back(i);
    latencies_.reserve(4'000'000);
    offset_ = now_ns(CLOCK_REALTIME) - now_ns();
    start_ = now_ns();
  }

  bool is_over(std::int64_t now) const { return now >= start_ + options_.length_ns; }

  // When the next request is due. Not for a closed loop.
  std::int64_t next_due() const {
    return start_ + static_cast<std::int64_t>(static_cast<double>(planned_) * 1e9 / options_.rate);
  }

  // When the loop is to wake that wakes only for requests, after it woke at `last_wake`.
  std::int64_t next_wake(std::int64_t last_wake) const {
    return std::max(next_due(), last_wake + options_.gap_ns);
  }

  // Calls send(connection) for each request that is due while a connection is free.
  template <typename Send>
  void send_due(std::int64_t now, Send send) {
    while (!idle_.empty() && (options_.is_closed() || next_due() <= now)) {
      const std::uint32_t connection = idle_.back();
      idle_.pop_back();
      planned_at_[connection] = options_.is_closed() ? now : next_due();
      send(connection);
      ++planned_;
    }
  }

  // A response came; `stamp` as stamp_of returns it, 0 when the time of reading counts.
  void received(std::uint32_t connection, std::int64_t stamp) {
    if (!options_.is_closed()) {
      const std::int64_t arrived = stamp == 0 ? now_ns() : stamp - offset_;
      latencies_.push_back(arrived - planned_at_[connection]);
    }
    ++done_;
    idle_.push_back(connection);
  }

  void print() {
    std::sort(latencies_.begin(), latencies_.end());
    double sum = 0;
    for (const std::int64_t l : latencies_) sum += static_cast<double>(l);
    const std::size_t n = latencies_.size();
    std::printf("{\"planned\": %lld, \"done\": %lld, \"mean_us\": %.2f, \"p99_us\": %.2f}\n",
                static_cast<long long>(planned_), static_cast<long long>(done_),
                sum / static_cast<double>(std::max<std::size_t>(n, 1)) / 1e3,
                n == 0 ? 0.0 : static_cast<double>(latencies_[n * 99 / 100]) / 1e3);
  }

 private:
  Options options_;
  std::vector<std::int64_t> planned_at_;  // by connection
  std::vector<std::uint32_t> idle_;
  std::vector<std::int64_t> latencies_;
  std::int64_t offset_ = 0;  // of the wall clock from the monotonic one
  std::int64_t start_ = 0, planned_ = 0, done_ = 0;
};

}  // namespace bare
