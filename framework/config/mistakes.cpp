#include "framework/config/mistakes.hpp"

#include "framework/config/items.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

// Words that no log says by chance, so that a line which has one speaks of the value.
constexpr std::string_view kNoDuration = "sometime", kNoNumber = "plenty", kNoFlag = "perhaps";
constexpr std::string_view kMisspelt = "validation-timout";

std::string_view wrong_value(std::string_view key) {
  if (key.ends_with("-timeout") || key.ends_with("-interval")) return kNoDuration;
  if (key.ends_with("-hotswaps") || key.ends_with("-attempts")) return kNoNumber;
  return kNoFlag;
}

// The line of the key `name`, replaced.
std::string with_line(std::string text, std::string_view name, const std::string& line) {
  const auto at = text.find(fmt::format("    {}: ", name));
  const auto end = text.find('\n', at);
  return at == std::string::npos ? text : text.replace(at, end - at, "    " + line);
}

}  // namespace

std::vector<Mistake> mistakes_of(const Plan& plan) {
  const std::string good = to_yaml(plan.production);
  std::vector<Mistake> out;
  const std::string misspelt = fmt::format("{}: 5s", kMisspelt);
  out.push_back({fmt::format("performance.{}", kMisspelt), "5s",
                 with_line(good, "validation-timeout", misspelt)});
  for (const auto& key : kConfigurationKeys) {
    const auto name = key.substr(key.find('.') + 1);
    const std::string value(wrong_value(key));
    out.push_back({key, value, with_line(good, name, fmt::format("{}: {}", name, value))});
  }
  return out;
}

ProductionConfig all_off(const Plan& plan) {
  ProductionConfig production = configuration_for(plan, kRollbackItem);
  production.circuit_breaker = production.auto_rollback = false;
  production.metrics_enabled = production.jfr_enabled = false;
  production.max_retry_attempts = 1;
  production.max_concurrent_hotswaps = 2;
  production.text = to_yaml(production);
  return production;
}

ProductionConfig strained(const Plan& plan) {
  ProductionConfig production = configuration_for(plan, kRollbackItem);  // its interval
  production.auto_rollback = false;
  production.validation_timeout = std::chrono::seconds(2);
  production.max_retry_attempts = 3;
  production.text = to_yaml(production);
  return production;
}

ProductionConfig stalled(const Plan& plan) {
  ProductionConfig production = strained(plan);
  production.validation_timeout = plan.production.validation_timeout;
  production.redefinition_timeout = std::chrono::seconds(2);
  production.max_retry_attempts = 1;
  production.max_concurrent_hotswaps = 1;
  production.health_check_interval = std::chrono::seconds(1);
  production.text = to_yaml(production);
  return production;
}

}  // namespace bhsim::config
