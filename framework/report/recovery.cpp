#include "framework/report/recovery.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "checks/aftermath.hpp"
#include "checks/limits.hpp"

namespace bhsim::report {
namespace {

class Summing {
 public:
  void add(const config::Plan& plan, const checks::Aftermath& one) {
    ++row_.faults;
    if (!checks::undecided(plan, one)) {
      ++row_.judged;
      const auto limit = checks::limit_of(plan, "REL-05");
      if (one.recovery && checks::holds(to_seconds(*one.recovery), limit)) ++row_.recovered;
    }
    if (one.alarm) row_.detection_s.push_back(to_seconds(*one.alarm));
    if (one.error_rate_alarm) row_.error_rate_s.push_back(to_seconds(*one.error_rate_alarm));
    if (one.recovery) row_.recovery_s.push_back(to_seconds(*one.recovery));
    row_.requests += one.requests;
    row_.failed += one.failed;
    row_.reach.push_back(static_cast<std::int64_t>(one.touched.size()));
    row_.operations = std::max(row_.operations, one.operations);
    touched_.insert(one.touched.begin(), one.touched.end());
  }

  RecoveryRow row(std::string kind) && {
    row_.kind = std::move(kind);
    row_.rate = stats::wilson(row_.recovered, row_.judged);
    std::ranges::sort(row_.detection_s);
    std::ranges::sort(row_.error_rate_s);
    std::ranges::sort(row_.recovery_s);
    std::ranges::sort(row_.reach);
    row_.touched.assign(touched_.begin(), touched_.end());
    return std::move(row_);
  }

 private:
  RecoveryRow row_;
  std::set<std::string> touched_;
};

}  // namespace

std::vector<RecoveryRow> recovery_rows(const Material& material) {
  std::map<std::string, Summing> kinds;
  Summing all;
  for (const auto& one : checks::aftermaths(material.plan, material.history)) {
    kinds[one.fault->kind].add(material.plan, one);
    all.add(material.plan, one);
  }
  std::vector<RecoveryRow> rows;
  for (auto& [kind, sums] : kinds) rows.push_back(std::move(sums).row(kind));
  if (rows.size() > 1) rows.push_back(std::move(all).row("all"));
  return rows;
}

}  // namespace bhsim::report
