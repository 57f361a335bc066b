// CFG · phase-9.2 section 9.2.7, "Production Configuration": whether the agent obeys the keys of
// its configuration, on and off, and complains of what it cannot obey.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checks/configuration.hpp"
#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/items.hpp"
#include "framework/config/mistakes.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;
using history::ConfigurationRecord;

bool claims_key(const Plan& plan, std::string_view key) {
  const auto& claimed = plan.agent.claims.configuration;
  return std::ranges::find(claimed, key) != claimed.end();
}

std::optional<ItemRecord> other_item(const History& history, std::string_view name) {
  const auto document = history.fact(name);
  if (!document) return std::nullopt;
  auto record = history::item_record_from(*document);
  if (!record) return std::nullopt;
  return *std::move(record);
}

// Off is all that the configuration wants. An agent that knows no such key does nothing either.
std::optional<std::string> only_off(const Plan& plan, std::string_view key) {
  if (claims_key(plan, key)) return std::nullopt;
  return fmt::format("'true' was not tried, and the agent profile '{}' does not claim {}",
                     plan.agent.name, key);
}

std::string not_made(const ItemRecord& off) {
  return fmt::format("'false' could not be tried: {}",
                     off.trouble.empty() ? "the change was not made" : off.trouble);
}

Finding judge_key(const Plan& plan, std::string_view check,
                  const std::vector<std::string>& violations,
                  const std::optional<std::string>& gaps, std::string_view otherwise) {
  return judge_violations(plan, check, fact::kConfiguration, violations, 2)
      .or_because("{}", otherwise)
      .unless(gaps);
}

// Of 'true', what another check says of it.
void add_on(const Verdict& on, std::string_view key, std::vector<std::string>& violations,
            std::optional<std::string>& gaps) {
  if (on.status == Status::fail) violations.push_back(fmt::format("{}: true: {}", key, on.because));
  if (on.status == Status::inconclusive) gaps = fmt::format("{}: true: {}", key, on.because);
}

}  // namespace

std::variant<ConfigurationRecord, Finding> tried_configuration(const Plan& plan,
                                                               const History& history,
                                                               std::string_view key) {
  if (plan.agent.present() && plan.production.text.empty() && !claims_key(plan, key))
    return not_applicable("no configuration is given, and the agent profile '{}' does not claim {}",
                          plan.agent.name, key);
  auto found = document_of(plan, history, config::kConfigurationItem, fact::kConfiguration, key);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  auto record = history::configuration_record_from(std::get<nlohmann::json>(found));
  if (!record) return inconclusive("{}", record.error().message);
  return *std::move(record);
}

// CFG-04. On: what the profile says it shows was there, in the item that tried the breaker or the
// rollback. Off: it was not, in answers that could be read.
Verdict key_metrics_enabled(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "monitoring.metrics-enabled";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& off = std::get<ConfigurationRecord>(found).off;
  if (plan.app.metrics_path.empty())
    return inconclusive("the contract names no 'metrics', by which they could be seen");
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  for (const auto& [what, readings] : off.metrics)
    violations.push_back(fmt::format("{} is shown with {}: false", what, kKey));
  if (off.metrics_read == 0) gaps = "with 'false' the application's metrics could not be read";
  if (!plan.production.metrics_enabled) {
    if (!gaps) gaps = only_off(plan, kKey);
    return judge_key(plan, "CFG-04", violations, gaps, "not shown when false, as configured");
  }
  if (plan.agent.metrics.empty())
    violations.push_back(
        fmt::format("{}: true, and the profile names no metric of the agent", kKey));
  auto on = other_item(history, fact::kBreaker);
  if (!on) on = other_item(history, fact::kRollback);
  if (!on || on->metrics_read == 0)
    gaps = "with 'true' the application's metrics were not read: no item breaker or rollback";
  else
    for (const auto& [what, selector] : plan.agent.metrics)
      if (!on->metrics.contains(what))
        violations.push_back(fmt::format("{}: true, and {} is not shown", kKey, selector));
  return judge_key(plan, "CFG-04", violations, gaps, "shown when true, and not when false");
}

// CFG-07. On is what ROLL-01 judges; off, a change that breaks health stays.
Verdict key_auto_rollback(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "reliability.auto-rollback";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& off = std::get<ConfigurationRecord>(found).off;
  const auto* breaking = off.attempt("breaking");
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  if (breaking == nullptr) {
    gaps = not_made(off);
  } else if (const auto bad = off.unready_since(breaking->t_write); !bad) {
    gaps = "with 'false' the change that breaks health did not break it";
  } else if (off.served_since(breaking->class_name, *bad) != nullptr) {
    violations.push_back(fmt::format("{}: false, and a change was rolled back", kKey));
  } else if (breaking->t_end - *bad < 2 * config::all_off(plan).health_check_interval) {
    gaps = "with 'false' it was not watched for two health-check-intervals";
  }
  if (!config::asks_for_rollback(plan)) {
    if (!gaps) gaps = only_off(plan, kKey);
    return judge_key(plan, "CFG-07", violations, gaps,
                     "a change that breaks health stays when false, as configured");
  }
  add_on(bad_change_is_rolled_back(plan, history), kKey, violations, gaps);
  return judge_key(plan, "CFG-07", violations, gaps,
                   "a change that breaks health is rolled back when true, and stays when false");
}

// CFG-09. On is what BRK-01 judges; off, as many failures keep no change out.
Verdict key_circuit_breaker(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "reliability.circuit-breaker";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& off = std::get<ConfigurationRecord>(found).off;
  const auto* next = off.attempt("open");
  const auto failures = std::ranges::count_if(off.attempts, [](const ItemAttempt& attempt) {
    return attempt.purpose == "opens" && !attempt.t_served;
  });
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  if (next == nullptr || failures < plan.agent.breaker.failures)
    gaps = not_made(off);
  else if (!next->t_served && next->t_refused)
    violations.push_back(
        fmt::format("{}: false, and after {} failures a valid change was refused", kKey, failures));
  else if (!next->t_served)
    gaps = "with 'false' the change after the failures was neither served nor refused";
  if (!config::asks_for_breaker(plan)) {
    if (!gaps) gaps = only_off(plan, kKey);
    return judge_key(plan, "CFG-09", violations, gaps, "never opens when false, as configured");
  }
  add_on(breaker_opens(plan, history), kKey, violations, gaps);
  return judge_key(plan, "CFG-09", violations, gaps, "it opens when true, and not when false");
}

// CFG-10. Told is enough: an agent may refuse to start or go on, but must not be silent.
Verdict wrong_keys_are_told(const Plan& plan, const History& history) {
  auto found = tried_configuration(plan, history, config::kConfigurationKeys.front());
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& mistakes = std::get<ConfigurationRecord>(found).mistakes;
  std::vector<std::string> violations;
  for (const auto& mistake : mistakes)
    if (mistake.told.empty())
      violations.push_back(fmt::format("nothing was said of '{}: {}'{}", mistake.key, mistake.value,
                                       mistake.started ? "" : ", though it did not start"));
  const auto all = config::mistakes_of(plan).size();
  std::optional<std::string> gaps;
  if (mistakes.size() < all)
    gaps = fmt::format("{} of {} mistakes were tried", mistakes.size(), all);
  return judge_violations(plan, "CFG-10", fact::kConfiguration, violations,
                          static_cast<std::int64_t>(mistakes.size()))
      .or_because("each of {} mistakes was told: one unknown key, {} values of another type",
                  mistakes.size(), mistakes.size() - 1)
      .unless(gaps);
}

}  // namespace bhsim::checks
