// SEC-01 to SEC-20 · CIS Docker Benchmark 1.6 (numbers in table.cpp): what the engine itself says
// of the container under load and of its image. Each looks at one thing only, so that one mistake
// is one red line.

#include <algorithm>
#include <array>
#include <cctype>
#include <functional>
#include <nlohmann/json.hpp>
#include <regex>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/secrets.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;
using nlohmann::json;
using Findings = std::vector<std::string>;

// --- reading the engine's answers --------------------------------------------------------------

// The value at a JSON pointer, or null: engines leave out, or give null for, what is not set.
const json& at(const json& document, const char* pointer) {
  static const json kNull;
  const json::json_pointer path(pointer);
  return document.contains(path) ? document[path] : kNull;
}

std::string text_at(const json& document, const char* pointer) {
  const auto& value = at(document, pointer);
  return value.is_string() ? value.get<std::string>() : "";
}

std::int64_t number_at(const json& document, const char* pointer) {
  const auto& value = at(document, pointer);
  return value.is_number() ? value.get<std::int64_t>() : 0;
}

bool flag_at(const json& document, const char* pointer) {
  const auto& value = at(document, pointer);
  return value.is_boolean() && value.get<bool>();
}

std::vector<std::string> texts_at(const json& document, const char* pointer) {
  std::vector<std::string> texts;
  const auto& list = at(document, pointer);
  if (!list.is_array()) return texts;
  for (const auto& item : list)
    if (item.is_string()) texts.push_back(item.get<std::string>());
  return texts;
}

std::string upper(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return std::toupper(c); });
  return text;
}

Verdict judged(const Plan& plan, std::string_view id, std::string_view fact_name,
               const Findings& findings, std::string_view good) {
  auto finding = compare(static_cast<double>(findings.size()), limit_of(plan, id))
                     .samples(1)
                     .evidence("fact", fmt::format("name = '{}'", fact_name));
  if (findings.empty()) return std::move(finding).because("{}", good);
  return std::move(finding).because("{}", fmt::join(findings, "; "));
}

// Judges the container under load by `look`, which names what is wrong with it.
Verdict by_container(const Plan& plan, const History& history, std::string_view id,
                     std::string_view good, const std::function<Findings(const json&)>& look) {
  const auto inspect = history.fact(fact::kContainerInspect);
  if (!inspect || !inspect->is_object() || !inspect->contains("HostConfig") ||
      !inspect->contains("Config"))
    return missing("fact 'container.inspect'",
                   "the engine has to answer for the container under load");
  return judged(plan, id, fact::kContainerInspect, look(*inspect), good);
}

Findings only(bool wrong, std::string what) {
  return wrong ? Findings{std::move(what)} : Findings{};
}

// --- mounts ------------------------------------------------------------------------------------

struct Mount {
  std::string source, target, propagation;
};

// What of the host is mounted: binds, whether the engine lists them as mounts or as the request
// gave them.
std::vector<Mount> host_mounts(const json& inspect) {
  std::vector<Mount> mounts;
  const auto& listed = at(inspect, "/Mounts");
  if (listed.is_array()) {
    for (const auto& mount : listed)
      if (text_at(mount, "/Type") == "bind")
        mounts.push_back({text_at(mount, "/Source"), text_at(mount, "/Destination"),
                          text_at(mount, "/Propagation")});
  }
  for (const auto& bind : texts_at(inspect, "/HostConfig/Binds")) {
    if (!bind.starts_with('/')) continue;  // a volume by name
    const auto colon = bind.find(':');
    const auto source = bind.substr(0, colon);
    const auto known = std::ranges::find(mounts, source, &Mount::source);
    if (known == mounts.end())
      mounts.push_back({source, colon == std::string::npos ? "" : bind.substr(colon + 1), ""});
  }
  return mounts;
}

bool is_or_below(std::string_view path, std::string_view folder) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  if (path == folder) return true;
  return path.starts_with(folder) && path.size() > folder.size() && path[folder.size()] == '/';
}

constexpr std::array<std::string_view, 5> kEngineSockets = {
    "/var/run/docker.sock", "/run/docker.sock", "/run/containerd/containerd.sock",
    "/run/podman/podman.sock", "/run/crio/crio.sock"};
// CIS 5.6 names these; /root and the engine's own data are no better.
constexpr std::array<std::string_view, 10> kSensitive = {"/boot",
                                                         "/dev",
                                                         "/etc",
                                                         "/lib",
                                                         "/proc",
                                                         "/sys",
                                                         "/usr",
                                                         "/root",
                                                         "/var/lib/docker",
                                                         "/var/lib/containerd"};

bool exposes_engine_socket(const std::string& source) {
  if (source.ends_with("docker.sock") || source.ends_with("podman.sock") ||
      source.ends_with("containerd.sock"))
    return true;
  // A folder above the socket shows it as well.
  return source != "/" && std::ranges::any_of(kEngineSockets, [&](std::string_view socket) {
           return is_or_below(socket, source);
         });
}

// --- capabilities ------------------------------------------------------------------------------

// What the engine grants when nothing is said.
constexpr std::array<std::string_view, 14> kDefaultCapabilities = {
    "CHOWN",   "DAC_OVERRIDE", "FSETID",           "FOWNER",
    "MKNOD",   "NET_RAW",      "SETGID",           "SETUID",
    "SETFCAP", "SETPCAP",      "NET_BIND_SERVICE", "SYS_CHROOT",
    "KILL",    "AUDIT_WRITE"};

std::vector<std::string> capabilities(const json& inspect, const char* pointer) {
  std::vector<std::string> names;
  for (const auto& name : texts_at(inspect, pointer)) {
    auto plain = upper(name);
    if (plain.starts_with("CAP_")) plain.erase(0, 4);
    names.push_back(std::move(plain));
  }
  return names;
}

// Podman expands ALL to the list.
bool drops_all(const std::vector<std::string>& dropped) {
  const auto has = [&](std::string_view name) {
    return std::ranges::find(dropped, name) != dropped.end();
  };
  return has("ALL") || std::ranges::all_of(kDefaultCapabilities, has);
}

// --- security options --------------------------------------------------------------------------

bool option_is_set(const json& inspect, std::string_view option) {
  return std::ranges::any_of(texts_at(inspect, "/HostConfig/SecurityOpt"),
                             [&](const std::string& text) {
                               if (!text.starts_with(option)) return false;
                               const auto rest = text.substr(option.size());
                               return rest.empty() || rest == ":true" || rest == "=true";
                             });
}

// The engine's own default, which applies to containers that say nothing.
bool engine_option(const History& history, std::string_view name) {
  const auto info = history.fact(fact::kEngineInfo);
  if (!info) return false;
  return std::ranges::any_of(texts_at(*info, "/SecurityOptions"), [&](const std::string& text) {
    return text == name || text.starts_with(fmt::format("name={}", name));
  });
}

std::string container_seccomp(const json& inspect) {
  for (const auto& text : texts_at(inspect, "/HostConfig/SecurityOpt"))
    if (text.starts_with("seccomp=") || text.starts_with("seccomp:")) return text.substr(8);
  return "";
}

bool engine_seccomp_unconfined(const json& info) {
  return std::ranges::any_of(texts_at(info, "/SecurityOptions"), [](const std::string& text) {
    return text.find("seccomp") != std::string::npos &&
           text.find("unconfined") != std::string::npos;
  });
}

}  // namespace

// SEC-01
Verdict sec_non_root(const Plan& plan, const History& history) {
  return by_container(
      plan, history, "SEC-01", "it runs as a user of its own", [](const json& inspect) {
        const auto user = text_at(inspect, "/Config/User");
        const auto name = user.substr(0, user.find(':'));
        return only(
            name.empty() || name == "root" || name.find_first_not_of('0') == std::string::npos,
            fmt::format("the user is '{}', which is root", user));
      });
}

// SEC-02
Verdict sec_not_privileged(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-02", "it is not privileged", [](const json& inspect) {
    return only(flag_at(inspect, "/HostConfig/Privileged"), "the container is privileged");
  });
}

// SEC-03. All dropped; the one that a port below 1024 needs may come back.
Verdict sec_capabilities_dropped(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-03", "all capabilities are dropped",
                      [](const json& inspect) {
                        Findings findings;
                        if (!drops_all(capabilities(inspect, "/HostConfig/CapDrop")))
                          findings.push_back("not all capabilities are dropped");
                        for (const auto& name : capabilities(inspect, "/HostConfig/CapAdd"))
                          if (name != "NET_BIND_SERVICE")
                            findings.push_back(fmt::format("the capability {} is added", name));
                        return findings;
                      });
}

// SEC-04. By the container, or by the engine for all.
Verdict sec_no_new_privileges(const Plan& plan, const History& history) {
  const bool by_engine = engine_option(history, "no-new-privileges");
  return by_container(plan, history, "SEC-04", "no process of it can gain privileges",
                      [&](const json& inspect) {
                        return only(!by_engine && !option_is_set(inspect, "no-new-privileges"),
                                    "no-new-privileges is not set");
                      });
}

// SEC-05. Neither by the container nor by an engine that confines nobody.
Verdict sec_seccomp(const Plan& plan, const History& history) {
  const auto inspect = history.fact(fact::kContainerInspect);
  const auto info = history.fact(fact::kEngineInfo);
  const std::string own = inspect ? container_seccomp(*inspect) : "";
  if (own.empty() && !info)
    return missing("fact 'engine.info'",
                   "the container leaves seccomp to the engine, which was not asked");
  return by_container(plan, history, "SEC-05", "system calls are filtered by seccomp",
                      [&](const json&) {
                        if (own == "unconfined") return Findings{"seccomp is unconfined"};
                        if (info && !engine_option(history, "seccomp"))
                          return Findings{"the engine has no seccomp"};
                        return only(own.empty() && engine_seccomp_unconfined(*info),
                                    "the engine's seccomp profile is unconfined");
                      });
}

// SEC-06
Verdict sec_read_only_root(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-06", "its root file system is read-only",
                      [](const json& inspect) {
                        return only(!flag_at(inspect, "/HostConfig/ReadonlyRootfs"),
                                    "the root file system can be written");
                      });
}

// SEC-07
Verdict sec_memory_limit(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-07", "its memory is limited", [](const json& inspect) {
    return only(number_at(inspect, "/HostConfig/Memory") <= 0, "there is no memory limit");
  });
}

// SEC-08. Shares are a weight, no limit.
Verdict sec_cpu_limit(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-08", "its CPU is limited", [](const json& inspect) {
    return only(number_at(inspect, "/HostConfig/NanoCpus") <= 0 &&
                    number_at(inspect, "/HostConfig/CpuQuota") <= 0 &&
                    text_at(inspect, "/HostConfig/CpusetCpus").empty(),
                "there is neither a CPU quota nor a set of CPUs");
  });
}

// SEC-09. 0 and -1 are without limit.
Verdict sec_pids_limit(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-09", "its processes and threads are limited",
                      [](const json& inspect) {
                        return only(number_at(inspect, "/HostConfig/PidsLimit") <= 0,
                                    "there is no limit of processes");
                      });
}

// SEC-10
Verdict sec_no_host_namespaces(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-10", "it shares no namespace with the host",
                      [](const json& inspect) {
                        constexpr std::array<std::pair<const char*, const char*>, 5> kModes = {
                            {{"/HostConfig/NetworkMode", "network"},
                             {"/HostConfig/PidMode", "pid"},
                             {"/HostConfig/IpcMode", "ipc"},
                             {"/HostConfig/UTSMode", "uts"},
                             {"/HostConfig/UsernsMode", "user"}}};
                        Findings findings;
                        for (const auto& [pointer, name] : kModes)
                          if (text_at(inspect, pointer) == "host")
                            findings.push_back(fmt::format("the {} namespace is the host's", name));
                        return findings;
                      });
}

// SEC-11
Verdict sec_no_engine_socket(const Plan& plan, const History& history) {
  return by_container(
      plan, history, "SEC-11", "no engine socket is mounted", [](const json& inspect) {
        Findings findings;
        for (const auto& mount : host_mounts(inspect))
          if (exposes_engine_socket(mount.source))
            findings.push_back(fmt::format("{} shows an engine's socket", mount.source));
        return findings;
      });
}

// SEC-12
Verdict sec_no_sensitive_mount(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-12", "no sensitive folder of the host is mounted",
                      [](const json& inspect) {
                        Findings findings;
                        for (const auto& mount : host_mounts(inspect)) {
                          const auto covers = [&](std::string_view folder) {
                            return is_or_below(mount.source, folder);
                          };
                          if (mount.source == "/" || std::ranges::any_of(kSensitive, covers))
                            findings.push_back(fmt::format("{} of the host is mounted at {}",
                                                           mount.source, mount.target));
                        }
                        return findings;
                      });
}

// SEC-13
Verdict sec_no_shared_propagation(const Plan& plan, const History& history) {
  return by_container(
      plan, history, "SEC-13", "no mount propagates to the host", [](const json& inspect) {
        Findings findings;
        for (const auto& mount : host_mounts(inspect))
          if (mount.propagation == "shared" || mount.propagation == "rshared")
            findings.push_back(
                fmt::format("the mount of {} is {}", mount.source, mount.propagation));
        return findings;
      });
}

// SEC-14. Published: the contract's port, on one address.
Verdict sec_ports(const Plan& plan, const History& history) {
  const auto declared = fmt::format("{}/tcp", plan.app.port);
  return by_container(
      plan, history, "SEC-14", "only the declared port is published, on one address",
      [&](const json& inspect) {
        Findings findings;
        if (flag_at(inspect, "/HostConfig/PublishAllPorts"))
          findings.push_back("all ports are published");
        const auto& bindings = at(inspect, "/HostConfig/PortBindings");
        if (!bindings.is_object()) return findings;
        for (const auto& [port, hosts] : bindings.items()) {
          if (!hosts.is_array() || hosts.empty()) continue;
          if (port != declared)
            findings.push_back(fmt::format("port {} is published and not declared", port));
          for (const auto& host : hosts) {
            const auto address = text_at(host, "/HostIp");
            if (address.empty() || address == "0.0.0.0" || address == "::")
              findings.push_back(fmt::format("port {} is published on every address", port));
          }
        }
        return findings;
      });
}

// SEC-15
Verdict sec_restart_bounded(const Plan& plan, const History& history) {
  return by_container(
      plan, history, "SEC-15", "restarts by the engine are bounded", [](const json& inspect) {
        const auto policy = text_at(inspect, "/HostConfig/RestartPolicy/Name");
        if (policy.empty() || policy == "no") return Findings{};
        const auto most = number_at(inspect, "/HostConfig/RestartPolicy/MaximumRetryCount");
        if (policy != "on-failure")
          return Findings{fmt::format("the restart policy is '{}', without bound", policy)};
        return only(most < 1 || most > 5,
                    fmt::format("on-failure restarts {} times; 1 to 5 are bounded", most));
      });
}

// SEC-16
Verdict sec_health_check(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-16", "there is a health check", [](const json& inspect) {
    const auto test = texts_at(inspect, "/Config/Healthcheck/Test");
    return only(test.empty() || test.front().empty() || test.front() == "NONE",
                "there is no health check");
  });
}

// SEC-17
Verdict sec_no_setuid_files(const Plan& plan, const History& history) {
  const auto files = history.fact(fact::kImageSetuid);
  if (!files || !files->is_array())
    return missing("fact 'image.setuid'", "the image's files have to be listed");
  Findings findings;
  for (const auto& path : *files)
    findings.push_back(fmt::format("{} is setuid or setgid",
                                   path.is_string() ? path.get<std::string>() : path.dump()));
  return judged(plan, "SEC-17", fact::kImageSetuid, findings,
                "no file of the image is setuid or setgid");
}

// SEC-18. Environment, labels, command and history of container and image.
Verdict sec_no_secrets(const Plan& plan, const History& history) {
  const auto image = history.fact(fact::kImageInspect);
  const auto layers = history.fact(fact::kImageHistory);
  if (!image || !layers)
    return missing("fact 'image.inspect' or 'image.history'",
                   "the engine has to answer for the image");
  auto verdict = by_container(
      plan, history, "SEC-18", "no secret in environment, labels, arguments, history",
      [&](const json& inspect) {
        Findings findings;
        const auto add = [&](const char* where, const std::optional<std::string>& found) {
          if (found) findings.push_back(fmt::format("{} in {}", *found, where));
        };
        for (const auto* document : {&inspect, &*image}) {
          for (const auto& variable : texts_at(*document, "/Config/Env"))
            add("the environment", secret_in_assignment(variable));
          const auto& labels = at(*document, "/Config/Labels");
          if (labels.is_object())
            for (const auto& [key, value] : labels.items())
              add("a label", secret_in_assignment(
                                 key + "=" + (value.is_string() ? value.get<std::string>() : "")));
          for (const char* pointer : {"/Config/Cmd", "/Config/Entrypoint", "/Args"})
            for (const auto& word : texts_at(*document, pointer))
              add("an argument", secret_in_text(word));
        }
        if (layers->is_array())
          for (const auto& layer : *layers)
            add("the image's history", secret_in_text(text_at(layer, "/CreatedBy")));
        std::ranges::sort(findings);
        const auto same = std::ranges::unique(findings);
        findings.erase(same.begin(), same.end());
        return findings;
      });
  if (verdict.status == Status::pass || verdict.status == Status::fail)
    verdict.evidence = {
        {"fact", "name IN ('container.inspect', 'image.inspect', 'image.history')"}};
  return verdict;
}

// SEC-19
Verdict sec_no_devices(const Plan& plan, const History& history) {
  return by_container(
      plan, history, "SEC-19", "no device of the host is given to it", [](const json& inspect) {
        Findings findings;
        for (const char* pointer : {"/HostConfig/Devices", "/HostConfig/DeviceRequests"}) {
          const auto& list = at(inspect, pointer);
          if (!list.is_array()) continue;
          for (const auto& device : list) {
            const auto path = text_at(device, "/PathOnHost");
            findings.push_back(
                fmt::format("the device {} is given to it", path.empty() ? device.dump() : path));
          }
        }
        for (const auto& rule : texts_at(inspect, "/HostConfig/DeviceCgroupRules"))
          findings.push_back(fmt::format("the device rule '{}' is set", rule));
        return findings;
      });
}

// SEC-20. A tag can be moved; a digest, or the id of a local image, cannot.
Verdict sec_image_by_digest(const Plan& plan, const History& history) {
  return by_container(plan, history, "SEC-20", "the image is named by its digest or id",
                      [](const json& inspect) {
                        static const std::regex pinned("(.*@)?sha256:[0-9a-f]{64}|[0-9a-f]{64}");
                        const auto image = text_at(inspect, "/Config/Image");
                        return only(!std::regex_match(image, pinned),
                                    fmt::format("the image is named '{}'", image));
                      });
}

}  // namespace bhsim::checks
