#include "framework/base/units.hpp"
#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class SlowClose final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("that a connection was closed reaches clients and {:.12} {} ms later",
                       spec().target, text("delay"));
  }

 protected:
  [[nodiscard]] relay::Setting setting(const Twin& /*twin*/) const override {
    return {.end_delay = milliseconds("delay")};
  }

  [[nodiscard]] Nanos patience() const override { return milliseconds("delay") + 2s; }

  // Of the time behind the answer a busy machine may have spent some on reading it.
  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    const auto& late = evidence.counted.late_ends;
    if (late.empty() || late.min() < milliseconds("delay"))
      return fail(ErrorCode::conflict, "the relay has held {} ends", late.count());
    const auto& visit = evidence.visit;
    if (visit.bytes == 0 || visit.end != Visit::End::orderly ||
        visit.silent < milliseconds("delay") / 2)
      return fail(ErrorCode::conflict, "{} behind its answer a connection {}",
                  format_duration(visit.silent),
                  visit.end == Visit::End::none ? "was still open" : "had ended");
    return fmt::format(
        "{} ends were held for {} and more, and a connection ended {} behind its "
        "answer",
        late.count(), format_duration(late.min()), format_duration(visit.silent));
  }
};

}  // namespace

// It acts upon whoever closes meanwhile.
const FaultKind kSlowClose{
    .name = "slow-close",
    .title = "clients and application learn late that a connection was closed (relay)",
    .scenario = "network-issues",
    .holds = 5s,
    .twin = kTwin,
    .parameters = {{{.name = "delay",
                     .type = Parameter::Type::count,
                     .fallback = "1000",
                     .least = 100,
                     .most = 4000}}},
    .impossible = possible_everywhere,
    .make = make_fault<SlowClose>};

}  // namespace bhsim::faults
