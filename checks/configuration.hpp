#pragma once
// What the checks of the agent's configuration share.

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checks/items.hpp"
#include "framework/history/configuration_record.hpp"

namespace bhsim::checks {

using history::ConfigurationRecord;

// What was tried, or the verdict that stands instead. A key is asked for by the configuration; or,
// where none is given, claimed by the profile.
std::variant<ConfigurationRecord, Finding> tried_configuration(const Plan& plan,
                                                               const History& history,
                                                               std::string_view key);

bool claims_key(const Plan& plan, std::string_view key);
// For a key that an agent which does not know it may seem to obey: asked for by the configuration
// and not claimed by the profile is not obeyed.
void add_unclaimed(const Plan& plan, std::string_view key, std::vector<std::string>& violations);

// Why a change that should have been made was not.
std::string not_made(const ItemRecord& record, std::string_view purpose);

// Of a change that was to be given up when a limit had run out: what is wrong with when that was
// told, which `told_after` counts from when the change was begun. `beyond`: the limit for what it
// may take longer.
std::optional<std::string> told_out_of_time(std::string_view change, Nanos told_after, Nanos limit,
                                            const config::Limit& beyond);

// Of the change of another class while that one is held up: it should be served meanwhile.
void judge_beside(const ItemRecord& record, std::string_view held,
                  std::vector<std::string>& violations, std::optional<std::string>& gaps);

}  // namespace bhsim::checks
