#pragma once
// Time. Every instant inside bhsim is CLOCK_MONOTONIC in nanoseconds; wall time exists only to talk
// to people and to map foreign logs, through the `clock` table of the run store. Nothing outside
// this folder asks the system for the time.

#include <chrono>
#include <cstdint>

namespace bhsim {

using Nanos = std::chrono::nanoseconds;
inline constexpr Nanos kSecond = std::chrono::seconds(1);

// Tag of CLOCK_MONOTONIC. It has no now(): time is injected (Clock).
struct Monotonic {
  using duration = Nanos;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<Monotonic, Nanos>;
  static constexpr bool is_steady = true;
};

using Time = Monotonic::time_point;                                          // since boot
using WallTime = std::chrono::time_point<std::chrono::system_clock, Nanos>;  // since 1970, UTC

constexpr Time time_from_ns(std::int64_t ns) { return Time(Nanos(ns)); }
constexpr std::int64_t to_ns(Time t) { return t.time_since_epoch().count(); }
constexpr WallTime wall_from_ns(std::int64_t ns) { return WallTime(Nanos(ns)); }
constexpr std::int64_t to_ns(WallTime t) { return t.time_since_epoch().count(); }
constexpr double to_seconds(Nanos d) { return static_cast<double>(d.count()) / 1e9; }

class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Time now() const = 0;
  [[nodiscard]] virtual WallTime wall() const = 0;
  // Waits until `when`, or less if interrupted by a signal. A fake clock jumps instead.
  virtual void sleep_until(Time when) const = 0;
};

// The real one; safe from any thread.
[[nodiscard]] const Clock& system_clock();

// A clock that moves only when told to; for tests. Not thread-safe.
class FakeClock final : public Clock {
 public:
  [[nodiscard]] Time now() const override { return now_; }
  [[nodiscard]] WallTime wall() const override { return WallTime(now_.time_since_epoch()); }
  void sleep_until(Time when) const override {
    if (when > now_) now_ = when;
  }
  void advance(Nanos by) { now_ += by; }

 private:
  mutable Time now_{};
};

}  // namespace bhsim
