#include "framework/runner/item_stage.hpp"

#include <algorithm>

#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/hotswap/class_file.hpp"
#include "framework/hotswap/variants.hpp"
#include "framework/load/http_get.hpp"
#include "framework/probes/exposition.hpp"
#include "framework/runner/load_spec.hpp"
#include "framework/runner/swapping.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using history::ItemAttempt;

constexpr std::size_t kMostAudit = 4U << 20U;

}  // namespace

ItemStage::ItemStage(const Setting& setting, Options options, ItemSight sight,
                     history::Store& store, std::stop_token stop)
    : plan_(options.plan),
      setting_(setting),
      options_(std::move(options)),
      store_(store),
      clock_(*setting.clock),
      stop_(std::move(stop)),
      log_(clock_),
      sight_(std::move(sight)) {
  setting_.plan = &plan_;
}

Result<std::unique_ptr<ItemStage>> ItemStage::create(const Setting& setting, Options options,
                                                     history::Store& store, std::stop_token stop) {
  BHSIM_ASSIGN(auto sight, ItemSight::create(options.plan));
  std::unique_ptr<ItemStage> stage(
      new ItemStage(setting, std::move(options), std::move(sight), store, stop));
  BHSIM_ASSIGN(stage->application_, Application::create(stage->setting_, stage->options_.role));
  auto started = stage->start();
  if (started) return stage;
  if (stop.stop_requested() || started.error().code == ErrorCode::cancelled)
    return fail(started.error());
  stage->trouble(started.error().message);
  return stage;
}

Result<void> ItemStage::start() {
  BHSIM_ASSIGN(auto segment, application_->start(stop_));
  store_.add(std::move(segment));
  BHSIM_ASSIGN(auto deliverer, make_deliverer(setting_, *application_));
  deliverer_ = std::make_unique<hotswap::Deliverer>(std::move(deliverer));
  BHSIM_TRY(load_.start(setting_, *application_, options_.rate_per_s, options_.most,
                        end_of_load_.get_token()));
  observed_ = load::observed_classes(load_.run->spec());
  for (const auto& name : config::swappable(plan_.app, plan_.agent))
    if (std::ranges::find(observed_, name) != observed_.end()) classes_.push_back(name);
  if (classes_.empty())
    return fail(ErrorCode::config, "no class that can be swapped is shown by the load");
  return {};
}

bool ItemStage::attempt(std::string purpose, const std::string& class_name,
                        std::string_view variant, Nanos most,
                        const std::function<bool(const ItemAttempt&)>& done) {
  const auto sidecar = application_->sidecar();
  if (troubled() || sidecar == nullptr || stop_.stop_requested()) return false;
  history::Swap swap;
  swap.generation = ++generation_;
  swap.class_name = class_name;
  swap.variant = variant;
  swap.role = options_.role;
  const auto delivered = deliverer_->deliver(*sidecar, swap);
  if (!delivered) {
    trouble(fmt::format("{} of {} was not delivered: {}", variant, class_name,
                        delivered.error().message));
    return false;
  }
  return look_on({.purpose = std::move(purpose),
                  .class_name = class_name,
                  .variant = std::string(variant),
                  .generation = swap.generation,
                  .sha256 = delivered->sha256,
                  .t_write = delivered->t_write,
                  .t_end = {},
                  .t_served = {},
                  .t_refused = {}},
                 most, done);
}

bool ItemStage::attempt_behind(std::string purpose, const std::string& class_name, Obstacle kind,
                               Nanos most, const std::function<bool(const ItemAttempt&)>& done) {
  const auto sidecar = application_->sidecar();
  if (troubled() || sidecar == nullptr || stop_.stop_requested()) return false;
  ItemAttempt attempt;
  attempt.purpose = std::move(purpose);
  attempt.class_name = class_name;
  attempt.variant = to_string(kind);
  attempt.generation = ++generation_;
  attempt.t_write = clock_.now();
  auto obstructed = put_obstacle(*sidecar, kind, attempt);
  if (!obstructed) {
    trouble(fmt::format("{} in place of {}: {}", to_string(kind), class_name,
                        obstructed.error().message));
    return false;
  }
  obstacle_ = *std::move(obstructed);
  return look_on(std::move(attempt), most, done);
}

Result<Obstructed> ItemStage::put_obstacle(sidecar::Sidecar& sidecar, Obstacle kind,
                                           ItemAttempt& attempt) {
  BHSIM_ASSIGN(const auto original, application_->original_class(attempt.class_name));
  BHSIM_ASSIGN(
      const auto bytes,
      hotswap::make_variant(original, {.kind = "valid", .generation = attempt.generation}));
  attempt.sha256 = sha256_hex(bytes);
  return obstruct(sidecar, kind,
                  plan_.app.swap_directory + "/" + hotswap::class_file_path(attempt.class_name),
                  bytes);
}

std::int64_t ItemStage::clear_obstacle() {
  const auto sidecar = application_->sidecar();
  if (!obstacle_ || sidecar == nullptr) return 0;
  const auto opens = clear(*sidecar, *obstacle_);
  if (!opens)
    trouble(
        fmt::format("{} was not cleared: {}", to_string(obstacle_->kind), opens.error().message));
  obstacle_.reset();
  return opens.value_or(0);
}

bool ItemStage::look_on(ItemAttempt attempt, Nanos most,
                        const std::function<bool(const ItemAttempt&)>& done) {
  const auto index = sight_.attempted(std::move(attempt));
  const bool held = watch(most, [&] { return done(sight_.attempt(index)); });
  sight_.attempt(index).t_end = clock_.now();
  return held;
}

bool ItemStage::watch(Nanos most, const std::function<bool()>& done) {
  const Time until = clock_.now() + most;
  while (!troubled() && !stop_.stop_requested()) {
    take_events(20ms);
    look();
    if (done()) return true;
    if (clock_.now() >= until) return false;
    if (!load_.run->finished()) continue;
    trouble("the load was over before the item was");
  }
  return false;
}

void ItemStage::take_events(Nanos wait) {
  while (auto event = load_.events.pop(wait)) {
    if (const auto* seen = std::get_if<load::Observations>(&*event)) take(*seen);
    if (const auto* second = std::get_if<load::SecondRecord>(&*event))
      sight_.second(second->t0, static_cast<std::int64_t>(second->planned),
                    static_cast<std::int64_t>(at(second->outcomes, load::Outcome::ok)));
    wait = 0s;
  }
}

void ItemStage::take(const load::Observations& seen) {
  for (const auto& one : seen)
    sight_.saw(observed_.at(one.class_index), one.generation, one.t_sent, one.t_done);
}

void ItemStage::look() {
  const Time now = clock_.now();
  if (now >= next_ready_) {
    next_ready_ = now + 100ms;
    look_at_ready();
  }
  if (now >= next_metrics_) {
    next_metrics_ = now + 250ms;
    look_at_metrics();
  }
  if (now >= next_log_) {
    next_log_ = now + 150ms;
    look_at_log();
  }
}

void ItemStage::look_at_ready() {
  if (plan_.app.ready_path.empty()) return;
  const bool ready = answers_ok(application_->port(), plan_.app.ready_path, 1s);
  sight_.ready(ready, clock_.now());
}

void ItemStage::look_at_metrics() {
  if (plan_.app.metrics_path.empty()) return;
  const auto answer = load::http_get({.port = static_cast<std::uint16_t>(application_->port())},
                                     plan_.app.metrics_path, 1s);
  if (!answer || answer->status != 200) return;
  const auto metrics = probes::parse_exposition(answer->body);
  if (!metrics) return;
  sight_.metrics_read();
  for (const auto& [what, selector] : plan_.agent.metrics)
    if (const auto value = probes::sum_of(*metrics, selector))
      sight_.metric(what, *value, clock_.now());
}

void ItemStage::look_at_log() {
  log_.read(*setting_.engine, application_->container(), stop_,
            [this](Time t, std::string_view line) { sight_.line(t, line); });
}

void ItemStage::read_audit() {
  const auto sidecar = application_->sidecar();
  if (plan_.app.audit_file.empty() || sidecar == nullptr) return;
  const Nanos wall_ahead(to_ns(clock_.wall()) - to_ns(clock_.now()));
  std::string text;
  while (text.size() < kMostAudit) {
    const auto piece =
        sidecar->tail(plan_.app.audit_file, static_cast<std::int64_t>(text.size()), 1U << 20U);
    if (!piece) return;
    if (piece->bytes.empty()) break;
    text += piece->bytes;
  }
  sight_.audit(text, [&](WallTime wall) { return time_from_ns(to_ns(wall)) - wall_ahead; });
}

Result<history::ItemRecord> ItemStage::finish() {
  if (const auto state = engine::inspect_container(*setting_.engine, application_->container());
      state && !state->running)
    trouble(fmt::format("the application ended by itself with exit code {}", state->exit_code));
  if (stop_.stop_requested()) trouble("bhsim was stopped");
  end_of_load_.request_stop();
  if (load_.run) {
    while (!load_.events.closed_and_empty()) take_events(20ms);
    load_.run->join();
    look_at_log();
    read_audit();
  }
  BHSIM_ASSIGN(auto ended, application_->stop());
  if (!ended.container.empty()) store_.add(std::move(ended));
  BHSIM_TRY(application_->remove());
  return record();
}

}  // namespace bhsim::runner
