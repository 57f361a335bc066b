#pragma once
// Delivers planned swaps through the side-car in the agent's way and says when what happened.

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/history/records.hpp"
#include "framework/hotswap/variants.hpp"
#include "framework/sidecar/sidecar.hpp"

namespace bhsim::hotswap {

struct DeliveryOptions {
  std::string directory = "/classes";  // watched by the agent
  sidecar::Way way = sidecar::Way::rename_touch;
  std::string marker{kMarker};
  Nanos half_pause = std::chrono::milliseconds(50);  // between the halves of a "half-written" file
};

// Thread-safe: concurrent deliveries each take one call of the side-car. Outlives side-cars: it
// remembers what lies in the directory across restarts of the JVM.
class Deliverer {
 public:
  // `originals`: by class name with dots, the bytes as compiled; generation 0.
  // An Error names the first class that cannot be swapped (no marker, not a class file).
  static Result<Deliverer> create(DeliveryOptions options,
                                  std::map<std::string, std::string> originals, const Clock& clock);

  // `planned` has generation, class_name, variant and what else the plan knows; returned are the
  // same with valid, t_write, t_rename, sha256 and sha256_before filled in. The outcome is the
  // oracle's to say. An Error: nothing is known to have been delivered.
  Result<history::Swap> deliver(sidecar::Sidecar& sidecar, history::Swap planned);
  // Those of one instant, at most sidecar::protocol::kMostTogether: staged first and put in place
  // one right after the other. A class may be among them more than once: its last one stays.
  Result<std::vector<history::Swap>> deliver_group(sidecar::Sidecar& sidecar,
                                                   std::vector<history::Swap> planned);

  // What lies in the directory for that class: digest and whether it is a valid version.
  struct OnDisk {
    std::int64_t generation = 0;
    bool valid = true;
    std::string sha256;
  };
  [[nodiscard]] std::map<std::string, OnDisk> on_disk() const;
  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }

 private:
  struct State;
  explicit Deliverer(std::shared_ptr<State> state, std::vector<std::string> classes);
  std::shared_ptr<State> state_;
  std::vector<std::string> classes_;
};

}  // namespace bhsim::hotswap
