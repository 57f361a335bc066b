#pragma once
// What the kinds of faults share, and their makers. Of this folder alone.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "framework/engine/containers.hpp"
#include "framework/faults/fault.hpp"

namespace bhsim::faults {

// A fault of one container: knows its spec, refuses a target without the label of its own run.
class ContainerFault : public Fault {
 public:
  explicit ContainerFault(FaultSpec spec) : spec_(std::move(spec)) {}
  [[nodiscard]] const FaultSpec& spec() const override { return spec_; }
  Result<void> prepare(const Means& means) override;

 protected:
  // Its state; an Error of code not_found when it is gone, unsupported when it is not ours.
  [[nodiscard]] Result<engine::ContainerState> look(const Means& means) const;
  // The application's own answer; true when it has no probe.
  [[nodiscard]] bool answers(const Means& means, Nanos patience) const;

 private:
  FaultSpec spec_;
};

std::optional<std::string> possible_everywhere(const Host& host);
std::optional<std::string> needs_freezer(const Host& host);
std::unique_ptr<Fault> make_kill(FaultSpec spec);
std::unique_ptr<Fault> make_pause(FaultSpec spec);

}  // namespace bhsim::faults
