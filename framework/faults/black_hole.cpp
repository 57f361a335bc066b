#include "framework/base/units.hpp"
#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

class BlackHole final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("nothing passes between clients and {:.12}, and nobody is told",
                       spec().target);
  }

 protected:
  [[nodiscard]] relay::Setting setting(const Twin& /*twin*/) const override {
    return {.trouble = relay::Trouble::black_hole};
  }

  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    if (evidence.counted.held == 0)
      return fail(ErrorCode::conflict, "the relay holds nothing back");
    if (evidence.visit.bytes > 0 || evidence.visit.end != Visit::End::none)
      return fail(ErrorCode::conflict, "a request did not meet silence");
    return fmt::format("{} are held back, and a request met nothing for {}",
                       format_size(evidence.counted.held), format_duration(evidence.visit.silent));
  }
};

}  // namespace

// What was held goes on its way afterwards, as what TCP sends again when a network is back.
const FaultKind kBlackHole{
    .name = "black-hole",
    .title = "nothing passes between clients and application, and nobody is told (relay)",
    .scenario = "network-issues",
    .effect = Effect::silence,
    .twin = kTwin,
    .impossible = possible_everywhere,
    .make = make_fault<BlackHole>};

}  // namespace bhsim::faults
