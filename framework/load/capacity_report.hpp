#pragma once
// A capacity search for people and for programs. Pure.

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

#include "framework/load/capacity.hpp"
#include "framework/load/causes.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

struct Trial {
  TrialStep step;
  std::uint64_t seed = 0;  // `--rate=… --seed=…` sends the same requests again
  Nanos judged_length{};
  OperationTotals judged;               // without the warm-up
  std::optional<TrialVerdict> verdict;  // nothing: stopped before its end
  std::vector<std::string> why;         // it did not hold
  std::uint64_t late = 0;               // as in Summary, warm-up included
  double cpu_share_worst = 0;
  FailureCauses causes;  // warm-up included
};

struct CapacityReport {
  LoadSpec spec;  // but for rate, duration and seed, which are each trial's
  CapacityOptions options;
  SearchBound bound;
  Nanos at_most{};  // of the whole search
  std::vector<Trial> trials;
  Knee knee;
  bool interrupted = false;
};

// Whether there is an answer. found: a rate was confirmed. below_range: the target did not hold
// the lowest. unknown: bhsim was too slow for the lowest, or no rate was confirmed.
enum class CapacityVerdict : std::uint8_t { found, below_range, unknown, interrupted };
CapacityVerdict verdict_of(const CapacityReport& report);

// What will be done, and how long it takes at most; then the head of the table.
std::string render_search_start(const CapacityReport& report);
// A line of the table.
std::string render_trial(const Trial& trial);
// The answer, what limits it, and what failed there.
std::string render_knee(const CapacityReport& report);
// "9051/s"
std::string render_rate(double rate_per_s);
// Schema: docs/load-search.schema.json.
nlohmann::json to_json(const CapacityReport& report);

}  // namespace bhsim::load
