#include "framework/base/units.hpp"
#include "framework/faults/dependency.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class DependencySlow final : public DependencyFault {
 public:
  using DependencyFault::DependencyFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("{:.12} and its dependency hear of each other {} ms later", spec().target,
                       text("delay"));
  }

 protected:
  [[nodiscard]] sidecar::Sidecar::RelaySetting setting() const override {
    return {.delay = delay()};
  }

  [[nodiscard]] Nanos patience() const override { return 2 * delay() + 1s; }

  // An application that does not wait so long says so.
  [[nodiscard]] Result<std::string> shown(const Evidence& evidence) const override {
    const auto& counted = evidence.counted;
    if (counted.pieces == 0 || counted.shortest < delay())
      return fail(ErrorCode::conflict, "the relay has held {} pieces, the shortest time {}",
                  counted.pieces, format_duration(counted.shortest));
    const auto& visit = evidence.visit;
    const bool gave_up = visit.status >= 500;
    if (!visit.first || (*visit.first < 2 * delay() + evidence.before / 2 && !gave_up))
      return fail(ErrorCode::conflict, "the application {}",
                  visit.first ? "answered in " + format_duration(*visit.first) : "was silent");
    return fmt::format("{} pieces were held for {} and more, and the application answered {} in {}",
                       counted.pieces, format_duration(counted.shortest), visit.status,
                       format_duration(*visit.first));
  }

 private:
  [[nodiscard]] Nanos delay() const { return std::chrono::milliseconds(count("delay")); }
};

}  // namespace

const FaultKind kDependencySlow{
    .name = "dependency-slow",
    .title = "the application's dependency answers milliseconds later (relay before it)",
    .scenario = "network-issues",
    .holds = 5s,
    .of_dependency = true,
    .parameters = {{{.name = "delay",
                     .type = Parameter::Type::count,
                     .fallback = "200",
                     .least = 1,
                     .most = 2000}}},
    .impossible = possible_everywhere,
    .make = make_fault<DependencySlow>};

}  // namespace bhsim::faults
