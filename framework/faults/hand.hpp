#pragma once
// A fault's own helper: a short-lived container with the target's volumes, made from the journal's
// record alone, so that the process that undoes a fault needs nothing of the one that applied it.

#include <memory>
#include <optional>
#include <string>

#include "framework/faults/fault.hpp"
#include "framework/sidecar/sidecar.hpp"

namespace bhsim::faults {

enum class HandRights {
  application,  // the application's user, no capability: what it sees is what the application sees
  owner,        // root with the capabilities to change modes and owners, of the volumes only
  network,      // root with NET_ADMIN, for the target's own interface
};

enum class HandPlace {
  own,            // processes of its own: works whether the target runs or not
  among_targets,  // in the target's pid namespace, whose /proc/1 it may read
  beside_target,  // in the target's network namespace
};

// Removes its container when it goes; what a crash leaves has the run's label.
class Hand {
 public:
  static Result<Hand> reach(const Means& means, const FaultSpec& spec, HandRights rights,
                            HandPlace place = HandPlace::own);
  Hand(Hand&&) noexcept = default;
  Hand& operator=(Hand&&) noexcept = default;
  Hand(const Hand&) = delete;
  Hand& operator=(const Hand&) = delete;
  ~Hand();

  sidecar::Sidecar* operator->() { return started_.sidecar.get(); }

 private:
  Hand(const engine::Client& engine, sidecar::StartedSidecar started)
      : engine_(&engine), started_(std::move(started)) {}
  const engine::Client* engine_;
  sidecar::StartedSidecar started_;
};

// A helper that is made when it is first asked for, and made anew when its process has ended.
class KeptHand {
 public:
  explicit KeptHand(HandRights rights, HandPlace place = HandPlace::own)
      : rights_(rights), place_(place) {}
  Result<Hand*> reach(const Means& means, const FaultSpec& spec);
  void drop() { hand_.reset(); }

 private:
  HandRights rights_;
  HandPlace place_;
  std::optional<Hand> hand_;
};

}  // namespace bhsim::faults
