#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

// Exit code of a process that SIGKILL ended, as the engine tells it: 128 + 9.
constexpr std::int64_t kKilled = 137;

class Kill final : public EndingFault {
 public:
  using EndingFault::EndingFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("kill -9 of the first process in {:.12}", spec().target);
  }

  Result<void> apply(const Means& means) override {
    return engine::kill_container(means.engine, spec().target, "SIGKILL");
  }

  [[nodiscard]] Result<std::string> ended_with(std::int64_t code) const override {
    if (code != kKilled)
      return fail(ErrorCode::protocol, "the process ended with code {}, not by SIGKILL ({})", code,
                  kKilled);
    return fmt::format("the process ended with code {}", code);
  }
};

}  // namespace

const FaultKind kKill{
    .name = "kill",
    .title = "SIGKILL to the application's first process; undone by starting it again",
    .scenario = "resource-exhaustion",
    .effect = Effect::restart,
    .ends = Ends::always,
    .survives = "kill",
    .impossible = possible_everywhere,
    .make = make_fault<Kill>};

}  // namespace bhsim::faults
