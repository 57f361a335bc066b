#include "framework/runner/versions.hpp"

#include <algorithm>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using history::SwapOutcome;

hotswap::OracleOptions options_for(const std::string& role) {
  hotswap::OracleOptions options;
  options.role = role;
  return options;
}

// What a swap masks in the statistics of quiet time.
history::Window window_of(const history::Swap& swap, std::int64_t id) {
  const Time end = swap.t_served.value_or(swap.t_rename.value_or(swap.t_write));
  return {.kind = history::WindowKind::swap,
          .id = id,
          .name = swap.class_name,
          .t0 = swap.t_write - 200ms,
          .t1 = end + 1s};
}

bool ended_well(const history::Swap& swap) {
  return swap.valid ? swap.outcome == SwapOutcome::landed || swap.outcome == SwapOutcome::superseded
                    : swap.outcome == SwapOutcome::refused;
}

}  // namespace

Versions::Versions(std::vector<std::string> classes, std::string role, Nanos limit,
                   history::Store& store)
    : role_(std::move(role)),
      limit_(limit),
      store_(store),
      oracle_(std::move(classes), options_for(role_)) {}

void Versions::expect(const history::Swap& planned) {
  const std::lock_guard lock(mutex_);
  oracle_.expect(planned, limit_);
}

void Versions::delivered(const history::Swap& swap) {
  const std::lock_guard lock(mutex_);
  ++counts_.delivered;
  oracle_.delivered(swap);
  store_.add(swap);
}

void Versions::not_delivered(const history::Swap& planned, std::string_view why) {
  const std::lock_guard lock(mutex_);
  oracle_.not_delivered(planned.class_name, planned.generation, why);
}

void Versions::restarted(Time t_start) {
  const std::lock_guard lock(mutex_);
  oracle_.restarted(t_start);
}

void Versions::observe(const load::Observations& observations,
                       const std::vector<std::string>& classes) {
  const std::lock_guard lock(mutex_);
  for (const auto& seen : observations)
    if (const auto index = oracle_.index_of(classes.at(seen.class_index)))
      oracle_.observe({*index, seen.generation, seen.t_sent, seen.t_done});
}

void Versions::settle(Time now) {
  const std::lock_guard lock(mutex_);
  keep(oracle_.take(now));
}

void Versions::finish(Time end) {
  const std::lock_guard lock(mutex_);
  keep(oracle_.finish(end));
}

SwapCounts Versions::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::optional<std::int64_t> Versions::serving(std::string_view class_name) const {
  const std::lock_guard lock(mutex_);
  return oracle_.serving(class_name);
}

void Versions::keep(hotswap::Findings findings) {
  for (auto& swap : findings.swaps) {
    if (ended_well(swap)) ++counts_.ended_well;
    if (swap.outcome == SwapOutcome::lost || swap.outcome == SwapOutcome::accepted)
      ++counts_.failed;
    if (role_ == "load") store_.add(window_of(swap, ++windows_));
    store_.add(std::move(swap));
  }
  for (auto& served : findings.served) store_.add(std::move(served));
  for (auto& violation : findings.violations) {
    if (violation.kind == "went_back" || violation.kind == "unknown_generation")
      ++counts_.violations;
    store_.add(std::move(violation));
  }
}

}  // namespace bhsim::runner
