#pragma once
// What a run looks like at this moment: filled by the runner, shown by the reporters. Passive;
// copied, not shared.

#include <cstdint>
#include <optional>
#include <string>

#include "framework/base/clock.hpp"

namespace bhsim::history {

struct LiveState {
  std::string phase;      // "steady", "getting ready", "draining" …
  Nanos elapsed{};        // since the start of the load
  Nanos total{};          // of the load phases; 0 while there is no timeline yet
  double rate_per_s = 0;  // responses a second over the last few seconds
  std::optional<Nanos>
      p50;  // from the planned start, last few seconds; nothing when no response came
  std::optional<Nanos> p99;
  std::int64_t requests = 0;  // planned so far
  std::int64_t errors = 0;    // of them not ok
  std::int64_t swaps = 0;     // delivered so far
  std::int64_t swaps_ok =
      0;  // of them ended as they should: valid landed or superseded, invalid refused
  std::int64_t faults = 0;  // applied so far
  std::int64_t faults_healed = 0;
  std::optional<std::int64_t> heap_bytes;
  std::optional<double> cpu_share;  // of one core, the application
  std::string notice;  // one line worth saying now: "kill of load-1, healing"; empty: none
};

}  // namespace bhsim::history
