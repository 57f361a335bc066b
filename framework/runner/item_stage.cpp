#include "framework/runner/item_stage.hpp"

#include <algorithm>

#include "framework/base/log.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/hotswap/class_file.hpp"
#include "framework/hotswap/variants.hpp"
#include "framework/load/http_get.hpp"
#include "framework/probes/exposition.hpp"
#include "framework/probes/jfr_count.hpp"
#include "framework/runner/swapping.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using history::ItemAttempt;

constexpr std::size_t kMostAudit = 4U << 20U;
constexpr std::size_t kMostNotes = 1U << 20U;
constexpr std::size_t kMostRecording = 64U << 20U;
constexpr std::string_view kItemRecording = "/logs/item.jfr";

Result<load::HttpAnswer> ask(const Application& application, std::string_view path) {
  return load::http_get({.port = static_cast<std::uint16_t>(application.port())}, path, 1s);
}

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
  if (options_.recording) start_recording();
  BHSIM_TRY(load_.start(setting_, *application_, options_.rate_per_s, options_.most));
  for (const auto& name : config::swappable(plan_.app, plan_.agent))
    if (std::ranges::find(load_.observed, name) != load_.observed.end()) classes_.push_back(name);
  if (classes_.empty())
    return fail(ErrorCode::config, "no class that can be swapped is shown by the load");
  return {};
}

// By bhsim and not by a flag, whatever the agent is told: only what the agent adds to it tells.
void ItemStage::start_recording() {
  const auto answer = application_->sidecar()->attach_command(
      "JFR.start name=bhsim-item settings=default maxsize=64m");
  recording_ = answer && answer->find("Started recording") != std::string::npos;
  if (!recording_)
    log::warning("conformance of {}: the JVM begins no flight recording: {}", options_.role,
                 answer ? answer->substr(0, answer->find('\n')) : answer.error().message);
}

history::Swap ItemStage::next_swap(const std::string& class_name, std::string_view variant) {
  history::Swap swap;
  swap.generation = ++generation_;
  swap.class_name = class_name;
  swap.variant = variant;
  swap.role = options_.role;
  return swap;
}

ItemAttempt ItemStage::attempt_of(std::string purpose, const history::Swap& delivered) {
  ItemAttempt attempt;
  attempt.purpose = std::move(purpose);
  attempt.class_name = delivered.class_name;
  attempt.variant = delivered.variant;
  attempt.generation = delivered.generation;
  attempt.sha256 = delivered.sha256;
  attempt.t_write = delivered.t_write;
  return attempt;
}

bool ItemStage::attempt(std::string purpose, const std::string& class_name,
                        std::string_view variant, Nanos most,
                        const std::function<bool(const ItemAttempt&)>& done) {
  const auto sidecar = application_->sidecar();
  if (troubled() || sidecar == nullptr || stop_.stop_requested()) return false;
  const auto delivered = deliverer_->deliver(*sidecar, next_swap(class_name, variant));
  if (!delivered) {
    trouble(fmt::format("{} of {} was not delivered: {}", variant, class_name,
                        delivered.error().message));
    return false;
  }
  return look_on(attempt_of(std::move(purpose), *delivered), most, done);
}

bool ItemStage::attempt_together(const std::string& purpose,
                                 const std::vector<std::string>& classes, Nanos most,
                                 const std::function<bool(const ItemAttempt&)>& done) {
  const auto sidecar = application_->sidecar();
  if (troubled() || sidecar == nullptr || stop_.stop_requested()) return false;
  std::vector<history::Swap> swaps;
  for (const auto& name : classes) swaps.push_back(next_swap(name, "valid"));
  const auto delivered = deliverer_->deliver_group(*sidecar, std::move(swaps));
  if (!delivered) {
    trouble(fmt::format("{} classes at once were not delivered: {}", classes.size(),
                        delivered.error().message));
    return false;
  }
  std::vector<std::size_t> indices;
  for (const auto& swap : *delivered)
    indices.push_back(sight_.attempted(attempt_of(purpose, swap)));
  const bool held = watch(most, [&] {
    return std::ranges::all_of(indices,
                               [&](std::size_t index) { return done(sight_.attempt(index)); });
  });
  for (const auto index : indices) sight_.attempt(index).t_end = clock_.now();
  return held;
}

void ItemStage::hold(const std::vector<Hold>& holds) {
  const auto sidecar = application_->sidecar();
  if (troubled() || sidecar == nullptr) return;
  const std::string path(kStallerHolds);
  Result<void> told;
  if (holds.empty()) {
    told = sidecar->remove(path);
  } else if (const auto written = sidecar->deliver(
                 {.path = path, .content = holds_text(holds), .way = sidecar::Way::rename});
             !written) {
    told = fail(written.error());
  }
  if (!told) trouble(fmt::format("the staller could not be told: {}", told.error().message));
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
    load_.take(20ms, takers_);
    look();
    if (done()) return true;
    if (clock_.now() >= until) return false;
    if (!load_.run->finished()) continue;
    trouble("the load was over before the item was");
  }
  return false;
}

void ItemStage::take(const load::Observations& seen) {
  for (const auto& one : seen)
    sight_.saw(load_.observed.at(one.class_index), one.generation, one.t_sent, one.t_done);
}

void ItemStage::take(const load::SecondRecord& second) {
  sight_.second(second.t0, static_cast<std::int64_t>(second.planned),
                static_cast<std::int64_t>(at(second.outcomes, load::Outcome::ok)));
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
  const auto answer = ask(*application_, plan_.app.ready_path);
  sight_.ready(answer ? std::optional(answer->status == 200) : std::nullopt, clock_.now());
}

void ItemStage::look_at_metrics() {
  if (plan_.app.metrics_path.empty()) return;
  const auto answer = ask(*application_, plan_.app.metrics_path);
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

// Nothing when it cannot be read; of a longer one the beginning.
std::optional<std::string> ItemStage::whole_file(std::string_view path, std::size_t most) const {
  const auto sidecar = application_->sidecar();
  if (sidecar == nullptr) return std::nullopt;
  std::string text;
  while (text.size() < most) {
    const auto piece = sidecar->tail(path, static_cast<std::int64_t>(text.size()), 1U << 20U);
    if (!piece) return std::nullopt;
    if (piece->bytes.empty()) break;
    text += piece->bytes;
  }
  return text;
}

void ItemStage::read_audit() {
  if (plan_.app.audit_file.empty()) return;
  const Nanos wall_ahead(to_ns(clock_.wall()) - to_ns(clock_.now()));
  if (const auto text = whole_file(plan_.app.audit_file, kMostAudit))
    sight_.audit(*text, [&](WallTime wall) { return time_from_ns(to_ns(wall)) - wall_ahead; });
}

void ItemStage::read_staller() {
  if (!has_staller(plan_)) return;
  if (const auto text = whole_file(kStallerJournal, kMostNotes)) sight_.staller(*text);
}

// While the JVM is there: it writes the recording.
void ItemStage::read_events() {
  const auto sidecar = application_->sidecar();
  if (!recording_ || sidecar == nullptr) return;
  const auto dumped =
      sidecar->attach_command(fmt::format("JFR.dump name=bhsim-item filename={}", kItemRecording));
  const auto bytes = dumped ? whole_file(kItemRecording, kMostRecording) : std::nullopt;
  if (!bytes) return;
  auto counts = probes::jfr::count_events(*bytes, plan_.agent.events);
  if (counts)
    sight_.events(*std::move(counts));
  else
    log::warning("conformance of {}: {}", options_.role, counts.error().message);
}

Result<history::ItemRecord> ItemStage::finish() {
  if (const auto state = engine::inspect_container(*setting_.engine, application_->container());
      state && !state->running)
    trouble(fmt::format("the application ended by itself with exit code {}", state->exit_code));
  if (stop_.stop_requested()) trouble("bhsim was stopped");
  read_events();
  read_staller();
  if (load_.run) {
    load_.finish(takers_);
    look_at_log();
    read_audit();
  }
  BHSIM_ASSIGN(auto ended, application_->stop());
  if (!ended.container.empty()) store_.add(std::move(ended));
  BHSIM_TRY(application_->remove());
  return record();
}

Result<history::ItemRecord> play_on_a_stage(
    const Setting& setting, ItemStage::Options options, history::Store& store, std::stop_token stop,
    const std::function<void(ItemStage&, const config::Plan&)>& play) {
  const config::Plan plan = options.plan;
  BHSIM_ASSIGN(const auto stage,
               ItemStage::create(setting, std::move(options), store, std::move(stop)));
  if (!stage->troubled()) play(*stage, plan);
  return stage->finish();
}

}  // namespace bhsim::runner
