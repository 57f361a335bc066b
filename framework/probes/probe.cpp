#include "framework/probes/probe.hpp"

#include <condition_variable>

#include "framework/probes/continuity.hpp"

namespace bhsim::probes {

void Board::begin_life() {
  const std::lock_guard lock(mutex_);
  lives_ = true;
  tick_.reset();
  cpu_.reset();
  cpu_share_.reset();
}

void Board::end_life() {
  const std::lock_guard lock(mutex_);
  lives_ = false;
}

bool Board::lives() const {
  const std::lock_guard lock(mutex_);
  return lives_;
}

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

bool sleep_until(const Clock& clock, Time when, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any never;
  std::unique_lock lock(mutex);
  for (Time now = clock.now(); now < when && !stop.stop_requested(); now = clock.now())
    never.wait_for(lock, stop, when - now, [] { return false; });
  return !stop.stop_requested();
}

Time next_beat(Time beat, Time now, Nanos period) {
  return beat + period * (1 + std::max<std::int64_t>(0, (now - beat) / period));
}

void each(const Clock& clock, Nanos period, const std::stop_token& stop,
          const std::function<void()>& look) {
  Time next = clock.now();
  while (!stop.stop_requested()) {
    look();
    next = next_beat(next, clock.now(), period);
    if (!sleep_until(clock, next, stop)) return;
  }
}

void sample(const Scene& scene, std::string_view series, Time t, double value) {
  scene.store.add(history::Sample{std::string(series), t, value});
}

Time at_wall(const Clock& clock, WallTime wall) { return clock.now() - (clock.wall() - wall); }

}  // namespace bhsim::probes
