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

}  // namespace bhsim::engine
