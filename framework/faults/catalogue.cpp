#include <algorithm>
#include <array>

#include "framework/faults/fault.hpp"

namespace bhsim::faults {
namespace {

constexpr std::array<Kind, 2> kKinds{{
    {"kill", "SIGKILL to the application's first process; undone by starting the container again", make_kill},
    {"pause", "all processes of the container frozen; undone by unfreezing them", make_pause},
}};

}  // namespace

std::span<const Kind> catalogue() { return kKinds; }

const Kind* find_kind(std::string_view name) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(), [&](const Kind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

bool seen_within(const Clock& clock, Nanos patience, const std::function<bool()>& holds) {
  const Time deadline = clock.now() + patience;
  while (!holds()) {
    if (clock.now() >= deadline) return false;
    clock.sleep_until(clock.now() + std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace bhsim::faults
