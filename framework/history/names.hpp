#pragma once
// The words for the enumerations of records.hpp, as they stand in the store and in reports.

#include <span>
#include <string_view>

#include "framework/history/records.hpp"

namespace bhsim::history {

// In the order of the enumerators.
std::span<const std::string_view> names_of(WindowKind);
std::span<const std::string_view> names_of(Outcome);
std::span<const std::string_view> names_of(SwapOutcome);
std::span<const std::string_view> names_of(FaultState);

template <typename Enum>
std::string_view to_string(Enum value) {
  return names_of(value)[static_cast<std::size_t>(value)];
}

}  // namespace bhsim::history
