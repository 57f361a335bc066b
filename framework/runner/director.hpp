#pragma once
// The timeline, carried out: phases, swaps, forced collections and faults at their planned times,
// one after the other.

#include <atomic>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "framework/faults/injector.hpp"
#include "framework/history/store.hpp"
#include "framework/hotswap/delivery.hpp"
#include "framework/probes/probe_set.hpp"
#include "framework/runner/application.hpp"
#include "framework/runner/swapping.hpp"
#include "framework/runner/versions.hpp"
#include "framework/runner/workload.hpp"

namespace bhsim::runner {

// One thing to do at a time since the start of the load.
struct Action {
  Nanos at{};
  struct Collect {};
  std::variant<std::vector<config::PlannedSwap>, Collect, config::PlannedFault> what;
};
// All of a plan, in order of time; the swaps of one instant are one action. Pure.
std::vector<Action> actions_of(const config::Plan& plan);

class Director {
 public:
  struct Stage {
    const Setting* setting = nullptr;
    history::Store* store = nullptr;
    Application* application = nullptr;
    Workload* workload = nullptr;
    Versions* versions = nullptr;
    hotswap::Deliverer* deliverer = nullptr;  // absent: no swaps are delivered
    probes::ProbeSet* probes = nullptr;
    faults::Injector* injector = nullptr;
    Digests digests;
  };

  // `fault_count` and `healed_count` are for the live view, read by another thread.
  explicit Director(Stage& stage) : stage_(stage) {}

  // Until the last action is done and the plan's time is over, or `stop`. An Error: the run cannot
  // go on (a fault could not be undone, the application ended by itself), or can no longer pass.
  // When a check has failed by it, the message begins with its id.
  Result<void> run(std::stop_token stop);

  [[nodiscard]] std::int64_t faults_applied() const { return applied_.load(); }
  [[nodiscard]] std::int64_t faults_healed() const { return healed_.load(); }
  // After run(): those that were undone, and the application had not recovered in time.
  [[nodiscard]] std::int64_t faults_not_recovered() const { return not_recovered_; }
  // Writes that had been acknowledged when the JVM that runs now was started; after run().
  [[nodiscard]] std::int64_t acknowledged_before() const { return acknowledged_before_; }

 private:
  Result<bool> follow(const std::stop_token& stop);
  Result<void> carry_out(const Action& action, std::stop_token stop);
  void swap(const std::vector<config::PlannedSwap>& swaps);
  void collect();
  Result<void> fault(const config::PlannedFault& fault, std::stop_token stop);
  faults::InjectorHooks hooks(const std::stop_token& stop);
  // The first of five good windows; nothing when there were none for kMostRecovery, which is the
  // application's failure, not the run's.
  Result<std::optional<Time>> wait_recovered(Time from, std::stop_token stop);
  // An Error: the application is gone though nobody has ended it, or the run can no longer pass and
  // is to end then.
  Result<void> look();
  Result<void> look_at_application();
  Result<void> look_at_dependency();
  [[nodiscard]] bool judgeable() const;
  history::LedgerCheck read_back(const std::string& reason, std::stop_token stop);
  void keep_phases(Time until);
  // False when it was stopped; an Error as look() has it.
  Result<bool> wait_until(Time when, const std::stop_token& stop);

  Stage& stage_;
  std::atomic<std::int64_t> applied_{0}, healed_{0};
  std::int64_t collections_ = 0;
  std::int64_t not_recovered_ = 0;
  std::int64_t writes_lost_ = 0, writes_altered_ = 0;
  std::int64_t acknowledged_before_ = 0;
  Time next_look_;
  std::optional<Time> engine_gone_;  // since when it has not answered
};

}  // namespace bhsim::runner
