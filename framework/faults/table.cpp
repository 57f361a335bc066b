#include <array>

#include "framework/faults/dependency.hpp"
#include "framework/faults/files.hpp"
#include "framework/faults/kinds.hpp"
#include "framework/faults/queueing.hpp"
#include "framework/faults/relaying.hpp"

namespace bhsim::faults {

std::span<const FaultKind> fault_kinds() {
  static const std::array table{
      // The process.
      kKill,
      kTerminate,
      kRestart,
      kExit,
      kPause,
      // What it shares with others.
      kCut,
      kMemory,
      kCpu,
      kPids,
      kSockets,
      kBandwidth,
      kLatency,
      // What lies between it and its clients.
      kRelayLatency,
      kRelayJitter,
      kRelayBandwidth,
      kReset,
      kBlackHole,
      kHalfOpen,
      kSlowClose,
      kDependencySlow,
      kDependencyDead,
      // Its files.
      kPermissions,
      kReadOnly,
      kDiskFull,
      kFileStorm,
      kEvents,
      // What cannot be done, and why.
      kWatchDirectory,
      kClock,
  };
  return table;
}

}  // namespace bhsim::faults
