#pragma once
// A rate that holds on average: so many a second, and after a rest at most so many at once. Pure.

#include <algorithm>
#include <cstdint>

#include "framework/base/clock.hpp"

namespace bhsim::relay {

class TokenBucket {
 public:
  // Both above 0. Full at first.
  TokenBucket(std::int64_t per_second, std::int64_t most, Time now)
      : per_second_(per_second), most_(most), empty_at_(now - cost(most)) {}

  [[nodiscard]] std::int64_t most() const { return most_; }

  // Takes so many, at most most(), when they are there. False, and nothing is taken, when not.
  bool take(std::int64_t count, Time now) {
    empty_at_ = std::max(empty_at_, now - cost(most_));
    if (when(count) > now) return false;
    empty_at_ += cost(count);
    return true;
  }

  // Of what was taken, what was not used after all.
  void give_back(std::int64_t count) { empty_at_ -= cost(count); }

  // When so many are there, if nothing is taken until then; an instant that is over: they are now.
  [[nodiscard]] Time when(std::int64_t count) const { return empty_at_ + cost(count); }

 private:
  // Rounded up: never faster than it was told to be.
  [[nodiscard]] Nanos cost(std::int64_t count) const {
    return Nanos((count * kSecond.count() + per_second_ - 1) / per_second_);
  }

  std::int64_t per_second_;
  std::int64_t most_;
  Time empty_at_;  // when it would have been empty, had it been filled at its rate ever since
};

}  // namespace bhsim::relay
