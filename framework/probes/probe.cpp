#include "framework/probes/probe.hpp"

namespace bhsim::probes {

using namespace std::chrono_literals;

void Board::set_tick(const sidecar::Tick& tick) {
  const std::lock_guard lock(mutex_);
  tick_ = tick;
}

void Board::set_cpu(Nanos cumulative, Time t) {
  const std::lock_guard lock(mutex_);
  if (cpu_ && t > cpu_->second && cumulative >= cpu_->first)
    cpu_share_ = to_seconds(cumulative - cpu_->first) / to_seconds(t - cpu_->second);
  cpu_ = {cumulative, t};
}

std::optional<sidecar::Tick> Board::tick() const {
  const std::lock_guard lock(mutex_);
  return tick_;
}

Latest Board::latest() const {
  const std::lock_guard lock(mutex_);
  Latest latest;
  latest.cpu_share = cpu_share_;
  if (!tick_) return latest;
  if (tick_->jvm) latest.heap_bytes = tick_->jvm->heap_used;
  if (tick_->process) {
    latest.rss_bytes = tick_->process->rss_bytes;
    latest.threads = tick_->process->threads;
    latest.descriptors = tick_->process->descriptors;
  }
  return latest;
}

void Board::forget() {
  const std::lock_guard lock(mutex_);
  tick_.reset();
  cpu_.reset();
  cpu_share_.reset();
}

bool sleep_until(const Clock& clock, Time when, const std::stop_token& stop) {
  while (clock.now() < when) {
    if (stop.stop_requested()) return false;
    clock.sleep_until(std::min(when, clock.now() + 50ms));
  }
  return !stop.stop_requested();
}

void each(const Clock& clock, Nanos period, const std::stop_token& stop, const std::function<void()>& look) {
  Time next = clock.now();
  while (!stop.stop_requested()) {
    look();
    const Time now = clock.now();
    do next += period;
    while (next <= now);
    if (!sleep_until(clock, next, stop)) return;
  }
}

void sample(const Scene& scene, std::string_view series, Time t, double value) {
  scene.store.add(history::Sample{std::string(series), t, value});
}

}  // namespace bhsim::probes
