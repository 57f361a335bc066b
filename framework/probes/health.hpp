#pragma once
// The engine's view of a container's health, as a row.

#include <optional>

#include "framework/base/clock.hpp"
#include "framework/engine/containers.hpp"
#include "framework/history/records.hpp"

namespace bhsim::probes {

// `state` as it was at `now`, which is `wall` as well. Nothing while the engine has no view: it
// does not look at what is paused or stopped, and while starting it has no verdict yet. The row's
// latency is the age of the engine's newest look: stale health is no health. An engine that does
// not tell when it looked has not, as far as anybody knows, since `began`.
std::optional<history::Health> engine_view(const engine::ContainerState& state, Time now,
                                           WallTime wall, Time began);

}  // namespace bhsim::probes
