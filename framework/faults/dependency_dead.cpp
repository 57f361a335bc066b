#include "framework/base/units.hpp"
#include "framework/faults/dependency.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class DependencyDead final : public DependencyFault {
 public:
  using DependencyFault::DependencyFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("the dependency of {:.12} says nothing any more", spec().target);
  }

 protected:
  [[nodiscard]] sidecar::Sidecar::RelaySetting setting() const override {
    return {.black_hole = true};
  }

  // Of an application that waits for ever the silence is enough.
  [[nodiscard]] Nanos patience() const override { return 2s; }

  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    if (evidence.counted.held == 0)
      return fail(ErrorCode::conflict, "the relay holds nothing back");
    const auto& visit = evidence.visit;
    if (visit.first && visit.status < 500)
      return fail(ErrorCode::conflict, "the application answered {}", visit.status);
    return fmt::format(
        "{} are held back, and the application {}", format_size(evidence.counted.held),
        visit.first ? fmt::format("answered {} in {}", visit.status, format_duration(*visit.first))
                    : "said nothing for " + format_duration(patience()));
  }
};

}  // namespace

const FaultKind kDependencyDead{
    .name = "dependency-dead",
    .title = "the application's dependency says nothing any more (relay before it)",
    .scenario = "network-issues",
    .holds = 5s,
    .of_dependency = true,
    .impossible = possible_everywhere,
    .make = make_fault<DependencyDead>};

}  // namespace bhsim::faults
