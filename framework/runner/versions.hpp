#pragma once
// The served-version oracle for a run's threads: the director announces deliveries, the workload
// hands over what responses showed, and what becomes certain goes to the store as rows.

#include <mutex>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/history/store.hpp"
#include "framework/hotswap/oracle.hpp"
#include "framework/load/engine.hpp"

namespace bhsim::runner {

struct SwapCounts {
  std::int64_t delivered = 0, ended_well = 0;
  std::int64_t failed = 0;      // valid and lost, or bad and accepted
  std::int64_t violations = 0;  // generations that went back or are unknown (CONC-03)
};

// Thread-safe.
class Versions {
 public:
  Versions(std::vector<std::string> classes, std::string role, Nanos limit, history::Store& store);

  void expect(const history::Swap& planned);
  void delivered(const history::Swap& swap);
  void not_delivered(const history::Swap& planned, std::string_view why);
  void restarted(Time t_start);
  // `classes`: what class_index of the observations counts in (load::observed_classes); one that is
  // not swapped is left out.
  void observe(const load::Observations& observations, const std::vector<std::string>& classes);
  // Stores what has become certain by `now`.
  void settle(Time now);
  // Stores the rest; once, at the end of the evidence.
  void finish(Time end);

  [[nodiscard]] SwapCounts counts() const;
  [[nodiscard]] std::optional<std::int64_t> serving(std::string_view class_name) const;

 private:
  void keep(hotswap::Findings findings);

  const std::string role_;
  const Nanos limit_;
  history::Store& store_;
  mutable std::mutex mutex_;
  hotswap::Oracle oracle_;
  SwapCounts counts_;
  std::int64_t windows_ = 0;
};

}  // namespace bhsim::runner
