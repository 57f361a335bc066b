#include <algorithm>
#include <array>

#include "framework/faults/fault.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

constexpr std::array<FaultKind, 2> kKinds{{
    {"kill", "SIGKILL to the application's first process; undone by starting it again", true,
     possible_everywhere, make_kill},
    {"pause", "every process of the container frozen; undone by thawing them", false, needs_freezer,
     make_pause},
}};

}  // namespace

std::span<const FaultKind> fault_kinds() { return kKinds; }

const FaultKind* find_fault_kind(std::string_view name) {
  const auto* found = std::find_if(kKinds.begin(), kKinds.end(),
                                   [&](const FaultKind& kind) { return kind.name == name; });
  return found == kKinds.end() ? nullptr : found;
}

}  // namespace bhsim::faults
