#pragma once
// Starting a side-car, and other containers that run the helper.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/sidecar/sidecar.hpp"

namespace bhsim::engine {
class Client;
}

namespace bhsim::sidecar {

struct VolumeMount {
  std::string volume;  // name of a volume on the engine
  std::string path;    // as in the target
};

struct SidecarSpec {
  std::string name;        // of the container; empty: the engine picks one
  std::string target;      // container whose pid namespace it joins; empty: one of its own
  std::string network_of;  // container whose network namespace it joins; empty: none
  std::string network;     // by name, that it is in; empty: no network
  std::string image;       // holds the helper
  std::string helper = "/usr/local/bin/bhsim-helper";
  std::string user;                           // "10001:10001": the target's
  std::map<std::string, std::string> labels;  // the run's
  std::vector<VolumeMount> mounts;
  std::vector<std::string> capabilities;  // none; "FOWNER", "CHOWN" … for faults only
  std::string cpuset;                     // empty: the engine's default
  std::int64_t memory_bytes = 64 << 20;
};

struct StartedSidecar {
  std::string container;
  std::unique_ptr<Sidecar> sidecar;
};

// Creates, attaches, starts and greets, within `wait`. The container has no network but that, no
// capabilities but those named, a read-only root, and is removed by whoever cleans up the labels;
// it ends when the channel closes or its target dies. On an error nothing is left behind.
Result<StartedSidecar> start_sidecar(const engine::Client& engine, const SidecarSpec& spec,
                                     const Clock& clock, Nanos wait);

// A container that does nothing but keep the volumes mounted (`bhsim-helper hold`), so that a tmpfs
// volume outlives the target. spec.target is not used. Returns its id.
Result<std::string> start_holder(const engine::Client& engine, const SidecarSpec& spec);

}  // namespace bhsim::sidecar
