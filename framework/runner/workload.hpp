#pragma once
// The load of a run: drives the application, and turns what the load engine tells into rows,
// observations and the live view.

#include <functional>
#include <memory>
#include <stop_token>
#include <thread>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/history/live.hpp"
#include "framework/history/store.hpp"
#include "framework/load/engine.hpp"
#include "framework/runner/versions.hpp"

namespace bhsim::runner {

class Workload {
 public:
  // `tick` is called by the workload's own thread about five times a second with the figures that
  // it knows.
  static Result<std::unique_ptr<Workload>> start(load::LoadSpec spec, const Clock& clock,
                                                 history::Store& store, Versions& versions,
                                                 std::function<void(history::LiveState)> tick,
                                                 std::stop_token stop);
  ~Workload();

  // Planned time zero.
  [[nodiscard]] Time t0() const { return run_->t0(); }
  [[nodiscard]] bool finished() const { return run_->finished(); }
  // Requests so far that did not end ok.
  [[nodiscard]] std::int64_t errors() const {
    return static_cast<std::int64_t>(run_->live().errors);
  }
  [[nodiscard]] load::LedgerSnapshot ledger() const { return run_->ledger(); }
  // From now on its requests go to this port of 127.0.0.1; who waits for a response gets it first.
  Result<void> lead(int port) { return run_->lead(static_cast<std::uint16_t>(port)); }
  // Waits for the end of the plan (or of its stop), stores the summary.
  load::Summary join();

 private:
  Workload(const Clock& clock, history::Store& store, Versions& versions,
           std::function<void(history::LiveState)> tick);
  void collect();
  void take(load::Event event);
  void show();

  const Clock& clock_;
  history::Store& store_;
  Versions& versions_;
  std::function<void(history::LiveState)> tick_;
  BoundedQueue<load::Event> events_{8192};
  std::vector<std::string> classes_;  // that responses tell of
  std::unique_ptr<load::Run> run_;
  std::thread collector_;
};

// Reads back every acknowledged write of `ledger` over the contract's path, and says how it went as
// a row.
history::LedgerCheck check_ledger(const load::LedgerSnapshot& ledger, int port,
                                  const std::string& path, const std::string& reason,
                                  const Clock& clock, std::stop_token stop);

}  // namespace bhsim::runner
