#include "framework/engine/resources.hpp"

#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"
#include "framework/engine/engine_time.hpp"

namespace bhsim::engine {
namespace {

using nlohmann::json;

Result<std::vector<Listed>> list(const Client& client, const std::string& path,
                                 std::string_view label, std::string_view id,
                                 const std::function<Field(const Field&)>& items_of) {
  Request request{.path = path, .what = "list " + path.substr(1)};
  BHSIM_ASSIGN(const auto filters, label_filter(request.what, label));
  request.query = {{"filters", filters}};
  BHSIM_ASSIGN(const auto answer, client.call_json(request));
  Fields fields(request.what, answer);
  std::vector<Listed> result;
  for (const auto& item : items_of(fields.root().required()).items())
    result.push_back({.id = item[id].required().text(),
                      .name = item["Name"].text(),
                      .labels = item["Labels"].texts_by_name()});
  BHSIM_TRY(fields.verdict());
  return result;
}

Result<void> remove(const Client& client, const std::string& path, std::string what) {
  auto removed = client.call({.method = "DELETE", .path = path, .what = std::move(what)});
  if (!removed && removed.error().code != ErrorCode::not_found) return fail(removed.error());
  return {};
}

Result<void> change_network(const Client& client, std::string_view network, std::string_view action,
                            const json& change) {
  Request request{.method = "POST",
                  .path = fmt::format("/networks/{}/{}", network, action),
                  .what = fmt::format("{} network {}", action, network)};
  BHSIM_ASSIGN(request.body, encode(request.what, change));
  BHSIM_TRY(client.call(request));
  return {};
}

std::string event_time(std::int64_t ns) {
  return fmt::format("{}.{:09}", ns / 1'000'000'000, ns % 1'000'000'000);
}

// The same in all versions: status, id and from, gone in 1.52, say nothing more.
Result<Event> event_of(std::string_view what, const json& line) {
  Fields fields(what, line);
  const Field root = fields.root();
  Event event;
  event.type = root["Type"].required().text();
  event.action = root["Action"].required().text();
  event.id = root["Actor"]["ID"].text();
  event.attributes = root["Actor"]["Attributes"].texts_by_name();
  event.time_ns = root["timeNano"].number(root["time"].number() * 1'000'000'000);
  BHSIM_TRY(fields.verdict());
  return event;
}

}  // namespace

Result<std::string> create_network(const Client& client, std::string_view name,
                                   const Labels& labels) {
  Request request{
      .method = "POST", .path = "/networks/create", .what = fmt::format("create network {}", name)};
  BHSIM_ASSIGN(request.body, encode(request.what, json{{"Name", name},
                                                       {"CheckDuplicate", true},
                                                       {"Driver", "bridge"},
                                                       {"Labels", labels}}));
  BHSIM_ASSIGN(const auto made, client.call_json(request));
  Fields fields(request.what, made);
  auto id = fields.root()["Id"].required().text();
  BHSIM_TRY(fields.verdict());
  return id;
}

Result<void> connect_network(const Client& client, std::string_view network,
                             std::string_view container, std::string_view address) {
  json body{{"Container", container}};
  if (!address.empty()) body["EndpointConfig"]["IPAMConfig"]["IPv4Address"] = address;
  return change_network(client, network, "connect", body);
}

Result<void> disconnect_network(const Client& client, std::string_view network,
                                std::string_view container) {
  return change_network(client, network, "disconnect",
                        json{{"Container", container}, {"Force", true}});
}

Result<std::vector<Listed>> list_networks(const Client& client, std::string_view label) {
  return list(client, "/networks", label, "Id", [](const Field& root) { return root; });
}

Result<void> remove_network(const Client& client, std::string_view id) {
  return remove(client, fmt::format("/networks/{}", id), fmt::format("remove network {}", id));
}

Result<void> create_volume(const Client& client, const VolumeSpec& spec) {
  Request request{.method = "POST",
                  .path = "/volumes/create",
                  .what = fmt::format("create volume {}", spec.name)};
  BHSIM_ASSIGN(request.body, encode(request.what, json{{"Name", spec.name},
                                                       {"Driver", "local"},
                                                       {"Labels", spec.labels},
                                                       {"DriverOpts", spec.options}}));
  BHSIM_TRY(client.call(request));
  return {};
}

// Volumes is null when there are none.
Result<std::vector<Listed>> list_volumes(const Client& client, std::string_view label) {
  return list(client, "/volumes", label, "Name", [](const Field& root) { return root["Volumes"]; });
}

Result<void> remove_volume(const Client& client, std::string_view name) {
  return remove(client, fmt::format("/volumes/{}", name), fmt::format("remove volume {}", name));
}

Result<json> engine_info(const Client& client) {
  const std::string what = "ask the engine's info";
  BHSIM_ASSIGN(auto info, client.call_json({.path = "/info", .what = what}));
  Fields fields(what, info);
  const Field root = fields.root().required();
  root["ID"].not_null().text();
  BHSIM_TRY(fields.verdict());
  return info;
}

Result<ClockOffset> engine_clock_offset(const Client& client, const Clock& clock) {
  const std::string what = "ask the engine's time";
  const Time asked = clock.now();
  const WallTime wall = clock.wall();
  BHSIM_ASSIGN(const auto info, client.call_json({.path = "/info", .what = what}));
  const Nanos half = (clock.now() - asked) / 2;
  Fields fields(what, info);
  const auto text = fields.root()["SystemTime"].required().text();
  BHSIM_TRY(fields.verdict());
  const auto engine_wall = parse_engine_time(text);
  if (!engine_wall) return fail(ErrorCode::protocol, "{}: '{}' is not a time", what, text);
  return ClockOffset{.offset = *engine_wall - (wall + half), .uncertainty = half};
}

Result<json> engine_disk_use(const Client& client) {
  return client.call_json({.path = "/system/df",
                           .deadline = std::chrono::minutes(2),
                           .what = "ask the engine's disk use"});
}

Result<void> follow_events(const Client& client, std::string_view label, std::int64_t since_ns,
                           const std::function<void(const Event&)>& take, std::stop_token stop) {
  Request request{
      .path = "/events", .what = "follow the engine's events", .patience = Patience::header};
  BHSIM_ASSIGN(const auto filters, label_filter(request.what, label));
  request.query = {{"filters", filters}};
  if (since_ns > 0) request.query.emplace_back("since", event_time(since_ns));
  const auto on_line = [&](const json& line) -> Result<bool> {
    BHSIM_ASSIGN(const auto event, event_of(request.what, line));
    take(event);
    return true;
  };
  const auto ended = stream_json(client, request, on_line, stop);
  if (stop.stop_requested()) return {};
  if (!ended) return fail(ended.error());
  return fail(ErrorCode::engine, "follow the engine's events: the engine ended the stream");
}

Result<std::vector<Event>> past_events(const Client& client, std::string_view label,
                                       std::int64_t since_ns, std::int64_t until_ns) {
  Request request{.path = "/events",
                  .what = "ask for the engine's past events",
                  .patience = Patience::whole_answer};
  BHSIM_ASSIGN(const auto filters, label_filter(request.what, label));
  request.query = {
      {"filters", filters}, {"since", event_time(since_ns)}, {"until", event_time(until_ns)}};
  std::vector<Event> events;
  const auto on_line = [&](const json& line) -> Result<bool> {
    BHSIM_ASSIGN(auto event, event_of(request.what, line));
    events.push_back(std::move(event));
    return true;
  };
  BHSIM_TRY(stream_json(client, request, on_line, {}));
  return events;
}

}  // namespace bhsim::engine
