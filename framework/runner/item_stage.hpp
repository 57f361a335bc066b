#pragma once
// A container on which a conformance item tries the agent: an application with a configuration of
// its own under a light load, changes delivered one by one, and all that can be seen of them from
// outside, on one clock. What it comes to is for the checks to say.

#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "framework/history/store.hpp"
#include "framework/hotswap/delivery.hpp"
#include "framework/runner/application.hpp"
#include "framework/runner/container_log.hpp"
#include "framework/runner/item_sight.hpp"
#include "framework/runner/light_load.hpp"
#include "framework/runner/obstacle.hpp"
#include "framework/runner/staller.hpp"

namespace bhsim::runner {

// What an attempt may be waited for.
inline bool was_served(const history::ItemAttempt& attempt) { return attempt.t_served.has_value(); }
inline bool was_refused(const history::ItemAttempt& attempt) {
  return attempt.t_refused.has_value();
}
inline bool was_answered(const history::ItemAttempt& attempt) {
  return was_served(attempt) || was_refused(attempt);
}

// Belongs to one thread.
class ItemStage {
 public:
  struct Options {
    std::string role;   // the item's name
    config::Plan plan;  // the run's, with what the item changes
    double rate_per_s = 100;
    Nanos most{};            // how long the load goes on at most
    bool recording = false;  // the agent's own events are counted, in a flight recording of it all
  };
  // Starts the application and the load. What the application or its agent does wrong at that is
  // trouble of the record, and then nothing can be delivered; an Error is the engine's.
  static Result<std::unique_ptr<ItemStage>> create(const Setting& setting, Options options,
                                                   history::Store& store, std::stop_token stop);
  ItemStage(const ItemStage&) = delete;
  ItemStage& operator=(const ItemStage&) = delete;

  // Those that can be swapped and that the load shows, in the contract's order; never empty while
  // there is no trouble.
  [[nodiscard]] const std::vector<std::string>& classes() const { return classes_; }
  // Delivers the next generation of a class, and looks on until `done` holds (at most so long).
  // Whether it came to hold; false at once after a trouble.
  bool attempt(std::string purpose, const std::string& class_name, std::string_view variant,
               Nanos most, const std::function<bool(const history::ItemAttempt&)>& done);
  // The same of valid versions of several classes, one right after the other; `done` must come to
  // hold of each.
  bool attempt_together(const std::string& purpose, const std::vector<std::string>& classes,
                        Nanos most, const std::function<bool(const history::ItemAttempt&)>& done);
  // The same of a valid version behind an obstacle, which stays until it is cleared.
  bool attempt_behind(std::string purpose, const std::string& class_name, Obstacle kind, Nanos most,
                      const std::function<bool(const history::ItemAttempt&)>& done);
  // Of a held file: how many opens of it waited.
  std::int64_t clear_obstacle();
  // Redefinitions of these classes are held up by the staller, and of no others any more.
  void hold(const std::vector<Hold>& holds);
  // Looks at responses, health, metrics and log until `done` holds, at most so long.
  bool watch(Nanos most, const std::function<bool()>& done);
  void watch(Nanos length) {
    watch(length, [] { return false; });
  }
  void watch_until(Time t) { watch(t - clock_.now()); }
  void trouble(std::string what) { sight_.trouble(std::move(what)); }

  [[nodiscard]] const history::ItemRecord& record() const { return sight_.record(); }
  [[nodiscard]] bool troubled() const { return !record().trouble.empty(); }
  // When a refusal should have been told: at once, where the agent's profile says how it tells one;
  // else one has to wait as long as it may well take, and no longer.
  [[nodiscard]] Nanos told_within() const {
    return std::chrono::milliseconds(plan_.agent.log.contains("refused") ? 5000 : 1500);
  }

  // Ends the load and the application and removes all; the whole record.
  Result<history::ItemRecord> finish();

 private:
  ItemStage(const Setting& setting, Options options, ItemSight sight, history::Store& store,
            std::stop_token stop);
  Result<void> start();
  void start_recording();
  history::Swap next_swap(const std::string& class_name, std::string_view variant);
  static history::ItemAttempt attempt_of(std::string purpose, const history::Swap& delivered);
  bool look_on(history::ItemAttempt attempt, Nanos most,
               const std::function<bool(const history::ItemAttempt&)>& done);
  Result<Obstructed> put_obstacle(sidecar::Sidecar& sidecar, Obstacle kind,
                                  history::ItemAttempt& attempt);
  void take(const load::Observations& seen);
  void take(const load::SecondRecord& second);
  void look();
  void look_at_ready();
  void look_at_metrics();
  void look_at_log();
  std::optional<std::string> whole_file(std::string_view path, std::size_t most) const;
  void read_audit();
  void read_staller();
  void read_events();

  config::Plan plan_;
  Setting setting_;  // with plan_
  Options options_;
  history::Store& store_;
  const Clock& clock_;
  std::stop_token stop_;
  std::unique_ptr<Application> application_;
  std::unique_ptr<hotswap::Deliverer> deliverer_;
  std::vector<std::string> classes_;
  LightLoad load_;
  const LightLoad::Takers takers_{[this](const load::Observations& seen) { take(seen); },
                                  [this](const load::SecondRecord& second) { take(second); }};
  bool recording_ = false;  // it was begun
  std::int64_t generation_ = 0;
  std::optional<Obstructed> obstacle_;
  ContainerLog log_;
  Time next_ready_{}, next_metrics_{}, next_log_{};
  ItemSight sight_;
};

// One container from its start to its removal: what `play` does there, and what is seen of it.
// Where the start has failed nothing is played.
Result<history::ItemRecord> play_on_a_stage(
    const Setting& setting, ItemStage::Options options, history::Store& store, std::stop_token stop,
    const std::function<void(ItemStage&, const config::Plan&)>& play);

}  // namespace bhsim::runner
