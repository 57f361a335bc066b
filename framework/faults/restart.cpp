#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

class Restart final : public EndingFault {
 public:
  using EndingFault::EndingFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("restart of {:.12}", spec().target);
  }

  // The image's own signal, and SIGKILL when the contract's time for it is over.
  Result<void> apply(const Means& means) override {
    return engine::stop_container(means.engine, spec().target, spec().stops_within);
  }

  [[nodiscard]] Result<std::string> ended_with(std::int64_t code) const override {
    return fmt::format("the container was stopped, with exit code {}", code);
  }
};

}  // namespace

const FaultKind kRestart{
    .name = "restart",
    .title = "the container stopped, as `docker stop` does; undone by its start",
    .scenario = "resource-exhaustion",
    .effect = Effect::restart,
    .ends = Ends::always,
    .survives = "restart",
    .impossible = possible_everywhere,
    .make = make_fault<Restart>};

}  // namespace bhsim::faults
