#include "framework/load/resolver.hpp"

#include <sys/prctl.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>

namespace bhsim::load {
namespace {

bool same_addresses(const std::vector<Address>& a, const std::vector<Address>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Address& x, const Address& y) { return x.text == y.text; });
}

}  // namespace

struct Resolver::State {
  std::mutex mutex;
  std::condition_variable changed;
  bool wanted = false;
  bool looking = false;
  bool stopped = false;
  std::vector<Address> addresses;
  std::atomic<std::uint64_t> generation{1};
  std::atomic<std::uint64_t> ordered{0};
  std::uint64_t looked = 0, failed = 0, moved = 0;
  std::string problem;  // of the last that failed
};

Resolver::Resolver(std::vector<Address> first, LookUpAgain again)
    : state_(std::make_shared<State>()) {
  state_->addresses = std::move(first);
  if (!again) return;
  thread_ = std::thread([state = state_, again = std::move(again)] { work(*state, again); });
}

Resolver::~Resolver() {
  if (!thread_.joinable()) return;
  bool looking = false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopped = true;
    looking = state_->looking;
  }
  state_->changed.notify_all();
  if (looking) {
    thread_.detach();
  } else {
    thread_.join();
  }
}

void Resolver::work(State& state, const LookUpAgain& again) {
  prctl(PR_SET_NAME, "bhsim-resolve", 0UL, 0UL, 0UL);
  std::unique_lock lock(state.mutex);
  for (;;) {
    state.changed.wait(lock, [&state] { return state.wanted || state.stopped; });
    if (state.stopped) return;
    state.wanted = false;
    state.looking = true;
    lock.unlock();
    auto found = again();
    lock.lock();
    state.looking = false;
    ++state.looked;
    if (!found) {
      ++state.failed;
      state.problem = found.error().message;
    } else if (!same_addresses(*found, state.addresses)) {
      ++state.moved;
      state.addresses = std::move(*found);
      ++state.generation;
    }
  }
}

bool Resolver::ask(Time now) {
  if (!thread_.joinable()) return false;
  std::int64_t not_before = not_before_ns_.load(std::memory_order_relaxed);
  if (to_ns(now) < not_before) return false;
  if (!not_before_ns_.compare_exchange_strong(not_before, to_ns(now + kLeastGap))) return false;
  {
    const std::lock_guard lock(state_->mutex);
    state_->wanted = true;
  }
  state_->changed.notify_all();
  return true;
}

void Resolver::lead(std::vector<Address> addresses) {
  const std::lock_guard lock(state_->mutex);
  state_->addresses = std::move(addresses);
  state_->ordered.store(++state_->generation, std::memory_order_release);
}

std::uint64_t Resolver::ordered() const { return state_->ordered.load(std::memory_order_acquire); }

bool Resolver::renew(std::vector<Address>& addresses, std::uint64_t& generation) const {
  if (state_->generation.load(std::memory_order_acquire) == generation) return false;
  const std::lock_guard lock(state_->mutex);
  addresses = state_->addresses;
  generation = state_->generation;
  return true;
}

std::string Resolver::note() const {
  const std::lock_guard lock(state_->mutex);
  if (state_->looked == 0) return {};
  std::string text = fmt::format(
      "the target could not be reached, so its name was looked up again {} times; {} times it had "
      "other addresses",
      state_->looked, state_->moved);
  if (state_->failed > 0) {
    text += fmt::format("; {} look-ups failed, the last one: {}", state_->failed, state_->problem);
  }
  return text;
}

Route::Route(Resolver& resolver) : resolver_(resolver) { renew(); }

void Route::renew() {
  if (!resolver_.renew(addresses_, generation_)) return;
  at_ = 0;
  start_over();
}

void Route::reached() { start_over(); }

void Route::start_over() { untried_ = addresses_.size() - 1; }

bool Route::move_on(std::uint32_t at, Time now) {
  resolver_.ask(now);
  if (at != at_) return true;  // another connection has found out before
  at_ = static_cast<std::uint32_t>((at_ + 1) % addresses_.size());
  if (untried_ == 0) {
    start_over();
    return false;
  }
  --untried_;
  return true;
}

}  // namespace bhsim::load
