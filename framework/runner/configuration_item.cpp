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

// Nothing holds the agent back: as many refused changes as open a breaker, then one that breaks
// health.
void play_all_off(ItemStage& stage, const config::Plan& plan) {
  if (stage.troubled()) return;
  const auto& name = stage.classes().front();
  const Nanos within = plan.agent.swap_within;
  if (!stage.attempt("first", name, "valid", within, was_served))
    return stage.trouble("a valid change was not served, so that nothing could be tried");
  for (int i = 0; i < plan.agent.breaker.failures; ++i)
    stage.attempt("opens", name, config::refused_variant(plan.agent), stage.told_within(),
                  was_refused);
  stage.attempt("open", name, "valid", within, was_answered);
  try_unreadable(stage, name, within);
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

// Class files that cannot simply be read.
void play_obstructed(ItemStage& stage, const config::Plan& plan, std::int64_t& held_opens) {
  if (stage.troubled()) return;
  const auto& name = stage.classes().front();
  const auto& other = stage.classes().back();
  const Nanos within = plan.agent.swap_within;
  if (!stage.attempt("first", name, "valid", within, was_served))
    return stage.trouble("a valid change was not served, so that nothing could be tried");
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
  try_unreadable(stage, name, within);
}

// One container with a configuration of its own.
template <typename Play>
Result<history::ItemRecord> play_on_a_stage(const Setting& setting,
                                            config::ProductionConfig production,
                                            history::Store& store, std::stop_token stop,
                                            const Play& play) {
  ItemStage::Options options{.role = std::string(config::kConfigurationItem),
                             .plan = *setting.plan,
                             .rate_per_s = 200,
                             .most = config::length_of_configuration(*setting.plan) * 3 + 1min};
  options.plan.production = std::move(production);
  const auto& flags = setting.plan->agent.breaker.jvm;
  options.plan.agent.jvm.insert(options.plan.agent.jvm.end(), flags.begin(), flags.end());
  const config::Plan plan = options.plan;
  BHSIM_ASSIGN(const auto stage,
               ItemStage::create(setting, std::move(options), store, std::move(stop)));
  play(*stage, plan);
  return stage->finish();
}

}  // namespace

Result<void> conform_configuration(const Setting& setting, history::Store& store,
                                   std::stop_token stop) {
  history::ConfigurationRecord record;
  for (const auto& mistake : config::mistakes_of(*setting.plan)) {
    BHSIM_ASSIGN(auto tried, try_to_start(setting, mistake, stop));
    record.mistakes.push_back(std::move(tried));
  }
  BHSIM_ASSIGN(record.off,
               play_on_a_stage(setting, config::all_off(*setting.plan), store, stop, play_all_off));
  BHSIM_ASSIGN(record.obstructed,
               play_on_a_stage(setting, config::strained(*setting.plan), store, stop,
                               [&record](ItemStage& stage, const config::Plan& plan) {
                                 play_obstructed(stage, plan, record.held_opens);
                               }));
  store.set_fact_json(history::fact::kConfiguration, history::to_json(record));
  return {};
}

}  // namespace bhsim::runner
