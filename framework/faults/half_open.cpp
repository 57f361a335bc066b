#include "framework/faults/relaying.hpp"

namespace bhsim::faults {
namespace {

class HalfOpen final : public RelayFault {
 public:
  using RelayFault::RelayFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{} connections of {:.12} whose clients are gone without a word",
                       text("count"), spec().target);
  }

 protected:
  [[nodiscard]] relay::Setting setting(const Twin& /*twin*/) const override {
    return {.trouble = relay::Trouble::half_open, .most_half_open = count("count")};
  }

  // What the application has closed by itself is not half open.
  [[nodiscard]] Farewell farewell() const override { return Farewell::none; }

  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    if (evidence.counted.half_open == 0)
      return fail(ErrorCode::conflict, "of {} half-open connections the application holds none",
                  evidence.counted.half_opened);
    if (evidence.visit.bytes > 0 || evidence.visit.end != Visit::End::reset)
      return fail(ErrorCode::conflict, "a request met no reset");
    return fmt::format(
        "the application holds {} connections whose clients are gone, and a request met a reset",
        evidence.counted.half_open);
  }
};

}  // namespace

// Beyond the number, connections are reset on both sides: the clients meet the same all the time.
const FaultKind kHalfOpen{
    .name = "half-open",
    .title = "clients reset, and the application's sides of their connections left open (relay)",
    .scenario = "network-issues",
    .effect = Effect::silence,
    .twin = kTwin,
    .parameters = {{{.name = "count",
                     .type = Parameter::Type::count,
                     .fallback = "100",
                     .least = 1,
                     .most = kMostHalfOpen}}},
    .impossible = possible_everywhere,
    .make = make_fault<HalfOpen>};

}  // namespace bhsim::faults
