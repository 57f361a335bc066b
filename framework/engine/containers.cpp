#include "framework/engine/containers.hpp"

#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"
#include "framework/engine/container_json.hpp"

namespace bhsim::engine {
namespace {

using nlohmann::json;

// The first version whose wait takes a condition, and says that it has begun.
constexpr ApiVersion kWaitsForNextExit{1, 30};

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

json limits_json(const Limits& limits) {
  json body = json::object();
  if (limits.memory_bytes) {
    body["Memory"] = *limits.memory_bytes;
    body["MemorySwap"] = *limits.memory_bytes;
  }
  if (limits.nano_cpus) body["NanoCpus"] = *limits.nano_cpus;
  if (limits.cpu_quota_us) body["CpuQuota"] = *limits.cpu_quota_us;
  if (limits.cpu_period_us) body["CpuPeriod"] = *limits.cpu_period_us;
  if (limits.pids_limit) body["PidsLimit"] = *limits.pids_limit;
  if (limits.cpuset) body["CpusetCpus"] = *limits.cpuset;
  return body;
}

Request wait_request(std::string_view id) {
  return {.method = "POST",
          .path = path_of(id, "wait"),
          .what = fmt::format("wait for container {}", id)};
}

Result<std::int64_t> exit_code_of(std::string_view what, std::string_view body) {
  BHSIM_ASSIGN(const auto ended, parse_answer(what, body));
  Fields fields(what, ended);
  const Field root = fields.root();
  const auto code = root["StatusCode"].required().number();
  const auto error = root["Error"]["Message"].text();
  BHSIM_TRY(fields.verdict());
  if (!error.empty()) return fail(ErrorCode::engine, "{}: engine said {}", what, error);
  return code;
}

ListedContainer listed_of(const Field& item) {
  ListedContainer container;
  container.id = item["Id"].required().text();
  container.image = item["Image"].text();
  container.state = item["State"].text();
  container.name = own_name(item["Names"].texts());
  container.labels = item["Labels"].texts_by_name();
  return container;
}

}  // namespace

Result<std::string> create_container(const Client& client, const ContainerSpec& spec,
                                     Nanos deadline) {
  Request request{.method = "POST",
                  .path = "/containers/create",
                  .deadline = deadline,
                  .what = fmt::format("create container {} from {}", spec.name, spec.image)};
  BHSIM_ASSIGN(request.body, encode(request.what, to_json(spec)));
  if (!spec.name.empty()) request.query.emplace_back("name", spec.name);
  BHSIM_ASSIGN(const auto made, client.call_json(request));
  Fields fields(request.what, made);
  auto id = fields.root()["Id"].required().text();
  BHSIM_TRY(fields.verdict());
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
  Request request{.method = "POST",
                  .path = path_of(id, "update"),
                  .what = fmt::format("update container {}", id)};
  BHSIM_ASSIGN(request.body, encode(request.what, limits_json(limits)));
  BHSIM_ASSIGN(const auto updated, client.call_json(request));
  Fields fields(request.what, updated);
  const auto warnings = fields.root().required()["Warnings"].texts();
  BHSIM_TRY(fields.verdict());
  for (const auto& warning : warnings)
    if (warning.find("discarded") != std::string::npos)
      return fail(ErrorCode::unsupported, "{}: {}", request.what, warning);
  return {};
}

Result<std::int64_t> wait_container(const Client& client, std::string_view id,
                                    std::stop_token stop) {
  Request request = wait_request(id);
  request.patience = client.api() < kWaitsForNextExit ? Patience::none : Patience::header;
  std::string body;
  BHSIM_TRY(client.stream(
      request,
      [&body](std::string_view bytes) {
        body += bytes;
        return body.size() < (1U << 20U);
      },
      std::move(stop)));
  return exit_code_of(request.what, body);
}

Result<ExitWait> expect_exit(const Client& client, std::string_view id, Nanos deadline) {
  ExitWait wait(client, std::string(id));
  if (client.api() < kWaitsForNextExit) return wait;
  Request request = wait_request(id);
  request.query = {{"condition", "next-exit"}};
  request.deadline = deadline;
  BHSIM_ASSIGN(wait.pending_, client.begin(std::move(request)));
  return wait;
}

Result<std::int64_t> ExitWait::exit_code(std::stop_token stop, Nanos deadline) {
  Request request = wait_request(id_);
  request.deadline = deadline;
  request.stop = stop;
  auto answer = pending_ ? pending_->finish(std::move(stop), deadline) : client_->call(request);
  if (!answer) return fail(answer.error());
  return exit_code_of(request.what, answer->body);
}

Result<json> inspect_container_json(const Client& client, std::string_view id) {
  const auto what = fmt::format("inspect container {}", id);
  BHSIM_ASSIGN(auto inspected, client.call_json({.path = path_of(id, "json"), .what = what}));
  Fields fields(what, inspected);
  container_of(fields.root());
  BHSIM_TRY(fields.verdict());
  return inspected;
}

Result<ContainerState> inspect_container(const Client& client, std::string_view id) {
  BHSIM_ASSIGN(const auto inspected, inspect_container_json(client, id));
  return parse_container(inspected);
}

Result<std::vector<ListedContainer>> list_containers(const Client& client, std::string_view label) {
  Request request{.path = "/containers/json", .what = "list containers"};
  BHSIM_ASSIGN(const auto filters, label_filter(request.what, label));
  request.query = {{"all", "1"}, {"filters", filters}};
  BHSIM_ASSIGN(const auto listed, client.call_json(request));
  Fields fields(request.what, listed);
  std::vector<ListedContainer> containers;
  for (const auto& item : fields.root().required().items()) containers.push_back(listed_of(item));
  BHSIM_TRY(fields.verdict());
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

Result<std::vector<std::string>> container_processes(const Client& client, std::string_view id) {
  const auto what = fmt::format("processes of {}", id);
  BHSIM_ASSIGN(const auto top, client.call_json({.path = path_of(id, "top"), .what = what}));
  Fields fields(what, top);
  std::vector<std::string> lines;
  for (const auto& row : fields.root()["Processes"].required().items()) {
    const auto columns = row.texts();
    lines.push_back(columns.empty() ? "" : columns.back());
  }
  BHSIM_TRY(fields.verdict());
  return lines;
}

}  // namespace bhsim::engine
