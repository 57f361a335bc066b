#pragma once
// The words that our YAML files may use, and the shapes of names, in one place: loaders, validation
// and schemas agree on them.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "framework/base/clock.hpp"

namespace bhsim::config {

// The nine keys of production-config.yml, as an agent profile claims them.
inline const std::vector<std::string> kConfigurationKeys{"performance.validation-timeout",
                                                         "performance.redefinition-timeout",
                                                         "performance.max-concurrent-hotswaps",
                                                         "monitoring.metrics-enabled",
                                                         "monitoring.jfr-enabled",
                                                         "monitoring.health-check-interval",
                                                         "reliability.auto-rollback",
                                                         "reliability.max-retry-attempts",
                                                         "reliability.circuit-breaker"};

// The one whose jar comes with bhsim; every other profile with {jar} must be given its own.
inline constexpr std::string_view kBundledAgent = "reference";
// In its flags. What the contract has nothing for takes the whole flag with it
// (runner/application).
inline const std::vector<std::string> kAgentPlaceholders{"jar", "config", "classes", "health",
                                                         "audit"};
inline const std::vector<std::string> kDeliveries{"rename+touch", "overwrite", "in-place"};
// What an agent may show of itself among the application's metrics (AgentProfile::metrics).
inline const std::vector<std::string> kAgentMetrics{"breaker_open", "rolled_back"};
// Changes of a class that an agent and its JVM take; whatever else is delivered has to be refused.
inline const std::vector<std::string> kAccepts{"method-body", "schema"};
inline const std::vector<std::string> kArrivals{"constant", "poisson"};
inline const std::vector<std::string> kPicks{"random", "sequential"};
inline const std::vector<std::string> kLedgerRoles{"write", "read"};
inline const std::vector<std::string> kLedgerSurvives{"kill", "restart"};
inline const std::vector<std::string> kJsonTypes{"number", "string", "boolean", "object", "array"};
inline const std::vector<std::string> kSignals{"SIGTERM", "SIGINT",  "SIGQUIT",
                                               "SIGHUP",  "SIGUSR1", "SIGUSR2"};
inline const std::vector<std::string> kPlaceholders{"sku", "writer", "sequence", "quantity",
                                                    "acknowledged"};
// Placeholders that stand for a number: bare in JSON.
inline const std::vector<std::string> kNumberPlaceholders{"sequence", "quantity"};
inline const std::vector<std::string> kConformance{"bad-swaps", "breaker", "rollback",
                                                   "configuration"};
inline const std::vector<std::string> kAudits{"container", "drain"};
// Class-file variants that framework/hotswap makes (a test holds the two lists equal): those that a
// JVM must refuse, of which some change what only an agent with `accepts: [schema]` may take; and
// those that are valid, but come in an unusual way.
inline const std::vector<std::string> kMalformedVariants{
    "truncated", "zero-length",  "bad-magic",  "bad-tag",
    "circular",  "verify-error", "version-99", "wrong-name"};
inline const std::vector<std::string> kSchemaVariants{
    "schema-change",   "field-renamed",    "method-added",
    "method-deleted",  "superclass",       "interface-added",
    "class-modifiers", "method-modifiers", "nest"};
inline const std::vector<std::string> kUnusualVariants{"half-written", "huge"};
// Loads, and then every call of the class throws: for the conformance item that asks for a
// rollback.
inline constexpr std::string_view kBreakingVariant = "throws";
// What `conformance: [bad-swaps]` delivers where a simulation names no `variants`.
inline const std::vector<std::string> kQuickVariants{"truncated", "bad-magic", "schema-change"};
// All three lists, in their order.
std::vector<std::string> unusual_and_bad_variants();

// The failure scenarios of section 9.2.5, by the document's names.
inline const std::vector<std::string> kScenarios{"corrupt-bytecode", "invalid-changes",
                                                 "permission-errors", "resource-exhaustion",
                                                 "network-issues"};

// Beyond it the plan itself would become too large to keep and to read: 3 days.
inline constexpr Nanos kDurationMax = std::chrono::hours(72);

// What the generator can be asked for.
inline constexpr double kMostRequestsPerSecond = 200'000;
inline constexpr std::int64_t kMostConnections = 10'000;

// A duration as the files write it, exact to the second above one: "1h30m", "2m10s", "30s",
// "500ms".
std::string spoken(Nanos duration);

// "PricingService", "com.example.orders.OrderPolicy"
bool is_class_name(std::string_view text);
// A name that may become part of a file name, a label, a header: letters, digits, '.', '_', '-'.
bool is_plain_name(std::string_view text);
// "orders_total", "requests_total{operation=\"order\",status=\"201\"}": a metric of Prometheus'
// text format, with the labels that its samples must have.
bool is_metric_selector(std::string_view text);
// "/health": absolute, no blanks, no "..".
bool is_absolute_path(std::string_view text);
// "PERF-04", "REL-*", "LOAD-04.pause"
bool is_check_id(std::string_view text);
bool is_check_pattern(std::string_view text);

// "1..9" → {1, 9}; also when it is turned round.
std::optional<std::pair<std::int64_t, std::int64_t>> number_range(std::string_view text);

// A data set's name, or a captured value's: a letter, then letters, digits, '_' and '-'.
bool is_placeholder_word(std::string_view text);
// A column's name that a placeholder can say: letters, digits, '_' and '-'.
bool is_placeholder_column(std::string_view text);

// The names between braces of a template, in order: "/q/{sku}" → {"sku"}. Braces that hold
// anything but letters, a range of whole numbers or a word and a column, as JSON does, are text.
// "{1..9}" → {"1..9"}, "{users.name}" → {"users.name"}.
std::vector<std::string> placeholders(std::string_view text);

}  // namespace bhsim::config
