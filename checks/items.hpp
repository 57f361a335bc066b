#pragma once
// What checks of a conformance item share: whether there is a record to judge, and what stands
// instead where there is none.

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checks/verdict.hpp"
#include "framework/history/item_record.hpp"

namespace bhsim::checks {

using history::ItemAttempt;
using history::ItemRecord;

// `item` of config/items.hpp, `fact` its record; `key` is what the configuration calls it.
std::variant<nlohmann::json, Finding> document_of(const Plan& plan, const History& history,
                                                  std::string_view item, std::string_view fact,
                                                  std::string_view key);
// The same, of an item whose document is an ItemRecord.
std::variant<ItemRecord, Finding> record_of(const Plan& plan, const History& history,
                                            std::string_view item, std::string_view fact,
                                            std::string_view key);

// Judges the list of what was wrong against the limit of the check, "= 0 violations".
Finding judge_violations(const Plan& plan, std::string_view check, std::string_view fact,
                         const std::vector<std::string>& violations, std::int64_t looked_at);

}  // namespace bhsim::checks
