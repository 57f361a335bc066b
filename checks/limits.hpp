#pragma once
// Every limit that a check is held to: which there are, in which unit, and what stands when a plan
// names none.

#include <span>
#include <string_view>

#include "framework/config/plan.hpp"

namespace bhsim::checks {

struct LimitSpec {
  std::string_view id;        // of its check, or "ID.name" for a second one
  std::string_view relation;  // value must stand so to the limit
  double value = 0;           // default
  std::string_view unit;      // the check's own
  std::string_view meaning;   // what is held against it, in a few words
};

// In order of id.
std::span<const LimitSpec> limit_specs();

// The plan's limit in the check's own unit, or the default. Throws std::invalid_argument when the
// plan gives it in a unit that does not convert, or turned round (an upper limit for a lower one):
// judging by it would be a guess.
config::Limit limit_of(const config::Plan& plan, std::string_view id);

}  // namespace bhsim::checks
