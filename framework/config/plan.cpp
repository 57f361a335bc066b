#include "framework/config/plan.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "framework/base/json_fields.hpp"

namespace bhsim::config {
namespace {

using nlohmann::json;

// The form of plan.json (docs/run-store.md). A reader takes an absent field for its default, so
// that plans of older versions can be read; a number above this is refused.
constexpr int kFormat = 1;

}  // namespace

// --- every field once (framework/base/json_fields.hpp)

template <typename F>
void fields(SwappableClass& one, F&& field) {
  field("class", one.class_name);
  field("serves", one.serves);
  field("version_header", one.version_header);
}

template <typename F>
void fields(Dependency& one, F&& field) {
  field("port", one.port);
  field("image_ref", one.image_ref);
  field("command", one.command);
  field("environment", one.environment);
  field("uses", one.uses);
}

template <typename F>
void fields(Contract& one, F&& field) {
  field("name", one.name);
  field("file", one.file);
  field("image_build", one.image_build);
  field("image_ref", one.image_ref);
  field("command", one.command);
  field("environment", one.environment);
  field("port", one.port);
  field("ready_path", one.ready_path);
  field("live_path", one.live_path);
  field("metrics_path", one.metrics_path);
  field("stop_signal", one.stop_signal);
  field("stop_within_ns", one.stop_within);
  field("start_within_ns", one.start_within);
  field("start_typical_ns", one.start_typical);
  field("swap_directory", one.swap_directory);
  field("swap_source", one.swap_source);
  field("swap_classes", one.swap_classes);
  field("swap_groups", one.swap_groups);
  field("ledger_ranges", one.ledger_ranges);
  field("ledger_survives", one.ledger_survives);
  field("ledger_total", one.ledger_total);
  field("audit_file", one.audit_file);
  field("volumes", one.volumes);
  field("dependency", one.dependency);
}

template <typename F>
void fields(AgentClaims& one, F&& field) {
  field("breaker", one.breaker);
  field("rollback", one.rollback);
  field("retry", one.retry);
  field("audit", one.audit);
  field("configuration", one.configuration);
}

template <typename F>
void fields(BreakerPromise& one, F&& field) {
  field("failures", one.failures);
  field("pause_ns", one.pause);
  field("jvm", one.jvm);
}

template <typename F>
void fields(AgentProfile& one, F&& field) {
  field("name", one.name);
  field("file", one.file);
  field("jar", one.jar);
  field("jvm", one.jvm);
  field("delivery", one.delivery);
  field("named_packages", one.named_packages);
  field("accepts", one.accepts);
  field("claims", one.claims);
  field("swap_within_ns", one.swap_within);
  field("thread_prefix", one.thread_prefix);
  field("log", one.log);
  field("breaker", one.breaker);
  field("metrics", one.metrics);
  field("events", one.events);
}

template <typename F>
void fields(ProductionConfig& one, F&& field) {
  field("file", one.file);
  field("text", one.text);
  field("sha256", one.sha256);
  field("validation_timeout_ns", one.validation_timeout);
  field("redefinition_timeout_ns", one.redefinition_timeout);
  field("max_concurrent_hotswaps", one.max_concurrent_hotswaps);
  field("metrics_enabled", one.metrics_enabled);
  field("jfr_enabled", one.jfr_enabled);
  field("health_check_interval_ns", one.health_check_interval);
  field("auto_rollback", one.auto_rollback);
  field("max_retry_attempts", one.max_retry_attempts);
  field("circuit_breaker", one.circuit_breaker);
}

template <typename F>
void fields(LoadCapture& one, F&& field) {
  field("name", one.name);
  field("from", one.from);
  field("source", one.source);
}

template <typename F>
void fields(LoadData& one, F&& field) {
  field("name", one.name);
  field("file", one.file);
  field("sha256", one.sha256);
  field("pick", one.pick);
}

template <typename F>
void fields(LoadOperation& one, F&& field) {
  field("name", one.name);
  field("weight", one.weight);
  field("method", one.method);
  field("path", one.path);
  field("headers", one.headers);
  field("body", one.body);
  field("expect_status", one.expect_status);
  field("expect_json", one.expect_json);
  field("expect_body", one.expect_body);
  field("expect_headers", one.expect_headers);
  field("captures", one.captures);
  field("ledger", one.ledger);
}

template <typename F>
void fields(LoadProfile& one, F&& field) {
  field("name", one.name);
  field("file", one.file);
  field("rate_per_s", one.rate_per_s);
  field("arrivals", one.arrivals);
  field("connections", one.connections);
  field("timeout_ns", one.timeout);
  field("slo_ns", one.slo);
  field("skus", one.skus);
  field("data", one.data);
  field("operations", one.operations);
}

template <typename F>
void fields(PlannedPhase& one, F&& field) {
  field("name", one.name);
  field("start_ns", one.start);
  field("length_ns", one.length);
  field("swaps", one.swaps);
  field("faults", one.faults);
}

template <typename F>
void fields(PlannedSwap& one, F&& field) {
  field("generation", one.generation);
  field("at_ns", one.at);
  field("class", one.class_name);
  field("variant", one.variant);
  field("group", one.group_id);
  field("train", one.train);
  field("phase", one.phase);
  field("role", one.role);
  field("valid", one.valid);
  field("watch_ns", one.watch);
}

template <typename F>
void fields(PlannedFault& one, F&& field) {
  field("id", one.id);
  field("at_ns", one.at);
  field("kind", one.kind);
  field("holds_ns", one.holds);
  field("outage_ns", one.outage);
  field("phase", one.phase);
  field("parameters", one.parameters);
}

template <typename F>
void fields(PlannedStep& one, F&& field) {
  field("at_ns", one.at);
  field("length_ns", one.length);
  field("factor", one.factor);
  field("phase", one.phase);
}

template <typename F>
void fields(PlannedItem& one, F&& field) {
  field("name", one.name);
  field("kind", one.kind);
  field("length_ns", one.length);
}

template <typename F>
void fields(PlannedPair& one, F&& field) {
  field("id", one.id);
  field("at_ns", one.at);
  field("floor", one.floor);
  field("plain_first", one.plain_first);
  field("warm_up_ns", one.warm_up);
  field("measured_ns", one.measured);
  field("length_ns", one.length);
  field("swaps", one.swaps);
}

template <typename F>
void fields(Limit& one, F&& field) {
  field("relation", one.relation);
  field("value", one.value);
  field("unit", one.unit);
}

template <typename F>
void fields(Waiver& one, F&& field) {
  field("check", one.check);
  field("reason", one.reason);
  field("owner", one.owner);
  field("expires", one.expires);
}

template <typename F>
void fields(Plan& one, F&& field) {
  field("simulation", one.simulation);
  field("title", one.title);
  field("seed", one.seed);
  field("duration_ns", one.duration);
  field("app", one.app);
  field("jvm", one.jvm);
  field("agent", one.agent);
  field("production", one.production);
  field("load", one.load);
  field("phases", one.phases);
  field("swaps", one.swaps);
  field("faults", one.faults);
  field("steps", one.steps);
  field("conformance_swaps", one.conformance_swaps);
  field("items", one.items);
  field("pairs", one.pairs);
  field("collections_ns", one.collections);
  field("conformance", one.conformance);
  field("audits", one.audits);
  field("required", one.required);
  field("demoted", one.demoted);
  field("limits", one.limits);
  field("waivers", one.waivers);
  field("only", one.only);
  field("settings", one.settings);
  field("notes", one.notes);
  field("thresholds", one.thresholds);
}

constexpr std::array<std::pair<Delivery, const char*>, 3> words_of(Delivery) {
  return {{{Delivery::rename_touch, "rename+touch"},
           {Delivery::overwrite, "overwrite"},
           {Delivery::in_place, "in-place"}}};
}

namespace {

bool speaks_of_a_secret(std::string name) {
  std::transform(name.begin(), name.end(), name.begin(), [](char c) {
    return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  });
  for (const std::string_view word : {"PASSWORD", "PASSWD", "SECRET", "TOKEN", "CREDENTIAL",
                                      "APIKEY", "API_KEY", "PRIVATE_KEY", "ACCESS_KEY"})
    if (name.find(word) != std::string::npos) return true;
  return false;
}

}  // namespace

const PlannedPhase* Plan::phase(std::string_view name) const {
  const auto found = std::find_if(phases.begin(), phases.end(),
                                  [name](const PlannedPhase& phase) { return phase.name == name; });
  return found == phases.end() ? nullptr : &*found;
}

std::optional<Limit> Plan::limit(std::string_view check) const {
  const auto found = limits.find(std::string(check));
  if (found == limits.end()) return std::nullopt;
  return found->second;
}

nlohmann::json to_json(const Plan& plan) {
  // A plan of four hours has thousands of swaps.
  json out = json_fields::write<json_fields::Defaults::left_out>(plan);
  out["format"] = kFormat;
  return out;
}

Result<Plan> plan_from_json(const nlohmann::json& json) {
  try {
    const auto& object = json.get_ref<const nlohmann::json::object_t&>();
    const auto format = object.find("format");
    if (format == object.end() || !format->second.is_number_integer())
      return fail(ErrorCode::protocol,
                  "read plan: it lacks its 'format'; this is no plan of bhsim");
    if (format->second.get<std::int64_t>() > kFormat)
      return fail(ErrorCode::unsupported,
                  "read plan: its format is {}, and this bhsim knows up to {}; use a newer one",
                  format->second.get<std::int64_t>(), kFormat);
    Plan plan;
    json_fields::read(json, plan);
    return plan;
  } catch (const nlohmann::json::exception& error) {
    return fail(ErrorCode::protocol, "read plan: {}", error.what());
  }
}

Plan redacted(Plan plan) {
  for (auto* environment : {&plan.app.environment, &plan.app.dependency.environment})
    for (auto& entry : *environment) {
      const auto equals = entry.find('=');
      if (equals != std::string::npos && speaks_of_a_secret(entry.substr(0, equals)))
        entry.replace(equals + 1, std::string::npos, "[redacted]");
    }
  return plan;
}

}  // namespace bhsim::config
