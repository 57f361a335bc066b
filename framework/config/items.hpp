#pragma once
// Conformance items of the agent's own promises: whether a plan has them, and the configuration
// that each is tried with. Pure.

#include <string>

#include "framework/config/plan.hpp"

namespace bhsim::config {

inline constexpr std::string_view kBadSwapsItem = "bad-swaps";
inline constexpr std::string_view kBreakerItem = "breaker";
inline constexpr std::string_view kRollbackItem = "rollback";
inline constexpr std::string_view kConfigurationItem = "configuration";

// Asked for by the configuration; or, where none is given, claimed by the profile.
bool asks_for_breaker(const Plan& plan);
bool asks_for_rollback(const Plan& plan);
// Whether the item of that name has something to try; of any other name: true.
bool asks_for(const Plan& plan, std::string_view item);

// What every JVM refuses to this agent, and no agent dies of.
std::string_view refused_variant(const AgentProfile& agent);

// As given, but for what would make the item last longer than it must, or blur it.
ProductionConfig configuration_for(const Plan& plan, std::string_view item);
// With the flags under which its breaker is as its profile promises.
Plan with_breaker_flags(Plan plan);
// The file, with the document's keys. Durations are in milliseconds: what every reader of such a
// file understands.
std::string to_yaml(const ProductionConfig& production);

// How long an item takes, reckoned, from its container's start.
Nanos length_of_bad_swaps(const Plan& plan);
Nanos length_of_breaker(const Plan& plan);
Nanos length_of_rollback(const Plan& plan);
Nanos length_of_configuration(const Plan& plan);

// What differs from the configuration given, for the plan's notes: "health-check-interval 2s".
std::string tried_with(const Plan& plan, std::string_view item);

}  // namespace bhsim::config
