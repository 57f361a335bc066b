#include "framework/engine/containers.hpp"

#include <nlohmann/json.hpp>

#include "framework/engine/container_json.hpp"

namespace bhsim::engine {
namespace {

using nlohmann::json;

std::string path_of(std::string_view id, std::string_view action) {
  return fmt::format("/containers/{}/{}", id, action);
}

// POST without a body; statuses below 400, 304 "already so" among them, are success.
Result<void> post(const Client& client, std::string_view id, std::string_view action,
                  Query query = {}, Nanos deadline = std::chrono::seconds(30)) {
  BHSIM_TRY(client.call({.method = "POST",
                         .path = path_of(id, action),
                         .query = std::move(query),
                         .deadline = deadline,
                         .what = fmt::format("{} container {}", action, id)}));
  return {};
}

}  // namespace

Result<std::string> create_container(const Client& client, const ContainerSpec& spec,
                                     Nanos deadline) {
  Request request{.method = "POST",
                  .path = "/containers/create",
                  .body = to_json(spec).dump(),
                  .deadline = deadline,
                  .what = fmt::format("create container {} from {}", spec.name, spec.image)};
  if (!spec.name.empty()) request.query.emplace_back("name", spec.name);
  BHSIM_ASSIGN(const auto made, client.call_json(request));
  const auto id = made.value("Id", "");
  if (id.empty()) return fail(ErrorCode::protocol, "{}: the engine told no id", request.what);
  return id;
}

Result<void> start_container(const Client& client, std::string_view id, Nanos deadline) {
  return post(client, id, "start", {}, deadline);
}

Result<void> stop_container(const Client& client, std::string_view id, Nanos grace) {
  const auto seconds = grace.count() / 1'000'000'000;
  return post(client, id, "stop", {{"t", std::to_string(seconds)}},
              grace + std::chrono::seconds(30));
}

Result<void> kill_container(const Client& client, std::string_view id, std::string_view signal) {
  return post(client, id, "kill", {{"signal", std::string(signal)}});
}

Result<void> pause_container(const Client& client, std::string_view id) {
  return post(client, id, "pause");
}
Result<void> unpause_container(const Client& client, std::string_view id) {
  return post(client, id, "unpause");
}

Result<void> update_container(const Client& client, std::string_view id, const Limits& limits) {
  json body = json::object();
  if (limits.memory_bytes) {
    body["Memory"] = *limits.memory_bytes;
    body["MemorySwap"] = *limits.memory_bytes;
  }
  if (limits.cpu_quota_us) body["CpuQuota"] = *limits.cpu_quota_us;
  if (limits.cpu_period_us) body["CpuPeriod"] = *limits.cpu_period_us;
  if (limits.pids_limit) body["PidsLimit"] = *limits.pids_limit;
  if (limits.cpuset) body["CpusetCpus"] = *limits.cpuset;
  BHSIM_TRY(client.call({.method = "POST",
                         .path = path_of(id, "update"),
                         .body = body.dump(),
                         .what = fmt::format("update container {}", id)}));
  return {};
}

Result<std::int64_t> wait_container(const Client& client, std::string_view id,
                                    std::stop_token stop) {
  std::string body;
  BHSIM_TRY(client.stream(
      {.method = "POST",
       .path = path_of(id, "wait"),
       .what = fmt::format("wait for container {}", id)},
      [&body](std::string_view bytes) {
        body += bytes;
        return body.size() < (1U << 20U);
      },
      std::move(stop)));
  const auto ended = json::parse(body, nullptr, false);
  if (!ended.is_object() || !ended.contains("StatusCode"))
    return fail(ErrorCode::protocol, "wait for container {}: the engine told no status code", id);
  return ended["StatusCode"].get<std::int64_t>();
}

Result<json> inspect_container_json(const Client& client, std::string_view id) {
  return client.call_json(
      {.path = path_of(id, "json"), .what = fmt::format("inspect container {}", id)});
}

Result<ContainerState> inspect_container(const Client& client, std::string_view id) {
  BHSIM_ASSIGN(const auto inspected, inspect_container_json(client, id));
  return parse_container(inspected);
}

Result<std::vector<ListedContainer>> list_containers(const Client& client, std::string_view label) {
  const json filters{{"label", {label}}};
  BHSIM_ASSIGN(const auto listed,
               client.call_json({.path = "/containers/json",
                                 .query = {{"all", "1"}, {"filters", filters.dump()}},
                                 .what = "list containers"}));
  std::vector<ListedContainer> containers;
  for (const auto& item : listed) {
    ListedContainer container;
    container.id = item.value("Id", "");
    container.image = item.value("Image", "");
    container.state = item.value("State", "");
    if (item.contains("Names") && item["Names"].is_array() && !item["Names"].empty()) {
      container.name = item["Names"][0].get<std::string>();
      if (container.name.starts_with('/')) container.name.erase(0, 1);
    }
    if (item.contains("Labels") && item["Labels"].is_object())
      container.labels = item["Labels"].get<Labels>();
    containers.push_back(std::move(container));
  }
  return containers;
}

Result<void> remove_container(const Client& client, std::string_view id) {
  auto removed = client.call({.method = "DELETE",
                              .path = fmt::format("/containers/{}", id),
                              .query = {{"force", "1"}, {"v", "1"}},
                              .deadline = std::chrono::seconds(60),
                              .what = fmt::format("remove container {}", id)});
  if (!removed && removed.error().code != ErrorCode::not_found) return fail(removed.error());
  return {};
}

Result<std::optional<ContainerStats>> container_stats(const Client& client, std::string_view id) {
  BHSIM_ASSIGN(const auto sample,
               client.call_json({.path = path_of(id, "stats"),
                                 .query = {{"stream", "0"}, {"one-shot", "1"}},
                                 .what = fmt::format("stats of container {}", id)}));
  return parse_stats(sample);
}

Result<void> put_archive(const Client& client, std::string_view id, std::string_view folder,
                         const std::vector<TarEntry>& entries) {
  BHSIM_ASSIGN(auto tar, make_tar(entries));
  BHSIM_TRY(
      client.call({.method = "PUT",
                   .path = path_of(id, "archive"),
                   .query = {{"path", std::string(folder)}, {"noOverwriteDirNonDir", "1"}},
                   .body = std::move(tar),
                   .content_type = "application/x-tar",
                   .what = fmt::format("copy {} files into {}:{}", entries.size(), id, folder)}));
  return {};
}

Result<std::vector<TarEntry>> get_archive(const Client& client, std::string_view id,
                                          std::string_view path, std::size_t most_bytes) {
  BHSIM_ASSIGN(const auto answer, client.call({.path = path_of(id, "archive"),
                                               .query = {{"path", std::string(path)}},
                                               .deadline = std::chrono::minutes(2),
                                               .most_bytes = most_bytes + (1U << 20U),
                                               .what = fmt::format("copy {}:{}", id, path)}));
  return read_tar(answer.body, most_bytes);
}

Result<std::vector<std::string>> container_processes(const Client& client, std::string_view id) {
  BHSIM_ASSIGN(const auto top, client.call_json({.path = path_of(id, "top"),
                                                 .what = fmt::format("processes of {}", id)}));
  std::vector<std::string> lines;
  if (top.contains("Processes") && top["Processes"].is_array())
    for (const auto& row : top["Processes"])
      lines.push_back(row.empty() ? "" : row.back().get<std::string>());
  return lines;
}

Attachment::Attachment(Hijacked connection)
    : connection_(std::move(connection)),
      pieces_(std::make_unique<std::deque<OutputPiece>>()),
      frames_([pieces = pieces_.get()](OutputStream stream, std::string_view bytes) {
        pieces->push_back({stream, std::string(bytes)});
        return true;
      }) {}

Result<void> Attachment::send(std::string_view bytes, Nanos deadline) {
  return connection_.send(bytes, deadline);
}

Result<std::optional<OutputPiece>> Attachment::receive(Nanos deadline) {
  while (pieces_->empty()) {
    BHSIM_ASSIGN(const auto bytes, connection_.receive(deadline));
    if (bytes.empty()) {
      if (!frames_.whole())
        return fail(ErrorCode::protocol, "an attached stream was cut inside a frame");
      return std::optional<OutputPiece>{};
    }
    BHSIM_TRY(frames_.feed(bytes));
  }
  std::optional<OutputPiece> piece(std::move(pieces_->front()));
  pieces_->pop_front();
  return piece;
}

void Attachment::shut_down() { connection_.shut_down(); }

Result<Attachment> attach(const Client& client, std::string_view id, Nanos deadline) {
  BHSIM_ASSIGN(
      auto connection,
      client.hijack({.method = "POST",
                     .path = path_of(id, "attach"),
                     .query = {{"stream", "1"}, {"stdin", "1"}, {"stdout", "1"}, {"stderr", "1"}},
                     .deadline = deadline,
                     .what = fmt::format("attach to container {}", id)}));
  return Attachment(std::move(connection));
}

}  // namespace bhsim::engine
