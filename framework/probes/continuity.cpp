#include "framework/probes/continuity.hpp"

namespace bhsim::probes {

void ForcedCollections::begin(Time t) {
  const std::lock_guard lock(mutex_);
  spans_[count_++ % kKept] = {t, std::nullopt};
}

void ForcedCollections::end(Time t) {
  const std::lock_guard lock(mutex_);
  if (count_ > 0) spans_[(count_ - 1) % kKept].second = t;
}

bool ForcedCollections::contains(Time t) const {
  const std::lock_guard lock(mutex_);
  for (std::size_t i = 0; i < std::min(count_, kKept); ++i) {
    const auto& [from, to] = spans_[i];
    if (from <= t && (!to || t <= *to + std::chrono::seconds(1))) return true;
  }
  return false;
}

}  // namespace bhsim::probes
