#include "framework/faults/queueing.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class Bandwidth final : public QueueFault {
 public:
  using QueueFault::QueueFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{:.12} sends {} a second at most", spec().target, text("rate"));
  }

  // Asked for an answer, it has something to send.
  Result<std::string> acted(const Means& means) override {
    (void)answers(means, 200ms);
    BHSIM_ASSIGN(const auto now, queue(means));
    if (now.overlimits <= 0)
      return fail(ErrorCode::conflict, "none of {} packets had to wait", now.packets);
    return fmt::format("packets had to wait {} times, and {} were dropped", now.overlimits,
                       now.drops);
  }

 protected:
  Result<void> put(sidecar::Sidecar& hand) override { return hand.shape(size("rate")); }
};

}  // namespace

const FaultKind kBandwidth{
    .name = "bandwidth",
    .title = "what the container sends limited (tc tbf); undone by taking the limit away",
    .scenario = "network-issues",
    .holds = 5s,
    .parameters = {{{.name = "rate",
                     .type = Parameter::Type::size,
                     .fallback = "32k",
                     .least = 1000,
                     .most = 1e9}}},
    .impossible = possible_everywhere,
    .make = make_fault<Bandwidth>};

}  // namespace bhsim::faults
