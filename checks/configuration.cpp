// CFG · phase-9.2 section 9.2.7, "Production Configuration": whether the agent obeys the keys of
// its configuration, on and off, and complains of what it cannot obey.

#include "checks/configuration.hpp"

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <numeric>

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

}  // namespace

bool claims_key(const Plan& plan, std::string_view key) {
  const auto& claimed = plan.agent.claims.configuration;
  return std::ranges::find(claimed, key) != claimed.end();
}

void add_unclaimed(const Plan& plan, std::string_view key, std::vector<std::string>& violations) {
  if (!plan.production.text.empty() && !claims_key(plan, key))
    violations.push_back(
        fmt::format("the configuration asks for {}, and the agent profile '{}' does not claim it",
                    key, plan.agent.name));
}

std::string not_made(const ItemRecord& record, std::string_view purpose) {
  return fmt::format("'{}' could not be tried: {}", purpose,
                     record.trouble.empty() ? "the change was not made" : record.trouble);
}

// Whoever counts from a later moment tells it later, never sooner; but clocks and logs differ by a
// little.
std::optional<std::string> told_out_of_time(std::string_view change, Nanos told_after, Nanos limit,
                                            const config::Limit& beyond) {
  constexpr Nanos kClocksDiffer = std::chrono::milliseconds(250);
  const double beyond_s = to_seconds(told_after - limit);
  if (told_after < limit - kClocksDiffer)
    return fmt::format("{} was given up after {:.1f} s, of a limit of {}", change,
                       to_seconds(told_after), spoken(limit));
  if (!holds(beyond_s, beyond))
    return fmt::format("{} was told {:.1f} s after its limit of {}", change, beyond_s,
                       spoken(limit));
  return std::nullopt;
}

void judge_beside(const ItemRecord& record, std::string_view held,
                  std::vector<std::string>& violations, std::optional<std::string>& gaps) {
  const auto *one = record.attempt("beside"), *first = record.attempt(held);
  if (one == nullptr || first == nullptr)
    gaps = not_made(record, "beside");
  else if (one->class_name == first->class_name)
    gaps = "the load shows a single class, beside which no other could be changed";
  else if (!one->t_served || *one->t_served > one->t_end)
    violations.push_back(fmt::format("while a change of {} was held up, one of {} was not served",
                                     first->class_name, one->class_name));
}

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

namespace {

// Off is all that the configuration wants. An agent that knows no such key does nothing either.
std::optional<std::string> only_off(const Plan& plan, std::string_view key) {
  if (claims_key(plan, key)) return std::nullopt;
  return fmt::format("'true' was not tried, and the agent profile '{}' does not claim {}",
                     plan.agent.name, key);
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

// The records of containers whose metrics are on, and could be read; by their facts.
std::map<std::string_view, ItemRecord> with_metrics(const History& history,
                                                    const ConfigurationRecord& tried) {
  std::map<std::string_view, ItemRecord> found{{fact::kConfiguration, tried.obstructed}};
  for (const auto name : {fact::kBreaker, fact::kRollback})
    if (const auto document = history.fact(name))
      if (auto record = history::item_record_from(*document)) found[name] = *std::move(record);
  std::erase_if(found, [](const auto& one) { return one.second.metrics_read == 0; });
  return found;
}

// Where a metric has something to show: an agent need not tell of a breaker that is off.
std::string_view shown_in(std::string_view metric) {
  if (metric == "breaker_open") return fact::kBreaker;
  if (metric == "rolled_back") return fact::kRollback;
  return fact::kConfiguration;
}

bool served_any(const ItemRecord& record) {
  return std::ranges::any_of(record.attempts,
                             [](const ItemAttempt& one) { return one.t_served.has_value(); });
}

std::int64_t events_in(const ItemRecord& record) {
  return std::accumulate(record.events.begin(), record.events.end(), std::int64_t{0},
                         [](std::int64_t sum, const auto& event) { return sum + event.second; });
}

}  // namespace

// CFG-04. Off: not shown, in answers that could be read. On: what the profile says it shows was
// there, in one of the containers whose metrics are on.
Verdict key_metrics_enabled(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "monitoring.metrics-enabled";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& tried = std::get<ConfigurationRecord>(found);
  if (plan.app.metrics_path.empty())
    return inconclusive("the contract names no 'metrics', by which they could be seen");
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  for (const auto& [what, readings] : tried.off.metrics)
    violations.push_back(fmt::format("{} is shown with {}: false", what, kKey));
  if (tried.off.metrics_read == 0)
    gaps = "with 'false' the application's metrics could not be read";
  if (!plan.production.metrics_enabled) {
    if (!gaps) gaps = only_off(plan, kKey);
    if (plan.agent.metrics.empty()) gaps = "the profile names no metric that could be looked for";
    return judge_key(plan, "CFG-04", violations, gaps, "not shown when false, as configured");
  }
  add_unclaimed(plan, kKey, violations);
  if (plan.agent.metrics.empty())
    violations.push_back(
        fmt::format("{}: true, and the profile names no metric of the agent", kKey));
  const auto on = with_metrics(history, tried);
  if (on.empty()) gaps = "with 'true' the application's metrics could not be read";
  for (const auto& [what, selector] : plan.agent.metrics) {
    const auto shows = [&name = what](const auto& one) {
      return one.second.metrics.contains(name);
    };
    if (on.empty() || std::ranges::any_of(on, shows)) continue;
    if (on.contains(shown_in(what)))
      violations.push_back(fmt::format("{}: true, and {} is not shown", kKey, selector));
    else
      gaps = fmt::format(
          "{} is not shown where it may have nothing to show; the item that tries it would tell",
          selector);
  }
  return judge_key(plan, "CFG-04", violations, gaps, "shown when true, and not when false");
}

// CFG-05. bhsim records in both containers; what the agent adds to it is the agent's doing.
Verdict key_jfr_enabled(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "monitoring.jfr-enabled";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& tried = std::get<ConfigurationRecord>(found);
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  const auto look_at = [&gaps](const ItemRecord& record, std::string_view value) {
    if (!served_any(record))
      gaps = fmt::format("with '{}' {}", value, not_made(record, "first"));
    else if (!record.events_read)
      gaps = fmt::format("with '{}' no flight recording could be read", value);
  };
  look_at(tried.off, "false");
  if (events_in(tried.off) > 0)
    violations.push_back(
        fmt::format("{} events are written with {}: false", events_in(tried.off), kKey));
  if (!plan.production.jfr_enabled) {
    if (!gaps) gaps = only_off(plan, kKey);
    if (plan.agent.events.empty()) gaps = "the profile names no event that could be looked for";
    return judge_key(plan, "CFG-05", violations, gaps, "no events when false, as configured");
  }
  add_unclaimed(plan, kKey, violations);
  look_at(tried.stalled, "true");
  if (served_any(tried.stalled) && plan.agent.events.empty())
    violations.push_back(
        fmt::format("{}: true, and the profile names no event of the agent", kKey));
  else if (served_any(tried.stalled) && tried.stalled.events_read && events_in(tried.stalled) == 0)
    violations.push_back(fmt::format("{}: true, and a flight recording holds no {}", kKey,
                                     fmt::join(plan.agent.events, " and no ")));
  return judge_key(plan, "CFG-05", violations, gaps,
                   "its events are in a flight recording when true, and not when false");
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
    gaps = not_made(off, "false");
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
  add_unclaimed(plan, kKey, violations);
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
    gaps = not_made(off, "false");
  else if (!next->t_served && next->t_refused)
    violations.push_back(
        fmt::format("{}: false, and after {} failures a valid change was refused", kKey, failures));
  else if (!next->t_served)
    gaps = "with 'false' the change after the failures was neither served nor refused";
  else if (*next->t_served - next->t_write >= plan.agent.breaker.pause)
    gaps =
        "with 'false' the change after the failures was served after so long that a breaker may "
        "have held it back";
  if (!config::asks_for_breaker(plan)) {
    if (!gaps) gaps = only_off(plan, kKey);
    return judge_key(plan, "CFG-09", violations, gaps, "never opens when false, as configured");
  }
  add_unclaimed(plan, kKey, violations);
  add_on(breaker_opens(plan, history), kKey, violations, gaps);
  return judge_key(plan, "CFG-09", violations, gaps, "it opens when true, and not when false");
}

// CFG-10. Told is enough: an agent may refuse to start or go on, but must not be silent.
Verdict wrong_keys_are_told(const Plan& plan, const History& history) {
  const auto& claimed = plan.agent.claims.configuration;
  auto found = tried_configuration(
      plan, history, claimed.empty() ? config::kConfigurationKeys.front() : claimed.front());
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
