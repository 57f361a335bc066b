#include "framework/runner/blast_radius.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

namespace bhsim::runner {

void BlastRadius::delivered(const config::PlannedSwap& planned, Time t) {
  since_.push_back({t, planned.valid ? "" : planned.class_name});
}

void BlastRadius::took(Time t, const std::string& operation, std::int64_t planned,
                       std::int64_t ok) {
  const auto after = std::upper_bound(since_.begin(), since_.end(), t,
                                      [](Time at, const Since& since) { return at < since.t; });
  if (after == since_.begin() || std::prev(after)->class_name.empty()) return;
  Sum& sum = sums_[std::prev(after)->class_name][operation];
  sum.planned += planned;
  sum.ok += ok;
}

nlohmann::json BlastRadius::to_json() const {
  auto json = nlohmann::json::object();
  for (const auto& [class_name, operations] : sums_)
    for (const auto& [operation, sum] : operations)
      json[class_name][operation] = {{"planned", sum.planned}, {"ok", sum.ok}};
  return json;
}

}  // namespace bhsim::runner
