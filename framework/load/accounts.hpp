#pragma once
// What a load thread counts, and how it hands it to the collector. Slabs go round: filled by the
// load thread, read and cleared by the collector, taken again; so nothing is allocated once warm,
// and the lock is held for a few moves.

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "framework/load/engine.hpp"

namespace bhsim::load {

// One second of the plan, all operations of one load thread.
struct PlanSecond {
  std::int64_t index = 0;  // seconds since planned time zero
  std::uint64_t pending = 0;
  std::vector<OperationTotals> operations;

  void reset(std::int64_t second);
};

// One second of the clock.
struct ClockSecond {
  std::int64_t index = 0;
  Histogram lag;
  Histogram answered;  // corrected, of what ended in it
  Nanos cpu{};
  Nanos span{};  // of the clock that cpu was measured over
  std::uint64_t wakeups = 0, syscalls = 0, reconnects = 0, late = 0, sent = 0;
  std::uint64_t connections_open = 0, queued = 0, in_flight = 0;  // at its end
  std::uint64_t planned = 0, ended = 0, errors = 0;               // so far
  std::uint64_t responses = 0;
  std::uint64_t unsent_told = 0;

  void reset(std::int64_t second);
};

// Counts of a load thread that are read once it has ended.
struct WorkerTotals {
  std::uint64_t planned = 0;
  std::uint64_t failures_dropped = 0, unsent_untold = 0, observations_dropped = 0;
  std::uint64_t altered_reads = 0, lost_read_candidates = 0;
  std::uint64_t stamps = 0, unstamped = 0;
  std::uint64_t substituted = 0;         // sent as the operation that they needed first
  std::uint64_t out_of_descriptors = 0;  // requests unsent for want of a socket or local port
  TlsTotals tls;
  Time t_plan_end;
  Time t_end;
  bool stopped_early = false;
};

// Between one load thread and the collector.
class Handoff {
 public:
  struct Parcel {
    std::vector<std::unique_ptr<PlanSecond>> plan_seconds;  // in order
    std::vector<std::unique_ptr<ClockSecond>> clock_seconds;
    std::vector<Failure> failures;
    Observations observations;
    bool ended = false;
    void clear();
  };

  // Load thread. Observations beyond the bound are dropped; says how many.
  std::unique_ptr<PlanSecond> take_plan_second();
  std::unique_ptr<ClockSecond> take_clock_second();
  void give(std::unique_ptr<PlanSecond> second);
  void give(std::unique_ptr<ClockSecond> second);
  std::uint64_t give(std::vector<Failure>& failures, Observations& observations);
  void end();

  // Collector. Swaps what is there into `into`, which is empty.
  void collect(Parcel& into);
  // Cleared slabs that may be used again; surplus ones are freed.
  void recycle(std::vector<std::unique_ptr<PlanSecond>>& plan,
               std::vector<std::unique_ptr<ClockSecond>>& clock);

 private:
  static constexpr std::size_t kMostSpare = 4;
  static constexpr std::size_t kMostObservations = 1'000'000;
  std::mutex mutex_;
  Parcel parcel_;
  std::vector<std::unique_ptr<PlanSecond>> spare_plan_;
  std::vector<std::unique_ptr<ClockSecond>> spare_clock_;
};

}  // namespace bhsim::load
