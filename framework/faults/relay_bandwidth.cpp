#include "framework/base/units.hpp"
#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class RelayBandwidth final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} a second at most between clients and {:.12}, on either way",
                       text("rate"), spec().target);
  }

 protected:
  [[nodiscard]] relay::Setting setting() const override { return {.bytes_per_s = size("rate")}; }

  [[nodiscard]] Nanos patience() const override { return 2s; }

  // A limit that is never reached is none.
  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    const auto& counted = evidence.counted;
    if (counted.throttled == 0)
      return fail(ErrorCode::conflict, "none of {} to clients had to wait for the rate",
                  format_size(counted.bytes_to_client));
    const auto& first = evidence.visit.first;
    if (first && *first < 2 * *evidence.idle.first)
      return fail(ErrorCode::conflict, "a request got an answer in {}", format_duration(*first));
    return fmt::format("{} pieces had to wait, half of them for {} and more, and a request got {}",
                       counted.throttled, format_duration(counted.holding.percentile(50)),
                       first ? "an answer in " + format_duration(*first)
                             : "none in " + format_duration(patience()));
  }
};

}  // namespace

const FaultKind kRelayBandwidth{
    .name = "relay-bandwidth",
    .title = "what clients and application say to each other limited (relay)",
    .scenario = "network-issues",
    .holds = 5s,
    .twin = kTwin,
    .parameters = {{{.name = "rate",
                     .type = Parameter::Type::size,
                     .fallback = "256k",
                     .least = 1000,
                     .most = 1e9}}},
    .impossible = possible_everywhere,
    .make = make_fault<RelayBandwidth>};

}  // namespace bhsim::faults
