#pragma once
// Turns what the load threads hand over into events in order of time, and into totals. Runs on a
// thread of its own, so that nothing it does delays a request.

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "framework/base/queue.hpp"
#include "framework/load/accounts.hpp"
#include "framework/load/engine.hpp"

namespace bhsim::load {

class Collector {
 public:
  Collector(const LoadSpec& spec, std::vector<Handoff*> handoffs, BoundedQueue<Event>& events);

  // The thread's body: until every load thread has ended. `t0` is planned time zero.
  void run(Time t0);
  [[nodiscard]] LiveSnapshot live() const;
  // After run() has returned: totals of operations, generator and lag. The rest of the summary is
  // not touched.
  void fill(Summary& summary) const;
  [[nodiscard]] std::uint64_t events_lost() const { return events_lost_; }

 private:
  struct CpuSpan {
    Nanos cpu{}, span{};
  };
  // One second, merged from the load threads that have told theirs.
  struct MergedPlan {
    int told = 0;
    std::vector<OperationTotals> operations;
  };
  struct MergedClock {
    GeneratorSecond second;
    Histogram answered;
    std::uint64_t responses = 0, in_flight = 0, planned = 0, ended = 0, errors = 0, late = 0;
    Nanos span{};
  };

  bool turn();
  void take_plan(const PlanSecond& second);
  void take_clock(const ClockSecond& second, std::size_t thread);
  void tell_plan(bool all);
  void tell_clock(bool all);
  void tell_one(std::int64_t index, MergedPlan& merged);
  void tell_one(std::int64_t index, MergedClock& merged);
  void push(Event event);

  const LoadSpec& spec_;
  std::vector<Handoff*> handoffs_;
  BoundedQueue<Event>& events_;
  Time t0_{};
  std::vector<Handoff::Parcel> parcels_;
  std::map<std::int64_t, MergedPlan> plan_;
  std::map<std::int64_t, MergedClock> clock_;
  std::vector<std::int64_t> clock_through_;  // by load thread: the newest second it told
  std::vector<std::deque<CpuSpan>> cpu_;     // by load thread: the last seconds, up to the window
  Summary totals_;
  std::uint64_t events_lost_ = 0;

  mutable std::mutex live_mutex_;
  LiveSnapshot live_;
};

}  // namespace bhsim::load
