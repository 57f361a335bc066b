#pragma once
// One JVM of a pair: an application of its own under load of its own.

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>

#include "framework/base/queue.hpp"
#include "framework/history/records.hpp"
#include "framework/hotswap/delivery.hpp"
#include "framework/load/engine.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {

class PairedJvm {
 public:
  // `setting` says with or without the agent, and outlives it. `side`: "a", "b".
  PairedJvm(const Setting& setting, std::int64_t pair, std::string side);

  // Containers; nothing runs yet.
  Result<void> create();
  // Until it is ready.
  Result<void> start(std::stop_token stop);
  // As fast as one connection can; ends by itself after `length`. finish_load() waits for it.
  Result<void> burst(Nanos length, std::stop_token stop);
  // At the plan's rate, from `start` on.
  Result<void> drive(Time start, Nanos length, std::stop_token stop);
  Result<void> finish_load();

  // The next class; a delivery that fails is said to the log, and not counted.
  void swap(const config::PlannedSwap& planned);
  // What responses tell of generations, so far.
  void take_events();
  [[nodiscard]] std::int64_t swaps() const { return static_cast<std::int64_t>(delivered_.size()); }
  [[nodiscard]] std::int64_t served() const;

  Result<sidecar::Sidecar::Cpu> cpu() const;
  Result<std::map<std::string, Nanos>> thread_cpu() const;
  // Memory after full collections, into row(). What the JVM does not tell stays absent.
  void weigh();
  Result<void> remove();

  // What is known of it so far.
  [[nodiscard]] history::PairJvm& row() { return row_; }

 private:
  using Delivery = std::pair<std::string, std::int64_t>;  // class and generation
  // A run of the load engine and what it tells, which the run must not outlive.
  struct Load {
    BoundedQueue<load::Event> events{8192};
    std::unique_ptr<load::Run> run;
    std::vector<std::string> classes;
  };
  // The newest tick; the side-car's thread writes it, and may outlive us.
  struct Newest {
    std::mutex mutex;
    std::optional<sidecar::Tick> tick;
  };
  Result<void> begin(load::LoadSpec spec, std::stop_token stop);
  [[nodiscard]] Result<load::LoadSpec> spec(Time start, Nanos length) const;

  const Setting& setting_;
  history::PairJvm row_;
  std::unique_ptr<Application> application_;
  std::shared_ptr<sidecar::Sidecar> sidecar_;
  std::shared_ptr<Newest> newest_ = std::make_shared<Newest>();
  std::optional<hotswap::Deliverer> deliverer_;
  std::unique_ptr<Load> load_;
  std::set<Delivery> delivered_, served_;
};

}  // namespace bhsim::runner
