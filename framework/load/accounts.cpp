#include "framework/load/accounts.hpp"

#include <algorithm>

namespace bhsim::load {

void PlanSecond::reset(std::int64_t second) {
  index = second;
  pending = 0;
  for (OperationTotals& op : operations) {
    op.planned = op.sent = op.within_slo = op.blocked = 0;
    op.outcomes = {};
    op.corrected.clear();
    op.uncorrected.clear();
  }
}

void ClockSecond::reset(std::int64_t second) {
  Histogram kept_lag = std::move(lag);
  Histogram kept_answered = std::move(answered);
  *this = ClockSecond{};
  kept_lag.clear();
  kept_answered.clear();
  lag = std::move(kept_lag);
  answered = std::move(kept_answered);
  index = second;
}

void Handoff::Parcel::clear() {
  plan_seconds.clear();
  clock_seconds.clear();
  failures.clear();
  observations.clear();
}

std::unique_ptr<PlanSecond> Handoff::take_plan_second() {
  const std::lock_guard lock(mutex_);
  if (spare_plan_.empty()) return std::make_unique<PlanSecond>();
  auto slab = std::move(spare_plan_.back());
  spare_plan_.pop_back();
  return slab;
}

std::unique_ptr<ClockSecond> Handoff::take_clock_second() {
  const std::lock_guard lock(mutex_);
  if (spare_clock_.empty()) return std::make_unique<ClockSecond>();
  auto slab = std::move(spare_clock_.back());
  spare_clock_.pop_back();
  return slab;
}

void Handoff::give(std::unique_ptr<PlanSecond> second) {
  const std::lock_guard lock(mutex_);
  parcel_.plan_seconds.push_back(std::move(second));
}

void Handoff::give(std::unique_ptr<ClockSecond> second) {
  const std::lock_guard lock(mutex_);
  parcel_.clock_seconds.push_back(std::move(second));
}

std::uint64_t Handoff::give(std::vector<Failure>& failures, Observations& observations) {
  const std::lock_guard lock(mutex_);
  for (Failure& failure : failures) parcel_.failures.push_back(std::move(failure));
  failures.clear();
  const std::size_t room =
      kMostObservations - std::min(kMostObservations, parcel_.observations.size());
  const std::size_t taken = std::min(room, observations.size());
  parcel_.observations.insert(parcel_.observations.end(), observations.begin(),
                              observations.begin() + static_cast<std::ptrdiff_t>(taken));
  const std::uint64_t dropped = observations.size() - taken;
  observations.clear();
  return dropped;
}

void Handoff::end() {
  const std::lock_guard lock(mutex_);
  parcel_.ended = true;
}

void Handoff::collect(Parcel& into) {
  const std::lock_guard lock(mutex_);
  std::swap(into.plan_seconds, parcel_.plan_seconds);
  std::swap(into.clock_seconds, parcel_.clock_seconds);
  std::swap(into.failures, parcel_.failures);
  std::swap(into.observations, parcel_.observations);
  into.ended = parcel_.ended;
}

void Handoff::recycle(std::vector<std::unique_ptr<PlanSecond>>& plan,
                      std::vector<std::unique_ptr<ClockSecond>>& clock) {
  const std::lock_guard lock(mutex_);
  for (auto& slab : plan) {
    if (spare_plan_.size() < kMostSpare) spare_plan_.push_back(std::move(slab));
  }
  for (auto& slab : clock) {
    if (spare_clock_.size() < kMostSpare) spare_clock_.push_back(std::move(slab));
  }
  plan.clear();
  clock.clear();
}

}  // namespace bhsim::load
