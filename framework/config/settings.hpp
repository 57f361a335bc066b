#pragma once
// `--set KEY=VALUE`: one table of what can be set, with what it expects.

#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/config/loaders.hpp"

namespace bhsim::config {

// Everything that was loaded for a run, before it becomes a plan.
struct Pieces {
  Simulation simulation;
  Contract contract;
  AgentProfile agent;
  ProductionConfig production;
  LoadProfile load;
  Thresholds thresholds;
};

// Applies one setting. An unknown key is refused with the nearest, an ill-typed value with what is
// expected.
Result<void> apply_setting(std::string_view setting, Pieces& pieces,
                           std::span<const KnownLimit> known);

}  // namespace bhsim::config
