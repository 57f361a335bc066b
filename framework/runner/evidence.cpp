#include "framework/runner/evidence.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <regex>

#include "framework/engine/export.hpp"
#include "framework/engine/images.hpp"
#include "framework/engine/resources.hpp"
#include "framework/history/facts.hpp"
#include "framework/probes/exposition.hpp"
#include "framework/probes/http.hpp"

namespace bhsim::runner {
namespace {

using nlohmann::json;

using namespace std::chrono_literals;

// Of an application's own counts: how long they may trail behind what clients have seen.
constexpr Nanos kMostTrailing = 5s;
constexpr Nanos kBetweenLooks = 200ms;
constexpr Nanos kMetricsPatience = 2s;

constexpr std::array<std::string_view, 8> kSecretWords{
    "password", "passwd", "secret", "token", "api_key", "apikey", "private_key", "credential"};

bool sounds_secret(std::string_view name) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return std::tolower(c); });
  return std::any_of(kSecretWords.begin(), kSecretWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

void redact(json& node) {
  if (node.is_object()) {
    for (auto& [key, value] : node.items()) {
      if (value.is_string() && sounds_secret(key))
        value = "[redacted]";
      else
        redact(value);
    }
    return;
  }
  if (node.is_array()) {
    for (auto& item : node) redact(item);
    return;
  }
  if (!node.is_string()) return;
  const auto& text = node.get_ref<const std::string&>();
  const auto equals = text.find('=');
  if (equals != std::string::npos && equals + 1 < text.size() &&
      sounds_secret(text.substr(0, equals)))
    node = text.substr(0, equals + 1) + "[redacted]";
}

// What the first group of `pattern` holds in the first line that matches; empty when none does. Of
// each line the beginning only: std::regex recurses for each character.
std::string first_group(std::string_view text, const std::regex& pattern) {
  constexpr std::size_t kMostOfLine = 2'000;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), line.size() + 1));
    const auto looked_at = line.substr(0, kMostOfLine);
    std::match_results<std::string_view::const_iterator> match;
    if (std::regex_search(looked_at.begin(), looked_at.end(), match, pattern) && match.size() > 1)
      return match[1].str();
  }
  return {};
}

std::string redacted_dump(json document) {
  redact(document);
  return document.dump();
}

}  // namespace

std::string redacted(std::string_view text) {
  auto document = json::parse(text, nullptr, false);
  return document.is_discarded() ? std::string("null") : redacted_dump(std::move(document));
}

std::string redacted_text(std::string_view text) {
  constexpr std::string_view kEnds = " \t\r\n\"',;";
  constexpr std::string_view kName =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.";
  std::string result;
  result.reserve(text.size());
  while (true) {
    const auto equals = text.find('=');
    result += text.substr(0, equals);
    if (equals == std::string_view::npos) return result;
    const auto before = text.find_last_not_of(kName, equals == 0 ? 0 : equals - 1);
    const auto from = before == std::string_view::npos || before >= equals ? 0 : before + 1;
    const bool secret = equals > 0 && sounds_secret(text.substr(from, equals - from));
    text.remove_prefix(equals + 1);
    result += '=';
    if (!secret) continue;
    const auto length = std::min(text.find_first_of(kEnds), text.size());
    if (length > 0) result += "[redacted]";
    text.remove_prefix(length);
  }
}

Result<void> keep_engine_facts(const engine::Client& engine, history::Store& store) {
  BHSIM_ASSIGN(auto info, engine::engine_info(engine));
  store.set_fact(history::fact::kEngineVersion, redacted(engine.version_json()));
  store.set_fact(history::fact::kEngineInfo, redacted_dump(std::move(info)));
  const auto& endpoint = engine.endpoint();
  BHSIM_ASSIGN(const auto clock, engine::engine_clock_offset(engine));
  store.set_fact(history::fact::kEndpoint,
                 json{{"url", endpoint.url},
                      {"source", endpoint.source},
                      {"api", engine::to_string(engine.api())},
                      {"tls_verified", endpoint.kind == engine::Endpoint::Kind::tls},
                      {"clock_offset_ns", clock.offset.count()},
                      {"clock_uncertainty_ns", clock.uncertainty.count()}}
                     .dump());
  return {};
}

Result<void> keep_container_facts(const Setting& setting, const Application& application,
                                  history::Store& store) {
  const auto& engine = *setting.engine;
  BHSIM_ASSIGN(auto container, engine::inspect_container_json(engine, application.container()));
  BHSIM_ASSIGN(auto image, engine::inspect_image(engine, setting.image.id));
  BHSIM_ASSIGN(auto layers, engine::image_history(engine, setting.image.id));
  BHSIM_ASSIGN(const auto setuid, engine::setuid_files(engine, application.container()));
  store.set_fact(history::fact::kContainerInspect, redacted_dump(std::move(container)));
  store.set_fact(history::fact::kImageInspect, redacted_dump(std::move(image)));
  store.set_fact(history::fact::kImageHistory, redacted_dump(std::move(layers)));
  store.set_fact_json(history::fact::kImageSetuid, setuid);
  return {};
}

Result<void> keep_configuration_fact(const Setting& setting, Application& application,
                                     history::Store& store) {
  const auto& plan = *setting.plan;
  json fact{{"given_sha256", sha256_hex(plan.production.text)},
            {"mounted_sha256", ""},
            {"reported_sha256", ""}};
  if (auto* sidecar = application.sidecar().get(); sidecar != nullptr) {
    BHSIM_ASSIGN(fact["mounted_sha256"],
                 sidecar->digest(fmt::format("{}/production-config.yml", kGivenFolder)));
  }
  if (const auto pattern = plan.agent.log.find("configuration"); pattern != plan.agent.log.end()) {
    constexpr std::size_t kStartOfLog = 256U << 10U;
    std::string log;
    BHSIM_TRY(engine::read_logs(*setting.engine, application.container(), {},
                                [&log](engine::OutputStream, std::string_view bytes) {
                                  log += bytes;
                                  return log.size() < kStartOfLog;
                                },
                                {}));
    fact["reported_sha256"] = first_group(log, std::regex(pattern->second));
  }
  store.set_fact_json(history::fact::kConfigInForce, fact);
  return {};
}

Result<void> keep_drift_fact(const Setting& setting, Application& application,
                             const hotswap::Deliverer& deliverer, const Versions& versions,
                             const std::map<std::int64_t, std::string>& digests,
                             history::Store& store) {
  json drift = json::array();
  const auto sidecar = application.sidecar();
  if (sidecar == nullptr)
    return fail(ErrorCode::conflict, "compare disk and JVM: there is no side-car");
  for (const auto& [class_name, on_disk] : deliverer.on_disk()) {
    if (on_disk.generation == 0) continue;  // never swapped: it comes from the image
    std::string file = class_name;
    std::replace(file.begin(), file.end(), '.', '/');
    BHSIM_ASSIGN(const auto disk, sidecar->digest(fmt::format(
                                      "{}/{}.class", setting.plan->app.swap_directory, file)));
    const auto serving = versions.serving(class_name);
    const auto known = serving ? digests.find(*serving) : digests.end();
    drift.push_back({{"class", class_name},
                     {"disk_sha256", disk},
                     {"served_generation", serving ? json(*serving) : json()},
                     {"served_sha256", known == digests.end() ? "" : known->second}});
  }
  store.set_fact_json(history::fact::kDrift, drift);
  return {};
}

void keep_ledger_total(const Setting& setting, const Application& application,
                       std::int64_t acknowledged, std::int64_t open, history::Store& store) {
  const auto& app = setting.plan->app;
  const auto& clock = *setting.clock;
  std::optional<double> value;
  std::string trouble;
  const Time patience = clock.now() + kMostTrailing;
  while (true) {
    const auto answer =
        probes::http_get(application.port(), app.metrics_path, kMetricsPatience, clock);
    const auto metrics = answer ? probes::parse_exposition(answer->body)
                                : Result<std::vector<probes::Metric>>(fail(answer.error()));
    if (metrics) {
      value = probes::sum_of(*metrics, app.ledger_total);
      if (!value) trouble = fmt::format("{} has no sample of that name", app.metrics_path);
    } else {
      trouble = metrics.error().message;
    }
    const bool agrees = value && *value >= static_cast<double>(acknowledged) &&
                        *value <= static_cast<double>(acknowledged + open);
    if (agrees || clock.now() >= patience) break;
    clock.sleep_until(clock.now() + kBetweenLooks);
  }
  store.set_fact_json(history::fact::kLedgerTotal, {{"metric", app.ledger_total},
                                                    {"value", value ? json(*value) : json()},
                                                    {"acknowledged", acknowledged},
                                                    {"open", open},
                                                    {"trouble", value ? "" : trouble}});
}

void keep_version_fact(const Setting& setting, const std::string& jvm, history::Store& store) {
  const auto& plan = *setting.plan;
  json agent{{"name", plan.agent.name}};
  if (!setting.agent_jar.empty())
    if (const auto digest = sha256_file(setting.agent_jar)) agent["sha256"] = *digest;
  store.set_fact_json(
      history::fact::kVersions,
      {{"bhsim", BHSIM_VERSION},
       {"agent", agent},
       {"jvm", jvm},
       {"images", {{"application", setting.image.id}, {"helper", setting.helper.id}}},
       {"seed", plan.seed},
       {"application_cpuset", setting.cores.application},
       {"load_path", "published port on 127.0.0.1"}});
}

}  // namespace bhsim::runner
