#include "framework/load/collector.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <thread>

namespace bhsim::load {
namespace {

constexpr Nanos kTurn = std::chrono::milliseconds(100);

double share(Nanos part, Nanos whole) {
  return whole <= Nanos(0) ? 0 : to_seconds(part) / to_seconds(whole);
}

}  // namespace

OperationTotals& OperationTotals::operator+=(const OperationTotals& other) {
  planned += other.planned;
  sent += other.sent;
  within_slo += other.within_slo;
  blocked += other.blocked;
  for (std::size_t i = 0; i < kOutcomes; ++i) outcomes[i] += other.outcomes[i];
  corrected.merge(other.corrected);
  uncorrected.merge(other.uncorrected);
  return *this;
}

Collector::Collector(const LoadSpec& spec, std::vector<Handoff*> handoffs,
                     BoundedQueue<Event>& events)
    : spec_(spec),
      handoffs_(std::move(handoffs)),
      events_(events),
      parcels_(handoffs_.size()),
      clock_through_(handoffs_.size(), -1),
      cpu_(handoffs_.size()) {
  totals_.operations.resize(spec.operations.size());
}

void Collector::run(Time t0) {
  prctl(PR_SET_NAME, "bhsim-collect", 0UL, 0UL, 0UL);
  t0_ = t0;
  while (turn()) std::this_thread::sleep_for(kTurn);
  tell_plan(true);
  tell_clock(true);
  for (const OperationTotals& op : totals_.operations) totals_.all += op;
}

// False when every load thread has ended and all is taken.
bool Collector::turn() {
  bool ended = true;
  for (std::size_t thread = 0; thread < handoffs_.size(); ++thread) {
    Handoff::Parcel& parcel = parcels_[thread];
    handoffs_[thread]->collect(parcel);
    ended = ended && parcel.ended;
    for (const auto& second : parcel.plan_seconds) take_plan(*second);
    for (const auto& second : parcel.clock_seconds) take_clock(*second, thread);
    for (Failure& failure : parcel.failures) push(std::move(failure));
    if (!parcel.observations.empty()) push(parcel.observations);
    handoffs_[thread]->recycle(parcel.plan_seconds, parcel.clock_seconds);
    parcel.clear();
  }
  tell_plan(false);
  tell_clock(false);
  return !ended;
}

void Collector::take_plan(const PlanSecond& second) {
  MergedPlan& merged = plan_[second.index];
  merged.operations.resize(second.operations.size());
  ++merged.told;
  for (std::size_t i = 0; i < second.operations.size(); ++i) {
    merged.operations[i] += second.operations[i];
    totals_.operations[i] += second.operations[i];
  }
}

void Collector::take_clock(const ClockSecond& second, std::size_t thread) {
  MergedClock& merged = clock_[second.index];
  clock_through_[thread] = std::max(clock_through_[thread], second.index);
  GeneratorSecond& g = merged.second;
  g.lag.merge(second.lag);
  g.cpu += second.cpu;
  g.cpu_share_max = std::max(g.cpu_share_max, share(second.cpu, second.span));
  g.wakeups += second.wakeups;
  g.syscalls += second.syscalls;
  g.connections_open += second.connections_open;
  g.reconnects += second.reconnects;
  g.queued += second.queued;
  merged.answered.merge(second.answered);
  merged.responses += second.responses;
  merged.in_flight += second.in_flight;
  merged.planned += second.planned;
  merged.ended += second.ended;
  merged.errors += second.errors;
  merged.span = std::max(merged.span, second.span);

  totals_.lag.merge(second.lag);
  totals_.late += second.late;
  totals_.cpu += second.cpu;
  totals_.wakeups += second.wakeups;
  totals_.syscalls += second.syscalls;
  totals_.reconnects += second.reconnects;

  std::deque<CpuSpan>& window = cpu_[thread];
  window.push_back({second.cpu, second.span});
  if (window.size() > static_cast<std::size_t>(std::max(1, spec_.limits.cpu_window_s)))
    window.pop_front();
  CpuSpan sum;
  for (const CpuSpan& s : window) sum = {sum.cpu + s.cpu, sum.span + s.span};
  // Less than a second of clock says nothing about a processor.
  if (sum.span >= kSecond * 9 / 10) {
    totals_.cpu_share_worst = std::max(totals_.cpu_share_worst, share(sum.cpu, sum.span));
  }
}

// A load thread tells every second, in order: one is complete when all threads have told it.
void Collector::tell_plan(bool all) {
  while (!plan_.empty() && (all || plan_.begin()->second.told == spec_.threads)) {
    tell_one(plan_.begin()->first, plan_.begin()->second);
    plan_.erase(plan_.begin());
  }
}

void Collector::tell_clock(bool all) {
  const std::int64_t through = *std::min_element(clock_through_.begin(), clock_through_.end());
  while (!clock_.empty() && (all || clock_.begin()->first <= through)) {
    tell_one(clock_.begin()->first, clock_.begin()->second);
    clock_.erase(clock_.begin());
  }
}

void Collector::tell_one(std::int64_t index, MergedPlan& merged) {
  for (std::size_t i = 0; i < merged.operations.size(); ++i) {
    OperationTotals& op = merged.operations[i];
    if (op.planned == 0) continue;
    SecondRecord record;
    record.t0 = t0_ + kSecond * index;
    record.operation = i;
    static_cast<OperationTotals&>(record) = std::move(op);
    push(std::move(record));
  }
}

void Collector::tell_one(std::int64_t index, MergedClock& merged) {
  merged.second.t0 = t0_ + kSecond * index;
  {
    const std::lock_guard lock(live_mutex_);
    const double seconds = to_seconds(merged.span);
    live_.rate_per_s = seconds > 0 ? static_cast<double>(merged.responses) / seconds : 0;
    live_.p50 = live_.p99 = std::nullopt;
    if (!merged.answered.empty()) {
      live_.p50 = merged.answered.percentile(50);
      live_.p99 = merged.answered.percentile(99);
    }
    live_.planned = merged.planned;
    live_.errors = merged.errors;
    live_.ended = merged.ended;
    live_.in_flight = merged.in_flight;
    live_.queued = merged.second.queued;
    live_.cpu_share = share(merged.second.cpu, merged.span);
  }
  push(std::move(merged.second));
}

void Collector::push(Event event) {
  if (!events_.push(std::move(event))) ++events_lost_;
}

LiveSnapshot Collector::live() const {
  const std::lock_guard lock(live_mutex_);
  return live_;
}

void Collector::fill(Summary& summary) const {
  summary.operations = totals_.operations;
  summary.all = totals_.all;
  summary.lag = totals_.lag;
  summary.late = totals_.late;
  summary.cpu = totals_.cpu;
  summary.cpu_share_worst = totals_.cpu_share_worst;
  summary.wakeups = totals_.wakeups;
  summary.syscalls = totals_.syscalls;
  summary.reconnects = totals_.reconnects;
}

}  // namespace bhsim::load
