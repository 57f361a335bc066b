// configs/agents/*.yml → AgentProfile, and production-config.yml → ProductionConfig.

#include <algorithm>
#include <regex>

#include "framework/config/agent_jar.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {
namespace {

constexpr Nanos kLongestLimit = std::chrono::minutes(10);

Nanos limit_of(YamlReader& reader, std::string_view key, Nanos fallback, Nanos most) {
  const Nanos value = reader.duration(key, fallback);
  if (value <= Nanos{} || value > most)
    reader.complain(reader.place(key), fmt::format("{}: expected more than 0s and at most {}", key,
                                                   most == kLongestLimit ? "10m" : "1h"));
  return value;
}

// Of a repetition or of a group: std::regex reads it beyond what it has room for.
bool has_huge_number(std::string_view pattern) {
  constexpr std::size_t kMostDigits = 4;
  for (std::size_t at = 0; (at = pattern.find_first_of("0123456789", at)) != pattern.npos;) {
    const auto end = std::min(pattern.find_first_not_of("0123456789", at), pattern.size());
    const bool counts = at > 0 && std::string_view("{,\\").find(pattern[at - 1]) != pattern.npos;
    if (counts && end - at > kMostDigits) return true;
    at = end;
  }
  return false;
}

// The pattern with {class} replaced by a name must be a regular expression; std::regex says
// otherwise by throwing.
bool is_pattern(std::string pattern) {
  if (has_huge_number(pattern)) return false;
  for (std::size_t at = 0; (at = pattern.find("{class}", at)) != std::string::npos;)
    pattern.replace(at, 7, "C");
  try {
    const std::regex compiled(pattern, std::regex::ECMAScript);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

void read_log(YamlReader& root, AgentProfile& agent) {
  auto log = root.mapping("log");
  if (log.empty()) return;
  static const std::vector<std::string> known{"swapped",     "refused",       "retry",
                                              "rolled_back", "configuration", "breaker"};
  for (const auto& key : known) {
    const std::string pattern = log.text(key, "");
    if (pattern.empty()) continue;
    if (!is_pattern(pattern))
      log.complain(log.place(key),
                   fmt::format("{}: '{}' is not a regular expression (ECMAScript)", key, pattern));
    agent.log[key] = pattern;
  }
  log.done();
}

void read_claims(YamlReader claims, AgentProfile& agent) {
  agent.claims.breaker = claims.boolean("breaker", false);
  agent.claims.rollback = claims.boolean("rollback", false);
  agent.claims.retry = claims.boolean("retry", false);
  agent.claims.audit = claims.boolean("audit", false);
  agent.claims.configuration = claims.words("configuration", kConfigurationKeys);
  claims.done();
}

void read_breaker(YamlReader breaker, AgentProfile& agent) {
  agent.breaker.failures =
      static_cast<int>(breaker.integer("failures", 1, 100, agent.breaker.failures));
  agent.breaker.pause = limit_of(breaker, "pause", agent.breaker.pause, kLongestLimit);
  agent.breaker.jvm = breaker.texts("jvm");
  breaker.done();
}

void read_metrics(YamlReader metrics, AgentProfile& agent) {
  for (const auto& what : kAgentMetrics) {
    const std::string selector = metrics.text(what, "");
    if (selector.empty()) continue;
    if (!is_metric_selector(selector))
      metrics.complain(metrics.place(what),
                       fmt::format("{}: '{}' is no metric such as swaps_total or "
                                   "breaker{{state=\"open\"}}",
                                   what, selector));
    agent.metrics[what] = selector;
  }
  metrics.done();
}

void read_events(YamlReader& root, AgentProfile& agent) {
  for (const YamlNode* item : root.scalars("events", "names of events")) {
    if (!is_class_name(item->text))
      root.complain(item->place,
                    fmt::format("events: '{}' is no event of a flight recording such as "
                                "com.example.Swap",
                                item->text));
    agent.events.push_back(item->text);
  }
}

Delivery delivery_of(const std::string& word) {
  if (word == "overwrite") return Delivery::overwrite;
  if (word == "in-place") return Delivery::in_place;
  return Delivery::rename_touch;
}

AgentProfile read_agent(YamlReader root) {
  AgentProfile agent;
  agent.name = root.text("agent");
  if (!agent.name.empty() && !is_plain_name(agent.name))
    root.complain(root.place("agent"),
                  fmt::format("agent: '{}' is not a plain name of letters, digits, "
                              "'.', '_' and '-'",
                              agent.name));
  agent.jar = root.text("jar", "");
  root.text("fetch", "");  // for fetch_command
  agent.jvm = root.texts("jvm");
  for (const YamlNode* item : root.scalars("jvm", "texts"))
    for (const auto& name : placeholders(item->text))
      if (std::find(kAgentPlaceholders.begin(), kAgentPlaceholders.end(), name) ==
          kAgentPlaceholders.end())
        root.complain(item->place,
                      fmt::format("jvm: unknown placeholder '{{{}}}'; known are {{{}}}", name,
                                  fmt::join(kAgentPlaceholders, "}, {")));
  if (agent.present() && agent.jvm.empty())
    root.complain(root.has("jvm") ? root.place("jvm") : root.place(),
                  "an agent profile lacks 'jvm': flags such as [\"-javaagent:{jar}\"]");
  agent.delivery = delivery_of(root.word("delivery", kDeliveries, "rename+touch"));
  agent.named_packages = root.boolean("named_packages", true);
  agent.accepts = root.words("accepts", kAccepts);
  read_claims(root.mapping("claims"), agent);
  agent.swap_within = limit_of(root, "swap_within", agent.swap_within, kLongestLimit);
  agent.thread_prefix = root.text("thread_prefix", "");
  read_log(root, agent);
  read_breaker(root.mapping("breaker"), agent);
  read_metrics(root.mapping("metrics"), agent);
  read_events(root, agent);
  root.done();
  return agent;
}

ProductionConfig read_production_config(YamlReader root) {
  ProductionConfig config;
  if (!root.empty() && !root.has("bytehot"))
    root.complain(root.place(), "a production configuration lacks 'bytehot': a mapping");
  auto bytehot = root.mapping("bytehot");
  auto performance = bytehot.mapping("performance");
  config.validation_timeout =
      limit_of(performance, "validation-timeout", config.validation_timeout, kLongestLimit);
  config.redefinition_timeout =
      limit_of(performance, "redefinition-timeout", config.redefinition_timeout, kLongestLimit);
  config.max_concurrent_hotswaps =
      static_cast<int>(performance.integer("max-concurrent-hotswaps", 1, 64, 1));
  performance.done();
  auto monitoring = bytehot.mapping("monitoring");
  config.metrics_enabled = monitoring.boolean("metrics-enabled", true);
  config.jfr_enabled = monitoring.boolean("jfr-enabled", true);
  config.health_check_interval = limit_of(monitoring, "health-check-interval",
                                          config.health_check_interval, std::chrono::hours(1));
  monitoring.done();
  auto reliability = bytehot.mapping("reliability");
  config.auto_rollback = reliability.boolean("auto-rollback", true);
  config.max_retry_attempts =
      static_cast<int>(reliability.integer("max-retry-attempts", 0, 100, 3));
  config.circuit_breaker = reliability.boolean("circuit-breaker", true);
  reliability.done();
  bytehot.done();
  root.done();
  return config;
}

}  // namespace

Result<AgentProfile> parse_agent_profile(std::string_view text, const std::string& name) {
  BHSIM_ASSIGN(YamlFile file, YamlFile::from_text(text, name));
  AgentProfile agent = read_agent(file.root("an agent profile"));
  agent.file = name;
  BHSIM_TRY(file.finish());
  return agent;
}

std::string fetch_command(const Path& profile) {
  const auto text = read_yaml_text(profile);
  if (!text) return "";
  auto file = YamlFile::from_text(*text, profile.string());
  return file ? file->root("an agent profile").text("fetch", "") : "";
}

Result<AgentProfile> load_agent_profile(const Path& file) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  return parse_agent_profile(text, file.string());
}

Result<ProductionConfig> parse_production_config(std::string_view text, const std::string& name) {
  BHSIM_ASSIGN(YamlFile file, YamlFile::from_text(text, name));
  ProductionConfig config = read_production_config(file.root("a production configuration"));
  config.file = name;
  config.text = text;
  config.sha256 = sha256_hex(text);
  BHSIM_TRY(file.finish());
  return config;
}

Result<ProductionConfig> load_production_config(const Path& file) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  return parse_production_config(text, file.string());
}

}  // namespace bhsim::config
