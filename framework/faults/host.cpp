#include "framework/faults/host.hpp"

#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <sched.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

#include "framework/engine/resources.hpp"

namespace bhsim::faults {
namespace {

// The engine does not tell; on the host of a local one the kernel does.
bool kernel_has_freezer() {
  std::ifstream groups("/proc/cgroups");
  if (!groups) return true;
  for (std::string line; std::getline(groups, line);)
    if (line.starts_with("freezer")) return true;
  return false;
}

// Asked in a network namespace of its own, in a child of ours: netem without its options is refused
// as invalid by a kernel that has it, and as unknown by one that has not. The child's exit code is
// the kernel's error number; 0: it could not be asked.
int ask_for_netem() {
  if (::unshare(::geteuid() == 0 ? CLONE_NEWNET : CLONE_NEWUSER | CLONE_NEWNET) != 0) return 0;
  struct {
    nlmsghdr header{};
    tcmsg body{};
    rtattr kind{static_cast<std::uint16_t>(RTA_LENGTH(6)), TCA_KIND};
    char name[8] = "netem";
  } request;
  constexpr int kLoopback = 1;
  request.header.nlmsg_len = sizeof request;
  request.header.nlmsg_type = RTM_NEWQDISC;
  request.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL;
  request.body.tcm_ifindex = kLoopback;
  request.body.tcm_parent = TC_H_ROOT;
  const int fd = ::socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
  if (fd < 0 || ::send(fd, &request, sizeof request, 0) < 0) return 0;
  alignas(nlmsghdr) char answer[4096];
  const auto got = ::recv(fd, answer, sizeof answer, 0);
  const auto* header = reinterpret_cast<const nlmsghdr*>(answer);
  if (got < static_cast<ssize_t>(NLMSG_LENGTH(sizeof(nlmsgerr)))) return 0;
  if (header->nlmsg_type != NLMSG_ERROR) return 0;
  return -reinterpret_cast<const nlmsgerr*>(answer + NLMSG_HDRLEN)->error;
}

bool kernel_has_netem() {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(ask_for_netem());
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFEXITED(status)) return true;
  return WEXITSTATUS(status) != ENOENT;
}

}  // namespace

Host host_of(const engine::Client& engine) {
  Host host;
  const auto info = engine::engine_info(engine);
  if (!info) {
    host.engine_unknown = info.error().message;
    return host;
  }
  const auto says = [&info](const char* name) {
    const auto value = info->find(name);
    return value == info->end() || !value->is_boolean() || value->get<bool>();
  };
  host.memory_limit = says("MemoryLimit");
  host.cpu_quota = says("CpuCfsQuota");
  host.pids_limit = says("PidsLimit");
  host.cgroup_v1 = info->value("CgroupVersion", "1") != "2";
  if (!engine.endpoint().url.starts_with("unix:")) return host;
  if (host.cgroup_v1) host.freezer = kernel_has_freezer();
  host.netem = kernel_has_netem();
  return host;
}

Result<void> possible_here(const std::vector<std::string>& kinds, const Host& host) {
  std::string bad;
  for (const auto& name : std::set<std::string>(kinds.begin(), kinds.end())) {
    const auto* kind = find_fault_kind(name);
    if (kind == nullptr) return fail(ErrorCode::internal, "no fault is called '{}'", name);
    if (const auto why = kind->impossible(host)) bad += fmt::format("\n  fault {}: {}", name, *why);
  }
  if (bad.empty()) return {};
  return fail(ErrorCode::unsupported,
              "this host cannot do what the plan breaks (`bhsim list faults`):{}", bad);
}

}  // namespace bhsim::faults
