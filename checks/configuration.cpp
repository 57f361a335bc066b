// CFG · phase-9.2 section 9.2.7, "Production Configuration": whether the agent obeys the keys of
// its configuration, on and off, and complains of what it cannot obey.

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checks/families.hpp"
#include "checks/items.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/items.hpp"
#include "framework/config/mistakes.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/history/configuration_record.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;
using history::ConfigurationRecord;

bool claims_key(const Plan& plan, std::string_view key) {
  const auto& claimed = plan.agent.claims.configuration;
  return std::ranges::find(claimed, key) != claimed.end();
}

// What was tried, or the verdict that stands instead. A key is asked for by the configuration; or,
// where none is given, claimed by the profile.
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

// Of a change behind an obstacle: what is wrong when the agent should have told that it refuses it,
// and should take the valid one after it.
void judge_told(const ItemRecord& record, std::string_view obstacle,
                std::vector<std::string>& violations, std::optional<std::string>& gaps) {
  const auto* one = record.attempt(obstacle);
  const auto* next = record.attempt(fmt::format("after-{}", obstacle));
  if (one == nullptr || next == nullptr) {
    gaps = fmt::format("'{}' could not be tried: {}", obstacle,
                       record.trouble.empty() ? "the change was not made" : record.trouble);
    return;
  }
  if (!one->t_refused)
    violations.push_back(
        fmt::format("nobody said that {} was refused: '{}'", one->class_name, obstacle));
  if (!next->t_served)
    violations.push_back(fmt::format("the valid change after '{}' was not served", obstacle));
}

// How often the agent says that it tried; nothing where its profile does not say how it tells.
std::optional<std::int64_t> attempts_told(const Plan& plan, const ItemRecord& record,
                                          const ItemAttempt& change) {
  if (!plan.agent.log.contains("retry")) return std::nullopt;
  const Time until = change.t_refused.value_or(change.t_end);
  return 1 + std::ranges::count_if(record.lines, [&](const history::ItemLine& line) {
           return line.kind == "retry" && line.what == change.class_name &&
                  change.t_write <= line.t && line.t <= until;
         });
}

}  // namespace

// CFG-08. A file that can be read at the third attempt lands; one that never can is given up after
// as many as configured, which is a single one in the container with all keys off.
Verdict key_max_retry_attempts(const Plan& plan, const History& history) {
  auto found = tried_configuration(plan, history, "reliability.max-retry-attempts");
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& tried = std::get<ConfigurationRecord>(found);
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  const auto given_up = [&](const ItemRecord& record, int attempts) {
    judge_told(record, "unreadable", violations, gaps);
    const auto* one = record.attempt("unreadable");
    if (one == nullptr) return;
    if (one->t_served) gaps = "a file without permissions could be read: is the application root?";
    const auto told = attempts_told(plan, record, *one);
    if (!told)
      gaps = "the agent's profile has no pattern 'retry' by which attempts could be counted";
    else if (one->t_refused && *told != attempts)
      violations.push_back(
          fmt::format("an unreadable file was given up after {} attempts, of {}", *told, attempts));
  };
  given_up(tried.off, 1);
  const int attempts = config::strained(plan).max_retry_attempts;
  given_up(tried.obstructed, attempts);
  const auto* heals = tried.obstructed.attempt("heals");
  if (heals == nullptr)
    gaps = "no file was made that could be read at a later attempt";
  else if (!heals->t_served && attempts_told(plan, tried.obstructed, *heals) != attempts)
    violations.emplace_back("a file that could be read a moment later did not land");
  else if (!heals->t_served)
    gaps = "the file could be read too late for the last attempt";
  return judge_violations(plan, "CFG-08", fact::kConfiguration, violations, 3)
      .or_because(
          "a file that could be read at the last of {} attempts landed, one that never "
          "could was given up after them; with 1 after the first",
          attempts)
      .unless(gaps);
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
