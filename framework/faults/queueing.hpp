#pragma once
// What faults of the container's own network interface share. Of this folder alone.

#include "framework/faults/hand.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {

// A queueing discipline on the interface of the application's own network namespace: what it sends
// waits there. The host's interfaces are never touched.
class QueueFault : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;
  Result<void> prepare(const Means& means) override;
  Result<void> apply(const Means& means) override;
  Result<void> undo(const Means& means) override;
  Result<std::string> healed(const Means& means) override;

 protected:
  virtual Result<void> put(sidecar::Sidecar& hand) = 0;
  // By the kernel's own counters.
  Result<sidecar::Sidecar::Queue> queue(const Means& means);

 private:
  KeptHand hand_{HandRights::network, HandPlace::beside_target};
};

extern const FaultKind kBandwidth, kLatency;

}  // namespace bhsim::faults
