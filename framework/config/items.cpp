#include "framework/config/items.hpp"

#include <algorithm>

#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Long enough that an agent which asks again before it believes has time to within two of them.
constexpr Nanos kInterval = seconds(2);

std::string ms(Nanos duration) {
  return fmt::format("{}ms", std::chrono::duration_cast<milliseconds>(duration).count());
}

std::string on(bool value) { return value ? "true" : "false"; }

}  // namespace

bool asks_for_breaker(const Plan& plan) {
  if (!plan.agent.present()) return false;
  return plan.production.text.empty() ? plan.agent.claims.breaker : plan.production.circuit_breaker;
}

bool asks_for_rollback(const Plan& plan) {
  if (!plan.agent.present()) return false;
  return plan.production.text.empty() ? plan.agent.claims.rollback : plan.production.auto_rollback;
}

bool asks_for(const Plan& plan, std::string_view item) {
  if (item == kBreakerItem) return asks_for_breaker(plan);
  if (item == kRollbackItem) return asks_for_rollback(plan);
  if (item == kConfigurationItem)
    return plan.agent.present() &&
           !(plan.production.text.empty() && plan.agent.claims.configuration.empty());
  return true;
}

std::string_view refused_variant(const AgentProfile& agent) {
  const bool takes_schema =
      std::find(agent.accepts.begin(), agent.accepts.end(), "schema") != agent.accepts.end();
  return takes_schema ? "bad-magic" : "schema-change";
}

ProductionConfig configuration_for(const Plan& plan, std::string_view item) {
  ProductionConfig production = plan.production;
  if (item == kBreakerItem) {
    production.circuit_breaker = true;
    production.auto_rollback = false;  // the refused changes are the only failures
    production.max_retry_attempts = 1;
  }
  if (item == kRollbackItem) {
    production.auto_rollback = true;
    production.circuit_breaker = false;
    production.health_check_interval = kInterval;
  }
  production.text = to_yaml(production);
  return production;
}

Plan with_breaker_flags(Plan plan) {
  const auto& flags = plan.agent.breaker.jvm;
  plan.agent.jvm.insert(plan.agent.jvm.end(), flags.begin(), flags.end());
  return plan;
}

std::string to_yaml(const ProductionConfig& production) {
  return fmt::format(
      "bytehot:\n"
      "  performance:\n"
      "    validation-timeout: {}\n"
      "    redefinition-timeout: {}\n"
      "    max-concurrent-hotswaps: {}\n"
      "  monitoring:\n"
      "    metrics-enabled: {}\n"
      "    jfr-enabled: {}\n"
      "    health-check-interval: {}\n"
      "  reliability:\n"
      "    auto-rollback: {}\n"
      "    max-retry-attempts: {}\n"
      "    circuit-breaker: {}\n",
      ms(production.validation_timeout), ms(production.redefinition_timeout),
      production.max_concurrent_hotswaps, on(production.metrics_enabled),
      on(production.jfr_enabled), ms(production.health_check_interval),
      on(production.auto_rollback), production.max_retry_attempts, on(production.circuit_breaker));
}

// What is told is watched for a moment more; all else for as long as it was planned.
Nanos length_of_bad_swaps(const Plan& plan) {
  constexpr Nanos kRefused = milliseconds(3500), kServed = seconds(2);
  Nanos changes{};
  if (plan.agent.log.contains("refused"))
    for (const auto& swap : plan.conformance_swaps) changes += swap.valid ? kServed : kRefused;
  else if (!plan.conformance_swaps.empty())
    changes = plan.conformance_swaps.back().at;
  return plan.app.start_typical + changes + plan.agent.swap_within + seconds(2);
}

// Three rounds of failures and half a dozen changes, each told within a moment, and two pauses.
Nanos length_of_breaker(const Plan& plan) {
  constexpr Nanos kChange = milliseconds(400);
  return plan.app.start_typical + kChange * (3 * plan.agent.breaker.failures + 8) +
         plan.agent.breaker.pause * 2 + seconds(7);
}

Nanos length_of_rollback(const Plan& plan) {
  return plan.app.start_typical + kInterval * 8 + seconds(6);
}

// Ten starts, each with what is made and taken away for it, and three that take changes: with all
// keys off, before obstacles, and held up.
Nanos length_of_configuration(const Plan& plan) {
  constexpr Nanos kMadeAndRemoved = seconds(2), kChange = milliseconds(400);
  constexpr Nanos kObstructed = seconds(18), kStalled = seconds(14), kRecordings = seconds(6);
  return (plan.app.start_typical + kMadeAndRemoved) * 13 + kChange * plan.agent.breaker.failures +
         kInterval * 7 + kObstructed + kStalled + kRecordings;
}

std::string tried_with(const Plan& plan, std::string_view item) {
  if (item == kConfigurationItem)
    return "tried with ten files that hold one mistake each, with all keys off, with "
           "validation-timeout 2s and max-retry-attempts 3, and with redefinition-timeout 2s, "
           "health-check-interval 1s and a second agent that holds redefinitions up";
  if (item == kRollbackItem)
    return fmt::format("tried with health-check-interval {}", spoken(kInterval));
  if (item == kBreakerItem)
    return fmt::format(
        "tried with max-retry-attempts 1, as one that opens after {} failures for {}{}",
        plan.agent.breaker.failures, spoken(plan.agent.breaker.pause),
        plan.agent.breaker.jvm.empty()
            ? ""
            : fmt::format(" ({})", fmt::join(plan.agent.breaker.jvm, " ")));
  return "";
}

}  // namespace bhsim::config
