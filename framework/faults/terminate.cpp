#include "framework/base/units.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class Terminate final : public EndingFault {
 public:
  using EndingFault::EndingFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("SIGTERM to the first process in {:.12}", spec().target);
  }

  // Returns when it has ended, or its time for that is over.
  Result<void> apply(const Means& means) override {
    BHSIM_TRY(engine::kill_container(means.engine, spec().target, "SIGTERM"));
    const Time deadline = means.clock.now() + spec().stops_within;
    while (means.clock.now() < deadline) {
      BHSIM_ASSIGN(const auto state, look(means));
      if (!state.running) return {};
      means.clock.sleep_until(means.clock.now() + 50ms);
    }
    return fail(ErrorCode::timeout, "it still runs {} after SIGTERM",
                format_duration(spec().stops_within));
  }

  // Whatever its exit code: 143 of one that SIGTERM ended, 0 of one that ended in order.
  [[nodiscard]] Result<std::string> ended_with(std::int64_t code) const override {
    return fmt::format("the process ended with code {}", code);
  }
};

}  // namespace

const FaultKind kTerminate{
    .name = "terminate",
    .title = "SIGTERM to the application's first process; undone by starting it again",
    .scenario = "resource-exhaustion",
    .effect = Effect::restart,
    .ends = Ends::always,
    .survives = "restart",
    .impossible = possible_everywhere,
    .make = make_fault<Terminate>};

}  // namespace bhsim::faults
