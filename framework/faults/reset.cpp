#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

class Reset final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("a reset instead of each answer of {:.12}", spec().target);
  }

 protected:
  [[nodiscard]] relay::Setting setting(const Twin& /*twin*/) const override {
    return {.trouble = relay::Trouble::reset};
  }

  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    if (evidence.counted.resets == 0)
      return fail(ErrorCode::conflict, "the relay has reset no connection");
    if (evidence.visit.bytes > 0 || evidence.visit.end != Visit::End::reset)
      return fail(ErrorCode::conflict, "a request met no reset");
    return fmt::format("{} connections were reset, and a request met a reset",
                       evidence.counted.resets);
  }
};

}  // namespace

// The request has arrived, and been worked on: what the client does not know is whether.
const FaultKind kReset{.name = "reset",
                       .title = "connections reset instead of the application's answers (relay)",
                       .scenario = "network-issues",
                       .effect = Effect::silence,
                       .twin = kTwin,
                       .impossible = possible_everywhere,
                       .make = make_fault<Reset>};

}  // namespace bhsim::faults
