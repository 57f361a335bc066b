#pragma once
// What the checks of the agent's configuration share.

#include <string_view>
#include <variant>

#include "checks/items.hpp"
#include "framework/history/configuration_record.hpp"

namespace bhsim::checks {

// What was tried, or the verdict that stands instead. A key is asked for by the configuration; or,
// where none is given, claimed by the profile.
std::variant<history::ConfigurationRecord, Finding> tried_configuration(const Plan& plan,
                                                                        const History& history,
                                                                        std::string_view key);

}  // namespace bhsim::checks
