#include "framework/base/units.hpp"
#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class RelayJitter final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("clients and {:.12} hear of each other up to {} ms later, by chance",
                       spec().target, text("spread"));
  }

 protected:
  [[nodiscard]] relay::Setting setting(const Twin& /*twin*/) const override {
    return {.spread = milliseconds("spread")};
  }

  [[nodiscard]] Nanos patience() const override { return 2 * milliseconds("spread") + 1s; }

  // The same for all would be latency. Of two ways together seven of eight visits take half of it
  // longer.
  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    constexpr std::uint64_t kFewest = 10;
    const Nanos spread = milliseconds("spread");
    const auto& held = evidence.counted.holding;
    const Nanos low = held.percentile(10), high = held.percentile(90);
    if (held.count() < kFewest || high - low < spread / 4)
      return fail(ErrorCode::conflict, "the relay has held {} pieces, most of them for {} to {}",
                  held.count(), format_duration(low), format_duration(high));
    const auto& first = evidence.visit.first;
    if (!first || *first < *evidence.idle.first + spread / 2)
      return fail(ErrorCode::conflict, "a request got {}",
                  first ? "an answer in " + format_duration(*first) : "no answer");
    return fmt::format("{} pieces were held, most of them for {} to {}, and an answer took {}",
                       held.count(), format_duration(low), format_duration(high),
                       format_duration(*first));
  }
};

}  // namespace

const FaultKind kRelayJitter{
    .name = "relay-jitter",
    .title = "clients and application hear of each other later, each time by chance (relay)",
    .scenario = "network-issues",
    .holds = 5s,
    .twin = kTwin,
    .parameters = {{{.name = "spread",
                     .type = Parameter::Type::count,
                     .fallback = "30",
                     .least = 1,
                     .most = 2000}}},
    .impossible = possible_everywhere,
    .make = make_fault<RelayJitter>};

}  // namespace bhsim::faults
