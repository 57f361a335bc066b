#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// Exit codes of processes that a signal ended begin above it.
constexpr std::int64_t kLastOwnCode = 128;

class Exit final : public EndingFault {
 public:
  using EndingFault::EndingFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("GET {} on {:.12}, by which it ends", text("request"), spec().target);
  }

  // Whether it answers before it ends is its own affair.
  Result<void> apply(const Means& means) override {
    (void)means.ask(spec().port, text("request"), 5s);
    return {};
  }

  [[nodiscard]] Result<std::string> ended_with(std::int64_t code) const override {
    if (code > kLastOwnCode)
      return fail(ErrorCode::protocol, "the process ended with code {}: a signal, not by itself",
                  code);
    return fmt::format("the process ended by itself with code {}", code);
  }
};

}  // namespace

const FaultKind kExit{
    .name = "exit",
    .title = "a request by which the application ends itself; undone by starting it again",
    .scenario = "resource-exhaustion",
    .effect = Effect::restart,
    .ends = Ends::always,
    .survives = "restart",
    .parameters = {{{.name = "request", .type = Parameter::Type::path}}},
    .impossible = possible_everywhere,
    .make = make_fault<Exit>};

}  // namespace bhsim::faults
