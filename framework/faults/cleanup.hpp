#pragma once
// Removing what runs have left on the engine: what carries the label bhsim.run, and nothing else,
// ever.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"
#include "framework/engine/containers.hpp"
#include "framework/engine/resources.hpp"

namespace bhsim::faults {

struct Leftovers {
  std::vector<engine::ListedContainer> containers;
  std::vector<engine::Listed> networks;
  std::vector<engine::Listed> volumes;
  [[nodiscard]] std::size_t count() const {
    return containers.size() + networks.size() + volumes.size();
  }
};

struct Removed {
  std::int64_t containers = 0, networks = 0, volumes = 0;
};

struct CleanupLimits {
  int attempts = 10;
  Nanos total = std::chrono::seconds(40);  // no attempt begins after it: a guard has a minute
  Nanos pause = std::chrono::milliseconds(
      300);  // between them: the engine lets go of volumes a little after their containers
};

// `run_id` empty: of all runs.
Result<Leftovers> list_leftovers(const engine::Client& engine, std::string_view run_id);
// Containers, then networks, then volumes; again until nothing is left. What is gone already is no
// error. An Error names what is left in spite of all attempts.
Result<Removed> remove_everything(const engine::Client& engine, std::string_view run_id,
                                  const Clock& clock, const CleanupLimits& limits = {});
// Images that bhsim has made (label bhsim.image): the cache between runs. Those in use are left.
// The number removed.
Result<std::int64_t> remove_images(const engine::Client& engine);

}  // namespace bhsim::faults
