#pragma once

#include <functional>

#include "framework/base/clock.hpp"

namespace bhsim::runner {

// Whether it comes to hold within that time.
inline bool eventually(Nanos patience, const std::function<bool()>& holds) {
  const auto& clock = system_clock();
  const Time deadline = clock.now() + patience;
  while (!holds()) {
    if (clock.now() > deadline) return false;
    clock.sleep_until(clock.now() + std::chrono::milliseconds(20));
  }
  return true;
}

}  // namespace bhsim::runner
