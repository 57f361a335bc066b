#include <algorithm>
#include <nlohmann/json.hpp>

#include "framework/config/items.hpp"
#include "framework/config/mistakes.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/engine/containers.hpp"
#include "framework/history/configuration_record.hpp"
#include "framework/history/facts.hpp"
#include "framework/runner/agent_items.hpp"
#include "framework/runner/complaint.hpp"
#include "framework/runner/item_stage.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using history::ItemAttempt;

Result<history::ConfigurationMistake> try_to_start(const Setting& setting,
                                                   const config::Mistake& mistake,
                                                   std::stop_token stop) {
  constexpr int kMostLines = 500;
  config::Plan plan = *setting.plan;
  plan.production.text = mistake.text;
  Setting own = setting;
  own.plan = &plan;
  BHSIM_ASSIGN(const auto application,
               Application::create(own, std::string(config::kConfigurationItem)));
  const auto started = application->start(std::move(stop));
  // It may well end: that is how an agent can refuse a configuration.
  if (!started && started.error().code != ErrorCode::config) return fail(started.error());
  BHSIM_ASSIGN(const auto output,
               engine::last_lines(*setting.engine, application->container(), kMostLines));
  BHSIM_TRY(application->stop());
  BHSIM_TRY(application->remove());
  return history::ConfigurationMistake{mistake.key, mistake.value, started.has_value(),
                                       complaint_of(mistake, output, started.has_value())};
}

// The agent retries; what it puts between two attempts is its own affair.
constexpr Nanos kGivenUp = 10s;

void try_unreadable(ItemStage& stage, const std::string& name, Nanos within) {
  stage.attempt_behind("unreadable", name, Obstacle::unreadable, kGivenUp, was_answered);
  stage.clear_obstacle();
  stage.attempt("after-unreadable", name, "valid", within, was_served);
}

// Several changes at once, each of which takes its time.
void try_burst(ItemStage& stage, Nanos within) {
  constexpr std::size_t kMostAtOnce = 3;
  auto names = stage.classes();
  if (names.size() > kMostAtOnce) names.resize(kMostAtOnce);
  std::vector<Hold> holds;
  for (const auto& name : names) holds.push_back({name, config::kHeldInABurst});
  stage.hold(holds);
  stage.attempt_together("burst", names, within, was_answered);
  stage.hold({});
}

bool try_first(ItemStage& stage, Nanos within) {
  if (stage.attempt("first", stage.classes().front(), "valid", within, was_served)) return true;
  stage.trouble("a valid change was not served, so that nothing could be tried");
  return false;
}

// Nothing holds the agent back: several changes at once, a file that cannot be read, as many
// refused changes as open a breaker, then one that breaks health.
void play_all_off(ItemStage& stage, const config::Plan& plan) {
  const auto& name = stage.classes().front();
  const Nanos within = plan.agent.swap_within;
  if (!try_first(stage, within)) return;
  try_burst(stage, within);
  try_unreadable(stage, name, within);
  for (int i = 0; i < plan.agent.breaker.failures; ++i)
    stage.attempt("opens", name, config::refused_variant(plan.agent), stage.told_within(),
                  was_refused);
  stage.attempt("open", name, "valid", within, was_answered);
  const Nanos interval = plan.production.health_check_interval;
  stage.watch(3 * interval);  // what is in force now is good, to whoever looks
  stage.attempt("breaking", name, config::kBreakingVariant, 4 * interval,
                [](const ItemAttempt&) { return false; });
}

// A file that cannot be read at first. It can be before the last attempt, where the agent says that
// it will make one more; else after a moment.
void try_healing(ItemStage& stage, const config::Plan& plan, const std::string& name) {
  const bool tells = plan.agent.log.contains("retry");
  const auto before_the_last = [&](const ItemAttempt& attempt) {
    const auto retries =
        std::ranges::count_if(stage.record().lines, [&](const history::ItemLine& line) {
          return line.kind == "retry" && line.what == name && line.t >= attempt.t_write;
        });
    return was_answered(attempt) || retries >= plan.production.max_retry_attempts - 1;
  };
  stage.attempt_behind("heals", name, Obstacle::unreadable, tells ? kGivenUp : Nanos(400ms),
                       before_the_last);
  stage.clear_obstacle();
  stage.watch(kGivenUp, [&] {
    const auto* heals = stage.record().attempt("heals");
    return heals == nullptr || was_answered(*heals);
  });
}

// Until the cadence of health checks can be told.
void watch_intervals(ItemStage& stage, const config::Plan& plan) {
  stage.watch_until(stage.record().attempts.front().t_write +
                    config::kIntervalsWatched * plan.production.health_check_interval);
}

// Class files that cannot simply be read.
void play_obstructed(ItemStage& stage, const config::Plan& plan, std::int64_t& held_opens) {
  const auto& name = stage.classes().front();
  const auto& other = stage.classes().back();
  const Nanos within = plan.agent.swap_within;
  if (!try_first(stage, within)) return;
  for (const auto kind : {Obstacle::fifo, Obstacle::socket, Obstacle::directory}) {
    const std::string word(to_string(kind));
    stage.attempt_behind(word, name, kind, stage.told_within(), was_answered);
    stage.clear_obstacle();
    stage.attempt("after-" + word, name, "valid", within, was_served);
  }
  stage.attempt_behind("held", name, Obstacle::held, plan.production.validation_timeout + 5s,
                       was_answered);
  stage.attempt("beside", other, "valid", within, was_served);
  held_opens = stage.clear_obstacle();
  stage.attempt("after-held", name, "valid", within, was_served);
  try_healing(stage, plan, name);
  watch_intervals(stage, plan);
  try_unreadable(stage, name, within);
}

// A redefinition that takes its time, one that does not end, and others beside it.
void play_stalled(ItemStage& stage, const config::Plan& plan) {
  const auto& name = stage.classes().front();
  const auto& other = stage.classes().back();
  const Nanos within = plan.agent.swap_within;
  const Nanos limit = plan.production.redefinition_timeout;
  if (!try_first(stage, within)) return;
  stage.hold({{name, limit / 2}});
  stage.attempt("slow", name, "valid", within, was_answered);
  stage.hold({{name, Nanos{}}});
  stage.attempt("stalled", name, "valid", limit + 5s, was_answered);
  stage.attempt("beside", other, "valid", within, was_served);
  stage.hold({});
  stage.watch(1s);  // what was given up may land now, and is not what comes next
  stage.attempt("after-stalled", name, "valid", within, was_served);
  watch_intervals(stage, plan);
  try_burst(stage, within);
}

// One container with a configuration of its own and the staller beside the agent. Its length is
// that of the whole item: of a broken agent everything takes as long as it may.
ItemStage::Options options_with(const config::Plan& plan, config::ProductionConfig production,
                                StallerTask task) {
  ItemStage::Options options{.role = std::string(config::kConfigurationItem),
                             .plan = config::with_breaker_flags(plan),
                             .rate_per_s = 200,
                             .most = config::length_of_configuration(plan) * 3 + 1min,
                             .recording = true};
  options.plan.production = std::move(production);
  add_staller(options.plan, task);
  return options;
}

}  // namespace

Result<void> conform_configuration(const Setting& setting, history::Store& store,
                                   std::stop_token stop) {
  history::ConfigurationRecord record;
  for (const auto& mistake : config::mistakes_of(*setting.plan)) {
    BHSIM_ASSIGN(auto tried, try_to_start(setting, mistake, stop));
    record.mistakes.push_back(std::move(tried));
  }
  const auto& plan = *setting.plan;
  // Its health is the application's own: rollback is one of the things that are off.
  BHSIM_ASSIGN(
      record.off,
      play_on_a_stage(setting, options_with(plan, config::all_off(plan), StallerTask::watch), store,
                      stop, play_all_off));
  BHSIM_ASSIGN(record.obstructed,
               play_on_a_stage(
                   setting, options_with(plan, config::strained(plan), StallerTask::answer_health),
                   store, stop, [&record](ItemStage& stage, const config::Plan& tried) {
                     play_obstructed(stage, tried, record.held_opens);
                   }));
  BHSIM_ASSIGN(record.stalled,
               play_on_a_stage(
                   setting, options_with(plan, config::stalled(plan), StallerTask::answer_health),
                   store, stop, play_stalled));
  store.set_fact_json(history::fact::kConfiguration, history::to_json(record));
  return {};
}

}  // namespace bhsim::runner
