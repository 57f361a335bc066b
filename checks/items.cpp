#include "checks/items.hpp"

#include <algorithm>

#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/items.hpp"

namespace bhsim::checks {

std::variant<nlohmann::json, Finding> document_of(const Plan& plan, const History& history,
                                                  std::string_view item, std::string_view fact,
                                                  std::string_view key) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  if (!config::asks_for(plan, item)) {
    if (plan.production.text.empty())
      return not_applicable("no configuration asks for {}, and the agent profile '{}' claims none",
                            key, plan.agent.name);
    return not_applicable("the configuration says '{}: false'", key);
  }
  if (std::ranges::find(plan.conformance, item) == plan.conformance.end())
    return inconclusive("the simulation '{}' does not try it; production does", plan.simulation);
  auto document = history.fact(fact);
  if (!document)
    return missing(fmt::format("fact '{}'", fact),
                   fmt::format("the run has to reach the end of its conformance item {}", item));
  return *std::move(document);
}

std::variant<ItemRecord, Finding> record_of(const Plan& plan, const History& history,
                                            std::string_view item, std::string_view fact,
                                            std::string_view key) {
  auto document = document_of(plan, history, item, fact, key);
  if (auto* instead = std::get_if<Finding>(&document)) return std::move(*instead);
  auto record = history::item_record_from(std::get<nlohmann::json>(document));
  if (!record) return inconclusive("{}", record.error().message);
  return *std::move(record);
}

Finding judge_violations(const Plan& plan, std::string_view check, std::string_view fact,
                         const std::vector<std::string>& violations, std::int64_t looked_at) {
  auto finding = compare(static_cast<double>(violations.size()), limit_of(plan, check))
                     .samples(looked_at)
                     .evidence("fact", fmt::format("name = '{}'", fact));
  if (violations.empty()) return finding;
  return std::move(finding).because("{}", fmt::join(violations, "; "));
}

}  // namespace bhsim::checks
