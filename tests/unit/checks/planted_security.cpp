#include "planted.hpp"

namespace bhsim::checks {
namespace {

using nlohmann::json;

std::function<void(CleanRun&)> host(const char* key, json value) {
  return [=](CleanRun& run) { run.facts["container.inspect"]["HostConfig"][key] = value; };
}
std::function<void(CleanRun&)> config(const char* key, json value) {
  return [=](CleanRun& run) { run.facts["container.inspect"]["Config"][key] = value; };
}
std::function<void(CleanRun&)> mount(const char* source, const char* propagation = "rprivate") {
  return [=](CleanRun& run) {
    run.facts["container.inspect"]["Mounts"].push_back({{"Type", "bind"},
                                                        {"Source", source},
                                                        {"Destination", "/mnt"},
                                                        {"Propagation", propagation}});
  };
}

std::vector<Planted> of_container() {
  return {
      {"UserIsEmpty", "SEC-01", {}, config("User", "")},
      {"UserIsRoot", "SEC-01", {}, config("User", "root:root")},
      {"UserIsZero", "SEC-01", {}, config("User", "0:10001")},
      {"Privileged", "SEC-02", {}, host("Privileged", true)},
      {"NoCapabilityIsDropped", "SEC-03", {}, host("CapDrop", nullptr)},
      {"CapabilityIsAdded", "SEC-03", {}, host("CapAdd", json::array({"CAP_SYS_ADMIN"}))},
      {"PrivilegesCanBeGained", "SEC-04", {}, host("SecurityOpt", json::array())},
      {"SeccompIsUnconfined",
       "SEC-05",
       {},
       host("SecurityOpt", json::array({"no-new-privileges", "seccomp=unconfined"}))},
      {"EngineConfinesNobody",
       "SEC-05",
       {},
       [](CleanRun& run) {
         run.facts["engine.info"]["SecurityOptions"] =
             json::array({"name=seccomp,profile=unconfined"});
       }},
      {"EngineHasNoSeccomp",
       "SEC-05",
       {},
       [](CleanRun& run) { run.facts["engine.info"]["SecurityOptions"] = json::array(); }},
      {"RootIsWritable", "SEC-06", {}, host("ReadonlyRootfs", false)},
      {"NoMemoryLimit", "SEC-07", {}, host("Memory", 0)},
      {"NoCpuLimit",
       "SEC-08",
       {},
       [](CleanRun& run) {
         run.facts["container.inspect"]["HostConfig"]["NanoCpus"] = 0;
         run.facts["container.inspect"]["HostConfig"]["CpusetCpus"] = "";
       }},
      {"NoPidsLimit", "SEC-09", {}, host("PidsLimit", nullptr)},
      {"UnlimitedPids", "SEC-09", {}, host("PidsLimit", -1)},
      {"HostNetwork", "SEC-10", {}, host("NetworkMode", "host")},
      {"HostPid", "SEC-10", {}, host("PidMode", "host")},
      {"HostIpc", "SEC-10", {}, host("IpcMode", "host")},
      {"HostUts", "SEC-10", {}, host("UTSMode", "host")},
      {"HostUsers", "SEC-10", {}, host("UsernsMode", "host")},
      {"EngineSocket", "SEC-11", {}, mount("/var/run/docker.sock")},
      {"FolderOfTheEngineSocket", "SEC-11", {}, mount("/var/run")},
      {"EngineSocketAsBind",
       "SEC-11",
       {},
       host("Binds", json::array({"/run/docker.sock:/run/docker.sock"}))},
      {"EtcOfTheHost", "SEC-12", {}, mount("/etc")},
      {"FileBelowEtcOfTheHost", "SEC-12", {}, mount("/etc/shadow")},
      {"RootOfTheHost", "SEC-12", {}, mount("/")},
      {"SharedPropagation", "SEC-13", {}, mount("/srv/data", "rshared")},
      {"UndeclaredPort",
       "SEC-14",
       {},
       host("PortBindings",
            {{"5005/tcp", json::array({{{"HostIp", "127.0.0.1"}, {"HostPort", "5005"}}})}})},
      {"PortOnEveryAddress",
       "SEC-14",
       {},
       host("PortBindings", {{"8080/tcp", json::array({{{"HostIp", ""}, {"HostPort", "8080"}}})}})},
      {"AllPorts", "SEC-14", {}, host("PublishAllPorts", true)},
      {"RestartAlways",
       "SEC-15",
       {},
       host("RestartPolicy", {{"Name", "always"}, {"MaximumRetryCount", 0}})},
      {"RestartOnFailureWithoutBound",
       "SEC-15",
       {},
       host("RestartPolicy", {{"Name", "on-failure"}, {"MaximumRetryCount", 0}})},
      {"NoHealthCheck",
       "SEC-16",
       {},
       [](CleanRun& run) { run.facts["container.inspect"]["Config"].erase("Healthcheck"); }},
      {"HealthCheckIsNone", "SEC-16", {}, config("Healthcheck", {{"Test", json::array({"NONE"})}})},
      {"SetuidFile",
       "SEC-17",
       {},
       [](CleanRun& run) { run.facts["image.setuid"] = json::array({"/usr/bin/su"}); }},
      {"PasswordInTheEnvironment",
       "SEC-18",
       {},
       config("Env", json::array({"DB_PASSWORD=hunter2"}))},
      {"RedactedSecretInALabel", "SEC-18", {}, config("Labels", {{"api.token", "<redacted>"}})},
      {"KeyInAnArgument", "SEC-18", {}, config("Cmd", json::array({"-Daws=AKIAABCDEFGHIJKLMNOP"}))},
      {"PasswordInTheHistory",
       "SEC-18",
       {},
       [](CleanRun& run) {
         run.facts["image.history"].push_back(
             {{"CreatedBy", "/bin/sh -c #(nop) ENV DB_PASSWORD=hunter2"}});
       }},
      {"PasswordInAUrl",
       "SEC-18",
       {},
       config("Env", json::array({"DATABASE=postgres://app:hunter2@db/orders"}))},
      {"DeviceOfTheHost",
       "SEC-19",
       {},
       host("Devices", json::array({{{"PathOnHost", "/dev/kvm"}}}))},
      {"ImageByTag", "SEC-20", {}, config("Image", "bhsim/app:latest")},
      {"ImageByName", "SEC-20", {}, config("Image", "bhsim/app")},
  };
}

}  // namespace

const std::vector<Planted>& planted_security() {
  static const std::vector<Planted> all = of_container();
  return all;
}

}  // namespace bhsim::checks
