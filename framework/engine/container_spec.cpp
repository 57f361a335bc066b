#include <nlohmann/json.hpp>

#include "framework/engine/container_json.hpp"

namespace bhsim::engine {
namespace {

using nlohmann::json;

json mounts_json(const std::vector<Mount>& mounts) {
  json list = json::array();
  for (const auto& mount : mounts) {
    json item{{"Target", mount.target}, {"ReadOnly", mount.read_only}};
    switch (mount.type) {
      case Mount::Type::volume:
        item["Type"] = "volume";
        item["Source"] = mount.source;
        break;
      case Mount::Type::bind:
        item["Type"] = "bind";
        item["Source"] = mount.source;
        break;
      case Mount::Type::tmpfs:
        item["Type"] = "tmpfs";
        if (mount.tmpfs_bytes > 0) item["TmpfsOptions"] = {{"SizeBytes", mount.tmpfs_bytes}};
        break;
    }
    list.push_back(std::move(item));
  }
  return list;
}

json host_config(const ContainerSpec& spec) {
  json host{{"Mounts", mounts_json(spec.mounts)},
            {"ReadonlyRootfs", spec.read_only_root},
            {"CapDrop", spec.capabilities_dropped},
            {"CapAdd", spec.capabilities_added},
            {"SecurityOpt", spec.security_options},
            {"RestartPolicy", {{"Name", "no"}}},
            {"AutoRemove", false},  // it would lose the logs and the exit code
            {"LogConfig",
             {{"Type", "json-file"},
              {"Config", {{"max-size", std::to_string(spec.log_bytes / 2)}, {"max-file", "2"}}}}}};
  if (spec.memory_bytes > 0) {
    host["Memory"] = spec.memory_bytes;
    host["MemorySwap"] = spec.memory_bytes;
  }
  if (spec.nano_cpus > 0) host["NanoCpus"] = spec.nano_cpus;
  if (!spec.cpuset.empty()) host["CpusetCpus"] = spec.cpuset;
  if (spec.pids_limit > 0) host["PidsLimit"] = spec.pids_limit;
  if (!spec.pid_mode.empty()) host["PidMode"] = spec.pid_mode;
  if (!spec.network_mode.empty())
    host["NetworkMode"] = spec.network_mode;
  else if (!spec.network.empty())
    host["NetworkMode"] = spec.network;
  for (const auto& port : spec.ports)
    host["PortBindings"][fmt::format("{}/tcp", port.container_port)] =
        json::array({{{"HostIp", "127.0.0.1"},
                      {"HostPort", port.host_port > 0 ? std::to_string(port.host_port) : ""}}});
  return host;
}

json health_json(const HealthCheck& health) {
  return {{"Test", health.test},
          {"Interval", health.interval.count()},
          {"Timeout", health.timeout.count()},
          {"StartPeriod", health.start_period.count()},
          {"Retries", health.retries}};
}

std::string without_slash(const std::string& name) {
  return name.starts_with('/') ? name.substr(1) : name;
}

}  // namespace

json to_json(const ContainerSpec& spec) {
  json body{{"Image", spec.image},
            {"Env", spec.environment},
            {"Labels", spec.labels},
            {"Tty", spec.tty},
            {"StopTimeout", spec.stop_timeout.count() / 1'000'000'000},
            {"HostConfig", host_config(spec)}};
  if (!spec.entrypoint.empty()) body["Entrypoint"] = spec.entrypoint;
  if (!spec.command.empty()) body["Cmd"] = spec.command;
  if (!spec.user.empty()) body["User"] = spec.user;
  if (!spec.working_directory.empty()) body["WorkingDir"] = spec.working_directory;
  if (!spec.stop_signal.empty()) body["StopSignal"] = spec.stop_signal;
  if (spec.health) body["Healthcheck"] = health_json(*spec.health);
  if (spec.stdin_open) {
    body["OpenStdin"] = true;
    body["StdinOnce"] = true;
    body["AttachStdin"] = true;
    body["AttachStdout"] = true;
    body["AttachStderr"] = true;
  }
  for (const auto& port : spec.ports)
    body["ExposedPorts"][fmt::format("{}/tcp", port.container_port)] = json::object();
  if (!spec.aliases.empty() && !spec.network.empty())
    body["NetworkingConfig"]["EndpointsConfig"][spec.network] = {{"Aliases", spec.aliases}};
  return body;
}

Result<ContainerState> parse_container(const json& inspected) {
  if (!inspected.is_object() || !inspected.contains("State") || !inspected["State"].is_object())
    return fail(ErrorCode::protocol, "inspect a container: the engine's answer has no State");
  const auto& state = inspected["State"];
  ContainerState result;
  result.id = inspected.value("Id", "");
  result.name = without_slash(inspected.value("Name", ""));
  result.image_id = inspected.value("Image", "");
  result.status = state.value("Status", "");
  result.running = state.value("Running", false);
  result.paused = state.value("Paused", false);
  result.oom_killed = state.value("OOMKilled", false);
  result.pid = state.value("Pid", std::int64_t{0});
  result.exit_code = state.value("ExitCode", std::int64_t{0});
  result.restarts = inspected.value("RestartCount", std::int64_t{0});
  result.started_at = state.value("StartedAt", "");
  result.finished_at = state.value("FinishedAt", "");
  if (inspected.contains("Config") && inspected["Config"].is_object())
    result.tty = inspected["Config"].value("Tty", false);
  if (state.contains("Health") && state["Health"].is_object()) {
    const auto& health = state["Health"];
    if (const auto status = health.value("Status", ""); status != "none") result.health = status;
    if (health.contains("Log") && health["Log"].is_array() && !health["Log"].empty())
      result.health_last = health["Log"].back().value("End", "");
  }
  const json empty = json::object();
  const auto& settings =
      inspected.contains("NetworkSettings") ? inspected["NetworkSettings"] : empty;
  if (settings.contains("Networks") && settings["Networks"].is_object())
    for (const auto& [name, network] : settings["Networks"].items())
      if (network.is_object()) result.addresses[name] = network.value("IPAddress", "");
  if (settings.contains("Ports") && settings["Ports"].is_object())
    for (const auto& [port, bindings] : settings["Ports"].items()) {
      if (!bindings.is_array() || bindings.empty()) continue;
      result.host_ports[std::atoi(port.c_str())] =
          std::atoi(bindings[0].value("HostPort", "0").c_str());
    }
  return result;
}

std::optional<ContainerStats> parse_stats(const json& sample) {
  // A stopped container gives an object without usage.
  const auto total = json::json_pointer("/cpu_stats/cpu_usage/total_usage");
  const auto usage = json::json_pointer("/memory_stats/usage");
  if (!sample.is_object() || !sample.contains(total) || !sample.contains(usage))
    return std::nullopt;
  const auto count = [&sample](const char* pointer) -> std::uint64_t {
    const auto at = json::json_pointer(pointer);
    return sample.contains(at) && sample[at].is_number_unsigned() ? sample[at].get<std::uint64_t>()
                                                                  : 0;
  };
  ContainerStats stats;
  stats.read = sample.value("read", "");
  stats.cpu_ns = count("/cpu_stats/cpu_usage/total_usage");
  stats.periods = count("/cpu_stats/throttling_data/periods");
  stats.throttled_periods = count("/cpu_stats/throttling_data/throttled_periods");
  stats.throttled_ns = count("/cpu_stats/throttling_data/throttled_time");
  stats.memory_usage = count("/memory_stats/usage");
  // cgroup v1 counts total_inactive_file, v2 inactive_file; reclaimable pages are not use.
  const std::uint64_t inactive = std::max(count("/memory_stats/stats/total_inactive_file"),
                                          count("/memory_stats/stats/inactive_file"));
  stats.memory_used = stats.memory_usage > inactive ? stats.memory_usage - inactive : 0;
  stats.memory_limit = count("/memory_stats/limit");
  stats.memory_failures = count("/memory_stats/failcnt");
  stats.pids = count("/pids_stats/current");
  if (sample.contains("networks") && sample["networks"].is_object())
    for (const auto& [name, network] : sample["networks"].items()) {
      stats.received_bytes += network.value("rx_bytes", std::uint64_t{0});
      stats.sent_bytes += network.value("tx_bytes", std::uint64_t{0});
    }
  return stats;
}

}  // namespace bhsim::engine
