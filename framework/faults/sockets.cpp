#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/faults/hand.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// An application that has not let go of what its peer closed so long ago keeps it by itself.
constexpr Nanos kLetsGo = 10s;

// Connections that say nothing; each costs the application a descriptor.
class Sockets final : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} silent connections to {:.12}", text("count"), spec().target);
  }

  Result<void> prepare(const Means& means) override {
    BHSIM_TRY(ContainerFault::prepare(means));
    BHSIM_ASSIGN(const auto open, descriptors(means));
    note("descriptors", open);
    return {};
  }

  Result<void> apply(const Means&) override {
    for (std::int64_t i = 0; i < count("count"); ++i) BHSIM_TRY(hold_one());
    return {};
  }

  // By the descriptors of the application's process: what the kernel has accepted for it is
  // nothing that it knows of yet.
  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto open, descriptors(means));
    const auto more = open - noted_number("descriptors");
    if (more < count("count") * 9 / 10)
      return fail(ErrorCode::conflict, "it has {} descriptors more than before", more);
    return fmt::format("it has {} descriptors, {} more than before", open, more);
  }

  // Those of a process that is gone went with it.
  Result<void> undo(const Means& means) override {
    held_.clear();
    if (!undone_) undone_ = means.clock.now();
    return {};
  }

  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state) return std::string("its container is gone");
    if (!state->running) return std::string("it does not run, and holds nothing");
    BHSIM_ASSIGN(const auto open, descriptors(means));
    const auto more = open - noted_number("descriptors");
    if (more <= count("count") / 10) return fmt::format("it has {} descriptors again", open);
    if (undone_ && means.clock.now() >= *undone_ + kLetsGo)
      return fmt::format("they are closed, and it keeps {} descriptors more than before", more);
    return fail(ErrorCode::conflict, "it still has {} descriptors more than before", more);
  }

 private:
  Result<void> hold_one() {
    UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(spec().port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const timeval patience{.tv_sec = 2, .tv_usec = 0};
    if (socket.valid())
      ::setsockopt(socket.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!socket.valid() ||
        ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      return fail(ErrorCode::io, "connection {} to port {}: {}", held_.size() + 1, spec().port,
                  std::strerror(errno));
    held_.push_back(std::move(socket));
    return {};
  }

  Result<std::int64_t> descriptors(const Means& means) {
    BHSIM_ASSIGN(auto* reader, reader_.reach(means, spec()));
    BHSIM_ASSIGN(const auto entries, (*reader)->list("/proc/1/fd"));
    return std::ssize(entries);
  }

  std::vector<UniqueFd> held_;
  std::optional<Time> undone_;
  KeptHand reader_{HandRights::application, HandPlace::among_targets};
};

}  // namespace

const FaultKind kSockets{
    .name = "sockets",
    .title = "connections that say nothing, each of which costs a descriptor; undone by their end",
    .scenario = "resource-exhaustion",
    .holds = 5s,
    .parameters = {{{.name = "count",
                     .type = Parameter::Type::count,
                     .fallback = "500",
                     .least = 1,
                     .most = 3500}}},
    .impossible = possible_everywhere,
    .make = make_fault<Sockets>};

}  // namespace bhsim::faults
