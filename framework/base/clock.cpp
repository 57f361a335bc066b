#include "framework/base/clock.hpp"

#include <ctime>

namespace bhsim {
namespace {

std::int64_t read(clockid_t id) {
  timespec ts{};
  clock_gettime(id, &ts);
  return static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec;
}

class SystemClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return time_from_ns(read(CLOCK_MONOTONIC)); }
  [[nodiscard]] WallTime wall() const override { return wall_from_ns(read(CLOCK_REALTIME)); }
  void sleep_until(Time when) const override {
    const auto ns = to_ns(when);
    const timespec ts{ns / 1'000'000'000, ns % 1'000'000'000};
    clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &ts, nullptr);
  }
};

}  // namespace

const Clock& system_clock() {
  static const SystemClock clock;
  return clock;
}

}  // namespace bhsim
