#include <algorithm>
#include <cmath>

#include "framework/base/units.hpp"
#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class RelayBandwidth final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("between clients and {:.12} {} of what has passed so far, on either way",
                       spec().target, text("share"));
  }

 protected:
  // Whatever the load is, it is more than that.
  [[nodiscard]] relay::Setting setting(const Twin& twin) const override {
    return {.bytes_per_s = share_of(twin.counted, twin.length, share("share"))};
  }

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

std::int64_t share_of(const relay::Counters& counted, Nanos length, double share) {
  constexpr std::int64_t kLeast = 1000;
  const auto bytes = std::max(counted.bytes_to_client, counted.bytes_to_target);
  return std::max<std::int64_t>(
      kLeast, std::llround(share * static_cast<double>(bytes) / to_seconds(length)));
}

const FaultKind kRelayBandwidth{
    .name = "relay-bandwidth",
    .title = "what clients and application say to each other limited to a share of it (relay)",
    .scenario = "network-issues",
    .holds = 5s,
    .twin = kTwin,
    .parameters = {{{.name = "share",
                     .type = Parameter::Type::share,
                     .fallback = "50%",
                     .least = 0.01,
                     .most = 0.95}}},
    .impossible = possible_everywhere,
    .make = make_fault<RelayBandwidth>};

}  // namespace bhsim::faults
