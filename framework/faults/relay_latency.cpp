#include "framework/base/units.hpp"
#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class RelayLatency final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("clients and {:.12} hear of each other {} ms later", spec().target,
                       text("delay"));
  }

 protected:
  [[nodiscard]] relay::Setting setting(const Twin& /*twin*/) const override {
    return {.delay = milliseconds("delay")};
  }

  [[nodiscard]] Nanos patience() const override { return 2 * milliseconds("delay") + 1s; }

  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    const auto& held = evidence.counted.holding;
    if (held.empty() || held.min() < milliseconds("delay"))
      return fail(ErrorCode::conflict, "the relay has held {} pieces, the shortest time {}",
                  held.count(), format_duration(held.min()));
    const auto& first = evidence.visit.first;
    if (!first || *first < 2 * milliseconds("delay") + *evidence.idle.first / 2)
      return fail(ErrorCode::conflict, "a request got {}",
                  first ? "an answer in " + format_duration(*first) : "no answer");
    return fmt::format("{} pieces were held for {} to {}, and an answer took {}", held.count(),
                       format_duration(held.min()), format_duration(held.max()),
                       format_duration(*first));
  }
};

}  // namespace

const FaultKind kRelayLatency{
    .name = "relay-latency",
    .title = "clients and application hear of each other milliseconds later (relay)",
    .scenario = "network-issues",
    .holds = 5s,
    .twin = kTwin,
    .parameters = {{{.name = "delay",
                     .type = Parameter::Type::count,
                     .fallback = "15",
                     .least = 1,
                     .most = 2000}}},
    .impossible = possible_everywhere,
    .make = make_fault<RelayLatency>};

}  // namespace bhsim::faults
