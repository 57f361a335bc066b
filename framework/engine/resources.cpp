#include "framework/engine/resources.hpp"

#include <nlohmann/json.hpp>

namespace bhsim::engine {
namespace {

using nlohmann::json;

std::vector<Listed> listed_of(const json& items, const char* id) {
  std::vector<Listed> result;
  for (const auto& item : items) {
    Listed listed{.id = item.value(id, ""), .name = item.value("Name", ""), .labels = {}};
    if (item.contains("Labels") && item["Labels"].is_object())
      listed.labels = item["Labels"].get<Labels>();
    result.push_back(std::move(listed));
  }
  return result;
}

Result<void> remove(const Client& client, const std::string& path, std::string what) {
  auto removed = client.call({.method = "DELETE", .path = path, .what = std::move(what)});
  if (!removed && removed.error().code != ErrorCode::not_found) return fail(removed.error());
  return {};
}

Result<void> change_network(const Client& client, std::string_view network, std::string_view action,
                            const json& body) {
  BHSIM_TRY(client.call({.method = "POST",
                         .path = fmt::format("/networks/{}/{}", network, action),
                         .body = body.dump(),
                         .what = fmt::format("{} network {}", action, network)}));
  return {};
}

std::optional<Event> parse_event(const std::string& line) {
  const auto item = json::parse(line, nullptr, false);
  if (!item.is_object()) return std::nullopt;
  Event event;
  event.type = item.value("Type", "");
  event.action = item.value("Action", "");
  event.time_ns = item.value("timeNano", std::int64_t{0});
  if (item.contains("Actor") && item["Actor"].is_object()) {
    event.id = item["Actor"].value("ID", "");
    if (item["Actor"].contains("Attributes") && item["Actor"]["Attributes"].is_object())
      event.attributes = item["Actor"]["Attributes"].get<Labels>();
  }
  return event;
}

}  // namespace

Result<std::string> create_network(const Client& client, std::string_view name,
                                   const Labels& labels) {
  const json body{
      {"Name", name}, {"CheckDuplicate", true}, {"Driver", "bridge"}, {"Labels", labels}};
  BHSIM_ASSIGN(const auto made, client.call_json({.method = "POST",
                                                  .path = "/networks/create",
                                                  .body = body.dump(),
                                                  .what = fmt::format("create network {}", name)}));
  return made.value("Id", "");
}

Result<void> connect_network(const Client& client, std::string_view network,
                             std::string_view container, std::string_view address) {
  json body{{"Container", container}};
  if (!address.empty()) body["EndpointConfig"]["IPAMConfig"]["IPv4Address"] = address;
  return change_network(client, network, "connect", body);
}

Result<void> disconnect_network(const Client& client, std::string_view network,
                                std::string_view container) {
  return change_network(client, network, "disconnect", {{"Container", container}, {"Force", true}});
}

Result<std::vector<Listed>> list_networks(const Client& client, std::string_view label) {
  const json filters{{"label", {label}}};
  BHSIM_ASSIGN(const auto items, client.call_json({.path = "/networks",
                                                   .query = {{"filters", filters.dump()}},
                                                   .what = "list networks"}));
  return listed_of(items, "Id");
}

Result<void> remove_network(const Client& client, std::string_view id) {
  return remove(client, fmt::format("/networks/{}", id), fmt::format("remove network {}", id));
}

Result<void> create_volume(const Client& client, const VolumeSpec& spec) {
  const json body{{"Name", spec.name},
                  {"Driver", "local"},
                  {"Labels", spec.labels},
                  {"DriverOpts", spec.options}};
  BHSIM_TRY(client.call({.method = "POST",
                         .path = "/volumes/create",
                         .body = body.dump(),
                         .what = fmt::format("create volume {}", spec.name)}));
  return {};
}

Result<std::vector<Listed>> list_volumes(const Client& client, std::string_view label) {
  const json filters{{"label", {label}}};
  BHSIM_ASSIGN(const auto answer, client.call_json({.path = "/volumes",
                                                    .query = {{"filters", filters.dump()}},
                                                    .what = "list volumes"}));
  if (!answer.contains("Volumes") || !answer["Volumes"].is_array()) return std::vector<Listed>{};
  return listed_of(answer["Volumes"], "Name");
}

Result<void> remove_volume(const Client& client, std::string_view name) {
  return remove(client, fmt::format("/volumes/{}", name), fmt::format("remove volume {}", name));
}

Result<json> engine_info(const Client& client) {
  return client.call_json({.path = "/info", .what = "ask the engine's info"});
}

Result<json> engine_disk_use(const Client& client) {
  return client.call_json({.path = "/system/df",
                           .deadline = std::chrono::minutes(2),
                           .what = "ask the engine's disk use"});
}

namespace {

std::string event_time(std::int64_t ns) {
  return fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
}

}  // namespace

Result<void> follow_events(const Client& client, std::string_view label, std::int64_t since_ns,
                           const std::function<void(const Event&)>& take, std::stop_token stop) {
  const json filters{{"label", {label}}};
  Request request{.path = "/events",
                  .query = {{"filters", filters.dump()}},
                  .what = "follow the engine's events"};
  if (since_ns > 0) request.query.emplace_back("since", event_time(since_ns));
  std::string pending;
  const auto on_bytes = [&](std::string_view bytes) {
    pending += bytes;
    std::size_t end = 0;
    while ((end = pending.find('\n')) != std::string::npos) {
      if (const auto event = parse_event(pending.substr(0, end))) take(*event);
      pending.erase(0, end + 1);
    }
    return pending.size() < (1U << 20U);
  };
  const auto ended = client.stream(request, on_bytes, stop);
  if (stop.stop_requested()) return {};
  if (!ended) return fail(ended.error());
  return fail(ErrorCode::engine, "follow the engine's events: the engine ended the stream");
}

Result<std::vector<Event>> past_events(const Client& client, std::string_view label,
                                       std::int64_t since_ns, std::int64_t until_ns) {
  const json filters{{"label", {label}}};
  BHSIM_ASSIGN(const auto answer, client.call({.path = "/events",
                                               .query = {{"filters", filters.dump()},
                                                         {"since", event_time(since_ns)},
                                                         {"until", event_time(until_ns)}},
                                               .what = "ask for the engine's past events"}));
  std::vector<Event> events;
  std::string_view rest = answer.body;
  for (auto end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    if (auto event = parse_event(std::string(rest.substr(0, end))))
      events.push_back(std::move(*event));
    rest.remove_prefix(end + 1);
  }
  return events;
}

}  // namespace bhsim::engine
