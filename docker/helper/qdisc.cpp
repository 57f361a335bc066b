#include "docker/helper/qdisc.hpp"

#include <linux/gen_stats.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <functional>
#include <limits>
#include <optional>
#include <vector>

namespace bhsim::helper {
namespace {

// Whatever has another handle is somebody else's, and is never touched.
constexpr std::uint32_t kOurHandle = 0xb5130000;
constexpr std::int64_t kPieceNs = 64;  // what netem counts time in

// One request to the kernel, and the attributes behind it.
class Message {
 public:
  Message(std::uint16_t type, std::uint16_t flags, int device) {
    header_.nlmsg_type = type;
    header_.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | flags);
    body_.tcm_family = AF_UNSPEC;
    body_.tcm_ifindex = device;
    body_.tcm_parent = TC_H_ROOT;
    body_.tcm_handle = kOurHandle;
  }
  void add(std::uint16_t type, const void* data, std::size_t size) {
    rtattr attribute{static_cast<std::uint16_t>(RTA_LENGTH(size)), type};
    append(&attribute, sizeof attribute);
    append(data, size);
    bytes_.resize(NLMSG_ALIGN(bytes_.size()));
  }
  void add(std::uint16_t type, std::string_view text) {
    add(type, std::string(text).c_str(), text.size() + 1);
  }
  // Attributes of an attribute.
  void add_nested(std::uint16_t type, const std::function<void(Message&)>& fill) {
    Message inner(0, 0, 0);
    fill(inner);
    add(type, inner.bytes_.data(), inner.bytes_.size());
  }
  [[nodiscard]] std::vector<char> whole() const {
    std::vector<char> out(NLMSG_LENGTH(sizeof body_) + bytes_.size());
    nlmsghdr header = header_;
    header.nlmsg_len = static_cast<std::uint32_t>(out.size());
    std::memcpy(out.data(), &header, sizeof header);
    std::memcpy(out.data() + NLMSG_HDRLEN, &body_, sizeof body_);
    std::ranges::copy(bytes_, out.begin() + NLMSG_LENGTH(sizeof body_));
    return out;
  }

 private:
  void append(const void* data, std::size_t size) {
    const auto* from = static_cast<const char*>(data);
    bytes_.insert(bytes_.end(), from, from + size);
  }
  nlmsghdr header_{};
  tcmsg body_{};
  std::vector<char> bytes_;
};

Result<Fd> send(const Message& message, std::string_view what) {
  Fd socket(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
  if (!socket.valid()) return fail_errno(what, "netlink");
  const timeval patience{.tv_sec = 5, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  const auto bytes = message.whole();
  if (::send(socket.get(), bytes.data(), bytes.size(), 0) < 0) return fail_errno(what, "netlink");
  return socket;
}

// Every message of the answer, until its end; the kernel's own error number, 0 for none.
Result<int> receive(const Fd& socket, const std::function<void(const nlmsghdr&)>& take) {
  alignas(nlmsghdr) char buffer[1U << 15U];
  while (true) {
    const ssize_t got = ::recv(socket.get(), buffer, sizeof buffer, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("receive", "netlink");
    auto left = static_cast<unsigned>(got);
    for (auto* header = reinterpret_cast<nlmsghdr*>(buffer); NLMSG_OK(header, left);
         header = NLMSG_NEXT(header, left)) {
      if (header->nlmsg_type == NLMSG_DONE) return 0;
      if (header->nlmsg_type == NLMSG_ERROR)
        return -static_cast<const nlmsgerr*>(NLMSG_DATA(header))->error;
      take(*header);
    }
  }
}

// The one that is not the loopback.
Result<int> device() {
  struct Free {
    void operator()(struct if_nameindex* list) const { ::if_freenameindex(list); }
  };
  const std::unique_ptr<struct if_nameindex, Free> list(::if_nameindex());
  for (const auto* one = list.get(); one != nullptr && one->if_index != 0; ++one)
    if (std::string_view(one->if_name) != "lo") return static_cast<int>(one->if_index);
  return fail(ErrorCode::not_found, "there is no network interface but the loopback");
}

// 0, or the kernel's error number.
Result<int> ask(const Message& message, std::string_view what) {
  BHSIM_ASSIGN(const Fd socket, send(message, what));
  return receive(socket, [](const nlmsghdr&) {});
}

Result<Json> put(const std::string& kind, const std::function<void(Message&)>& options) {
  BHSIM_ASSIGN(const int index, device());
  // Nothing of anybody else's is replaced.
  Message message(RTM_NEWQDISC, NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, index);
  message.add(TCA_KIND, kind);
  options(message);
  BHSIM_ASSIGN(const int error, ask(message, kind));
  if (error == ENOENT) return fail(ErrorCode::unsupported, "this kernel has no {}", kind);
  if (error != 0) return fail_errno("put on the interface", kind, error);
  return Json::object();
}

struct Queue {
  std::string kind;
  std::uint64_t packets = 0, overlimits = 0, drops = 0;
};

void take_statistics(const rtattr* statistics, Queue& into) {
  auto left = static_cast<int>(RTA_PAYLOAD(statistics));
  for (const auto* one = static_cast<const rtattr*>(RTA_DATA(statistics)); RTA_OK(one, left);
       one = RTA_NEXT(one, left)) {
    if (one->rta_type == TCA_STATS_BASIC && RTA_PAYLOAD(one) >= sizeof(gnet_stats_basic)) {
      gnet_stats_basic basic{};
      std::memcpy(&basic, RTA_DATA(one), sizeof basic);
      into.packets = basic.packets;
    }
    if (one->rta_type == TCA_STATS_QUEUE && RTA_PAYLOAD(one) >= sizeof(gnet_stats_queue)) {
      gnet_stats_queue waiting{};
      std::memcpy(&waiting, RTA_DATA(one), sizeof waiting);
      into.overlimits = waiting.overlimits;
      into.drops = waiting.drops;
    }
  }
}

std::optional<Queue> ours_in(const nlmsghdr& header, int index) {
  if (header.nlmsg_type != RTM_NEWQDISC) return std::nullopt;
  const auto* body = static_cast<const tcmsg*>(NLMSG_DATA(&header));
  if (body->tcm_ifindex != index || body->tcm_handle != kOurHandle) return std::nullopt;
  Queue found;
  auto left = static_cast<int>(header.nlmsg_len - NLMSG_LENGTH(sizeof *body));
  for (const auto* one = reinterpret_cast<const rtattr*>(reinterpret_cast<const char*>(body) +
                                                         NLMSG_ALIGN(sizeof *body));
       RTA_OK(one, left); one = RTA_NEXT(one, left)) {
    if (one->rta_type == TCA_KIND) found.kind = static_cast<const char*>(RTA_DATA(one));
    if (one->rta_type == TCA_STATS2) take_statistics(one, found);
  }
  return found;
}

}  // namespace

Result<Json> shape(const Args& args) {
  constexpr std::int64_t kBurst = 1600;  // one packet
  BHSIM_ASSIGN(const std::int64_t rate, args.number("rate", 1000, 1'000'000'000));
  return put("tbf", [rate](Message& message) {
    message.add_nested(TCA_OPTIONS, [rate](Message& options) {
      tc_tbf_qopt asked{};
      asked.rate.rate = static_cast<std::uint32_t>(rate);
      asked.rate.linklayer = TC_LINKLAYER_ETHERNET;
      asked.limit = static_cast<std::uint32_t>(rate + kBurst);
      asked.mtu = kBurst;
      const auto burst = static_cast<std::uint32_t>(kBurst);
      options.add(TCA_TBF_PARMS, &asked, sizeof asked);
      options.add(TCA_TBF_BURST, &burst, sizeof burst);
    });
  });
}

Result<Json> delay(const Args& args) {
  constexpr std::int64_t kMost = 60'000'000'000;
  BHSIM_ASSIGN(const std::int64_t wait, args.number("delay", 0, kMost));
  BHSIM_ASSIGN(const std::int64_t jitter, args.number_or("jitter", 0, kMost, 0));
  return put("netem", [wait, jitter](Message& message) {
    tc_netem_qopt asked{};
    asked.latency = static_cast<std::uint32_t>(wait / kPieceNs);
    asked.jitter = static_cast<std::uint32_t>(jitter / kPieceNs);
    asked.limit = 100'000;
    message.add(TCA_OPTIONS, &asked, sizeof asked);
  });
}

Result<Json> unshape(const Args& args) {
  BHSIM_ASSIGN(const Json there, queue(args));
  if (!there.at("ours").get<bool>()) return Json::object();
  BHSIM_ASSIGN(const int index, device());
  BHSIM_ASSIGN(const int error, ask(Message(RTM_DELQDISC, NLM_F_ACK, index), "take away"));
  if (error != 0 && error != ENOENT) return fail_errno("take from the interface", "qdisc", error);
  return Json::object();
}

Result<Json> queue(const Args&) {
  const auto index = device();
  if (!index && index.error().code == ErrorCode::not_found) return Json{{"ours", false}};
  if (!index) return fail(index.error());
  BHSIM_ASSIGN(const Fd socket, send(Message(RTM_GETQDISC, NLM_F_DUMP, *index), "list"));
  std::optional<Queue> found;
  BHSIM_ASSIGN(const int error, receive(socket, [&](const nlmsghdr& header) {
                 if (auto one = ours_in(header, *index)) found = std::move(one);
               }));
  if (error != 0) return fail_errno("list", "qdiscs", error);
  if (!found) return Json{{"ours", false}};
  return Json{{"ours", true},
              {"kind", found->kind},
              {"packets", found->packets},
              {"overlimits", found->overlimits},
              {"drops", found->drops}};
}

}  // namespace bhsim::helper
