#pragma once
// What faults of the application's dependency share. Of this folder alone.

#include "framework/faults/kinds.hpp"
#include "framework/faults/visit.hpp"

namespace bhsim::faults {

// The relay between application and dependency, which is there as long as the run is, told to do
// something. Seen by its own counters, and by what the application, its client, answers.
class DependencyFault : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;
  Result<void> prepare(const Means& means) final;
  Result<void> apply(const Means& means) final;
  Result<std::string> acted(const Means& means) final;
  Result<void> undo(const Means& means) final;
  Result<std::string> healed(const Means& means) final;

 protected:
  struct Evidence {
    Visit visit;     // of the application, for what it needs the dependency for
    Nanos before{};  // until it answered the same, before
    sidecar::Sidecar::RelayCounters counted;
  };
  [[nodiscard]] virtual sidecar::Sidecar::RelaySetting setting() const = 0;
  [[nodiscard]] virtual Nanos patience() const = 0;
  // The proof in words. ErrorCode::conflict: it does not show.
  [[nodiscard]] virtual Result<std::string> shown(const Evidence& evidence) const = 0;

 private:
  [[nodiscard]] Visit ask(const Means& means, Nanos patience) const;
  [[nodiscard]] Result<bool> way_is_there(const Means& means) const;

  Visit before_;
};

extern const FaultKind kDependencySlow, kDependencyDead;

}  // namespace bhsim::faults
