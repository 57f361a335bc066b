#include "framework/runner/agent_items.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/config/items.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/history/facts.hpp"
#include "framework/runner/item_stage.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using history::ItemAttempt;

// How the breaker is brought to where its promise says something.
class BreakerScript {
 public:
  BreakerScript(ItemStage& stage, const config::Plan& plan)
      : stage_(stage), promise_(plan.agent.breaker), within_(plan.agent.swap_within) {
    bad_ = config::refused_variant(plan.agent);
  }

  void play() {
    main_ = stage_.classes().front();
    other_ = stage_.classes().back();
    if (!stage_.attempt("first", main_, "valid", within_, was_served))
      return stage_.trouble("a valid change was not served, so that none could be refused");
    failures("below", promise_.failures - 1);
    good("still-closed-below", within_);
    const Time opened = failures("opens", promise_.failures);
    stage_.attempt("open", other_, "valid", kTold, was_answered);
    if (newest_served()) return;  // it is not open: there is nothing more to see
    stage_.watch_until(opened + promise_.pause / 2);
    good("open-later", kTold);
    pause();
    // A valid change first: of a refused one nobody can tell whether it was tried.
    good("trial", within_);
    if (!newest_served()) return;
    good("closed", within_);
    failures("one-failure", 1);
    good("still-closed", within_);
    failures("opens-again", promise_.failures);
    pause();
    failures("trial-fails", 1);
    good("reopened", kTold);
    stage_.watch(std::min<Nanos>(promise_.pause / 2, 2s));
  }

 private:
  // The instant before which the breaker cannot have opened.
  Time failures(const std::string& purpose, int count) {
    for (int i = 0; i < count; ++i)
      stage_.attempt(purpose, main_, bad_, stage_.told_within(), was_refused);
    const auto& attempts = stage_.record().attempts;
    last_failure_ended_ = attempts.back().t_end;
    return attempts.back().t_write;
  }
  void good(const std::string& purpose, Nanos most) {
    stage_.attempt(purpose, main_, "valid", most, was_answered);
  }
  // Until the pause is over, whenever it began.
  void pause() { stage_.watch_until(last_failure_ended_ + promise_.pause + 500ms); }
  [[nodiscard]] bool newest_served() const { return was_served(stage_.record().attempts.back()); }

  static constexpr Nanos kTold = 3s;  // a refusal that comes at once has come by then
  ItemStage& stage_;
  const config::BreakerPromise& promise_;
  Nanos within_;
  std::string_view bad_;
  std::string main_, other_;
  Time last_failure_ended_{};
};

// The class answers again after `breaking` had made health bad.
bool back(const history::ItemRecord& record, const ItemAttempt& breaking) {
  const auto bad = record.unready_since(breaking.t_write);
  return bad && record.served_since(breaking.class_name, *bad) != nullptr;
}

void play_rollback(ItemStage& stage, const config::Plan& plan) {
  const auto& name = stage.classes().front();
  const Nanos within = plan.agent.swap_within;
  const Nanos interval = plan.production.health_check_interval;
  if (!stage.attempt("good", name, "valid", within, was_served) ||
      !stage.attempt("last-good", name, "valid", within, was_served))
    return stage.trouble("a valid change was not served, so that none could be rolled back");
  stage.watch(3 * interval);
  stage.attempt("breaking", name, config::kBreakingVariant, 5 * interval,
                [&](const ItemAttempt& breaking) { return back(stage.record(), breaking); });
  // What the application says of itself follows.
  stage.watch(interval, [&] {
    return !stage.record().ready.empty() && stage.record().ready.back().value == 1;
  });
  if (stage.attempt("after", name, "valid", within, was_served)) stage.watch(2 * interval);
}

}  // namespace

Result<void> conform_breaker(const Setting& setting, history::Store& store, std::stop_token stop) {
  ItemStage::Options options{.role = std::string(config::kBreakerItem),
                             .plan = config::with_breaker_flags(*setting.plan),
                             .most = config::length_of_breaker(*setting.plan) * 3 + 1min};
  options.plan.production = config::configuration_for(*setting.plan, config::kBreakerItem);
  BHSIM_ASSIGN(const auto record,
               play_on_a_stage(setting, std::move(options), store, std::move(stop),
                               [](ItemStage& stage, const config::Plan& plan) {
                                 BreakerScript(stage, plan).play();
                               }));
  store.set_fact_json(history::fact::kBreaker, history::to_json(record));
  return {};
}

Result<void> conform_rollback(const Setting& setting, history::Store& store, std::stop_token stop) {
  ItemStage::Options options{.role = std::string(config::kRollbackItem),
                             .plan = *setting.plan,
                             .rate_per_s = 200,
                             .most = config::length_of_rollback(*setting.plan) * 3 + 1min};
  options.plan.production = config::configuration_for(*setting.plan, config::kRollbackItem);
  BHSIM_ASSIGN(const auto record,
               play_on_a_stage(setting, std::move(options), store, std::move(stop), play_rollback));
  store.set_fact_json(history::fact::kRollback, history::to_json(record));
  return {};
}

}  // namespace bhsim::runner
