#include "framework/runner/paired_jvm.hpp"

#include <algorithm>

#include "framework/base/log.hpp"
#include "framework/probes/jvm_logs.hpp"
#include "framework/runner/load_spec.hpp"
#include "framework/runner/swapping.hpp"

namespace bhsim::runner {

PairedJvm::PairedJvm(const Setting& setting, std::int64_t pair, std::string side)
    : setting_(setting) {
  row_.pair = pair;
  row_.side = std::move(side);
}

Result<void> PairedJvm::create() {
  BHSIM_ASSIGN(application_,
               Application::create(setting_, fmt::format("pair-{}-{}", row_.pair, row_.side)));
  if (setting_.plan->agent.present() && !setting_.plan->app.swap_classes.empty()) {
    BHSIM_ASSIGN(deliverer_, make_deliverer(setting_, *application_));
  }
  return {};
}

Result<void> PairedJvm::start(std::stop_token stop) {
  BHSIM_ASSIGN(const auto segment, application_->start(std::move(stop)));
  row_.start = *segment.t_ready - segment.t_start;
  sidecar_ = application_->sidecar();
  // Ticks also keep the account of threads that end.
  return sidecar_->subscribe({}, [newest = newest_](const sidecar::Tick& tick) {
    const std::lock_guard lock(newest->mutex);
    newest->tick = tick;
  });
}

Result<load::LoadSpec> PairedJvm::spec(Time start, Nanos length) const {
  const load::Target target{.port = static_cast<std::uint16_t>(application_->port())};
  BHSIM_ASSIGN(auto spec, to_whole_load_spec(*setting_.plan, target, start));
  spec.duration = length;
  return spec;
}

Result<void> PairedJvm::begin(load::LoadSpec spec, std::stop_token stop) {
  auto next = std::make_unique<Load>();
  next->classes = load::observed_classes(spec);
  BHSIM_ASSIGN(next->run, load::Run::create(std::move(spec), *setting_.clock, next->events));
  BHSIM_TRY(next->run->start(std::move(stop)));
  load_ = std::move(next);
  return {};
}

Result<void> PairedJvm::burst(Nanos length, std::stop_token stop) {
  BHSIM_ASSIGN(auto fast, spec({}, length));
  fast.process = load::Process::closed;
  // More would only take the core from the compilers, whose work this is for.
  fast.connections = 1;
  return begin(std::move(fast), std::move(stop));
}

Result<void> PairedJvm::drive(Time start, Nanos length, std::stop_token stop) {
  BHSIM_ASSIGN(auto planned, spec(start, length));
  planned.first_writer = static_cast<std::uint32_t>(planned.connections);  // behind the burst's
  return begin(std::move(planned), std::move(stop));
}

Result<void> PairedJvm::finish_load() {
  const auto summary = load_->run->join();
  take_events();
  load_.reset();
  row_.planned = static_cast<std::int64_t>(summary.all.planned);
  row_.ok = static_cast<std::int64_t>(at(summary.all.outcomes, load::Outcome::ok));
  row_.p50 = summary.all.corrected.percentile(50);
  row_.p99 = summary.all.corrected.percentile(99);
  return {};
}

void PairedJvm::swap(const config::PlannedSwap& planned) {
  if (!deliverer_) return;
  const auto done = deliverer_->deliver(*sidecar_, to_swap(planned));
  if (done)
    delivered_.emplace(planned.class_name, planned.generation);
  else
    log::warning("{}: swap {} of {} was not delivered: {}", application_->role(),
                 planned.generation, planned.class_name, done.error().message);
}

void PairedJvm::take_events() {
  while (const auto event = load_->events.pop(Nanos{})) {
    const auto* seen = std::get_if<load::Observations>(&*event);
    if (seen == nullptr) continue;
    for (const auto& one : *seen)
      if (one.generation > 0) served_.emplace(load_->classes.at(one.class_index), one.generation);
  }
}

std::int64_t PairedJvm::served() const {
  return std::count_if(delivered_.begin(), delivered_.end(),
                       [this](const Delivery& delivery) { return served_.contains(delivery); });
}

Result<sidecar::Sidecar::Cpu> PairedJvm::cpu() const { return sidecar_->process_cpu(); }

Result<std::map<std::string, Nanos>> PairedJvm::thread_cpu() const {
  return sidecar_->thread_cpu();
}

void PairedJvm::weigh() {
  {
    const std::lock_guard lock(newest_->mutex);
    const auto& tick = newest_->tick;
    if (tick && tick->process && tick->jvm)
      row_.beside_heap = tick->process->rss_bytes - tick->jvm->heap_committed;
  }
  // As ProbeSet::force_collection: the histogram collects once more, and counts at the same stop of
  // the world.
  const auto collected = sidecar_->collect_garbage();
  const auto histogram =
      collected ? sidecar_->attach_command("GC.class_histogram") : fail(collected.error());
  if (histogram)
    row_.heap_live = probes::parse_histogram_bytes(*histogram);
  else
    log::warning("{}: a forced collection failed: {}", application_->role(),
                 histogram.error().message);
}

Result<void> PairedJvm::remove() {
  sidecar_.reset();
  return application_->remove();
}

}  // namespace bhsim::runner
