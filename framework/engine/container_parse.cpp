#include <algorithm>
#include <charconv>
#include <nlohmann/json.hpp>

#include "framework/engine/answer.hpp"
#include "framework/engine/container_json.hpp"

namespace bhsim::engine {
namespace {

// Go's zero time, which is "never".
std::string time_of(const Field& field) {
  auto text = field.text();
  return text.starts_with("0001-01-01T00:00:00") ? std::string() : text;
}

int port_of(std::string_view text) {
  int port = 0;
  std::from_chars(text.data(), text.data() + text.size(), port);
  return port;
}

void read_health(const Field& health, ContainerState& state) {
  // Engines before 1.44 and podman say "none" or nothing for a container without a check.
  if (auto status = health["Status"].text(); status != "none") state.health = std::move(status);
  const auto log = health["Log"].items();
  if (log.empty()) return;
  if (auto end = time_of(log.back()["End"]); !end.empty()) state.health_last = std::move(end);
}

// The top-level address is gone from API 1.52 on: an address is that of a network.
void read_network(const Field& settings, ContainerState& state) {
  for (const auto& [name, network] : settings["Networks"].members())
    if (auto address = network["IPAddress"].text(); !address.empty())
      state.addresses.emplace(name, std::move(address));
  for (const auto& [port, bindings] : settings["Ports"].members()) {
    if (!port.ends_with("/tcp")) continue;
    for (const auto& binding : bindings.items()) {
      const auto address = binding["HostIp"].text();
      const int host_port = port_of(binding["HostPort"].text());
      if (host_port > 0 && address.find(':') == std::string::npos)
        state.host_ports.emplace(port_of(port), host_port);
    }
  }
}

// cgroup v1 counts total_inactive_file, v2 inactive_file; reclaimable pages are not use.
std::uint64_t used_of(std::uint64_t usage, const Field& details) {
  const auto v1 = details["total_inactive_file"];
  const auto inactive = (v1.present() ? v1 : details["inactive_file"]).count();
  return usage > inactive ? usage - inactive : 0;
}

std::optional<std::uint64_t> count_if_present(const Field& field) {
  if (!field.present()) return std::nullopt;
  return field.count();
}

}  // namespace

std::string without_slash(const std::string& name) {
  return name.starts_with('/') ? name.substr(1) : name;
}

std::string own_name(const std::vector<std::string>& names) {
  const auto own = std::find_if(names.begin(), names.end(), [](const std::string& name) {
    return without_slash(name).find('/') == std::string::npos;
  });
  return own == names.end() ? std::string() : without_slash(*own);
}

ContainerState container_of(const Field& inspected) {
  ContainerState result;
  result.id = inspected["Id"].required().text();
  result.name = without_slash(inspected["Name"].text());
  result.image_id = inspected["Image"].text();
  result.restarts = inspected["RestartCount"].number();
  const auto state = inspected["State"];
  result.status = state["Status"].required().text();
  state["Running"].required();
  result.running = state["Running"].flag();
  result.paused = state["Paused"].flag();
  result.oom_killed = state["OOMKilled"].flag();
  result.pid = state["Pid"].number();
  result.exit_code = state["ExitCode"].number();
  result.started_at = time_of(state["StartedAt"]);
  result.finished_at = time_of(state["FinishedAt"]);
  result.tty = inspected["Config"]["Tty"].flag();
  result.labels = inspected["Config"]["Labels"].texts_by_name();
  read_health(state["Health"], result);
  read_network(inspected["NetworkSettings"], result);
  return result;
}

Result<ContainerState> parse_container(const nlohmann::json& inspected) {
  Fields fields("inspect a container", inspected);
  auto state = container_of(fields.root());
  BHSIM_TRY(fields.verdict());
  return state;
}

Result<std::optional<ContainerStats>> parse_stats(const nlohmann::json& sample) {
  Fields fields("stats of a container", sample);
  const Field root = fields.root().required();
  const auto cpu = root["cpu_stats"];
  const auto memory = root["memory_stats"];
  const bool running = cpu["cpu_usage"]["total_usage"].present() && memory["usage"].present();
  ContainerStats stats;
  stats.read = root["read"].text();
  stats.cpu_ns = cpu["cpu_usage"]["total_usage"].count();
  stats.periods = cpu["throttling_data"]["periods"].count();
  stats.throttled_periods = cpu["throttling_data"]["throttled_periods"].count();
  stats.throttled_ns = cpu["throttling_data"]["throttled_time"].count();
  stats.memory_usage = memory["usage"].count();
  stats.memory_used = used_of(stats.memory_usage, memory["stats"]);
  stats.memory_limit = memory["limit"].count();
  stats.memory_failures = count_if_present(memory["failcnt"]);
  stats.memory_pages = count_if_present(memory["stats"]["total_pgpgin"]);
  stats.pids = count_if_present(root["pids_stats"]["current"]);
  for (const auto& [name, network] : root["networks"].members()) {
    stats.received_bytes += network["rx_bytes"].count();
    stats.sent_bytes += network["tx_bytes"].count();
  }
  BHSIM_TRY(fields.verdict());
  if (!running) return std::optional<ContainerStats>{};
  return std::optional(stats);
}

}  // namespace bhsim::engine
