#include "framework/load/worker.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <cmath>

namespace bhsim::load {
void StartGate::arrive() {
  {
    const std::lock_guard lock(mutex_);
    ++arrived_;
  }
  changed_.notify_all();
}

bool StartGate::wait_arrived(int threads, Nanos at_most) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, at_most, [this, threads] { return arrived_ >= threads; });
}

void StartGate::open(Time t0) {
  {
    const std::lock_guard lock(mutex_);
    t0_ = t0;
  }
  changed_.notify_all();
}

void StartGate::abandon() {
  {
    const std::lock_guard lock(mutex_);
    abandoned_ = true;
  }
  changed_.notify_all();
}

std::optional<Time> StartGate::wait_open() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return t0_.has_value() || abandoned_; });
  return abandoned_ ? std::nullopt : t0_;
}

bool PlannedQueue::push(const Planned& planned) {
  if (size_ == most_) return false;
  if (size_ == slots_.size()) {
    std::vector<Planned> larger(std::min(most_, slots_.size() * 2));
    for (std::size_t i = 0; i < size_; ++i) larger[i] = slots_[(head_ + i) % slots_.size()];
    slots_ = std::move(larger);
    head_ = 0;
  }
  slots_[(head_ + size_) % slots_.size()] = planned;
  ++size_;
  return true;
}

int Worker::connections_of(const LoadSpec& spec, int index) {
  return spec.connections / spec.threads + (index < spec.connections % spec.threads ? 1 : 0);
}

int Worker::first_connection_of(const LoadSpec& spec, int index) {
  return index * (spec.connections / spec.threads) +
         std::min(index, spec.connections % spec.threads);
}

Worker::Worker(const CompiledSpec& compiled, int index, const Clock& clock, Ledger& ledger,
               Handoff& handoff)
    : compiled_(compiled),
      spec_(compiled.spec),
      index_(index),
      clock_(clock),
      ledger_(ledger),
      handoff_(handoff),
      stamped_(spec_.process != Process::closed),
      queue_(kMostQueued),
      deadlines_(compiled.timeouts.size()),
      route_(*compiled.resolver),
      buffer_(std::make_unique<std::array<char, kReceiveBuffer>>()) {}

bool Worker::is_closed_loop() const { return spec_.process == Process::closed; }

// A request that waits for the processor behind a neighbour is late for no fault of the target's.
// Real-time scheduling (root only) prevents that; niceness does not where the kernel groups
// processes by session. A closed loop would take the whole core with it, so it stays a thread like
// any other. Refused: lateness is counted all the same.
void Worker::take_precedence() const {
  if (is_closed_loop() || spec_.priority == Priority::normal) return;
  sched_param lowest{};
  lowest.sched_priority = sched_get_priority_min(SCHED_FIFO);
  pthread_setschedparam(pthread_self(), SCHED_FIFO, &lowest);
}

void Worker::set_up() {
  prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL);  // the default lets the kernel wake us 50 us late
  prctl(PR_SET_NAME, "bhsim-load", 0UL, 0UL, 0UL);
  take_precedence();
  epoll_ = UniqueFd(epoll_create1(EPOLL_CLOEXEC));
  const int count = connections_of(spec_, index_);
  const int first = first_connection_of(spec_, index_);
  const ParserLimits limits{spec_.most_header_bytes, spec_.most_body_bytes};
  for (int i = 0; i < count; ++i) {
    auto connection = std::make_unique<Connection>(compiled_.wanted, limits);
    connection->writer = spec_.first_writer + static_cast<std::uint32_t>(first + i);
    connection->captured = CapturedValues(compiled_.capturing.size());
    if (compiled_.tls) connection->tls = std::make_unique<TlsStream>(*compiled_.tls);
    connections_.push_back(std::move(connection));
    closed_.push_back(*connections_.back());
  }
  if (compiled_.tls) plain_ = std::make_unique<std::array<char, kPlainBuffer>>();
  out_.reserve(4096);
  scratch_.reserve(4096);
  sample_wall_offset();
}

void Worker::connect_all() {
  const Time give_up = clock_.now() + std::chrono::seconds(1);
  begin_clock_second(0);
  for (Time now = clock_.now(); now < give_up; now = clock_.now()) {
    reconnect(now);
    expire(now);
    if (connecting_count_ == 0 && (closed_.empty() || now < refused_until_)) return;
    collect(std::chrono::milliseconds(5));
  }
}

void Worker::run(StartGate& gate, const std::stop_token& stop) {
  set_up();
  connect_all();
  gate.arrive();
  const std::optional<Time> t0 = gate.wait_open();
  if (t0) {
    t0_ = *t0;
    plan_end_ = t0_ + spec_.duration;
    second_began_ = t0_;
    begin_clock_second(0);
    next_hand_over_ = t0_;
    if (!is_closed_loop()) pacer_.emplace(spec_);
    draw_next();
    loop(stop);
  }
  handoff_.end();
}

void Worker::loop(const std::stop_token& stop) {
  while (turn(stop)) {
  }
  const Time now = clock_.now();
  totals_.t_end = now;
  close_plan_seconds(now);
  close_clock_second(now);
  hand_over(now);
  for (auto& connection : connections_) {
    if (connection->tls) hang_up(*connection);
    connection->fd.reset();
  }
}

bool Worker::turn(const std::stop_token& stop) {
  const Time now = clock_.now();
  expire(now);
  follow_route(now);
  serve_queue(now);
  send_due(now);
  if (!plan_ended_ && stop.stop_requested()) end_plan(now, true);
  if (is_closed_loop()) feed_closed_loop(now);
  reconnect(now);
  if (now >= second_end_) close_clock_second(now);
  close_plan_seconds(now);
  if (now >= next_hand_over_) hand_over(now);
  if (!plan_ended_ && !next_ && now >= plan_end_) end_plan(plan_end_, false);
  if (over()) return false;
  wait_and_collect();
  return true;
}

bool Worker::over() const { return plan_ended_ && in_flight_ == 0 && queue_.empty(); }

void Worker::end_plan(Time now, bool early) {
  plan_ended_ = true;
  next_.reset();
  totals_.t_plan_end = std::clamp(now, t0_, plan_end_);
  totals_.stopped_early = early;
}

void Worker::draw_next() {
  next_.reset();
  if (!pacer_) return;
  for (;;) {
    const std::optional<Nanos> start = pacer_->next();
    if (!start) return;
    const std::uint64_t number = drawn_++;
    if (static_cast<int>(number % static_cast<std::uint64_t>(spec_.threads)) != index_) continue;
    next_ = Planned{t0_ + *start, number, choose_operation(number)};
    return;
  }
}

std::uint32_t Worker::choose_operation(std::uint64_t number) {
  if (compiled_.operations.size() == 1) return 0;
  Random random(Random::mix(spec_.seed ^ 0x6d6978ULL) ^ Random::mix(number));
  const double point = random.unit() * compiled_.weight_through.back();
  const auto found =
      std::lower_bound(compiled_.weight_through.begin(), compiled_.weight_through.end(), point);
  const auto at = found - compiled_.weight_through.begin();
  return static_cast<std::uint32_t>(
      std::min<std::ptrdiff_t>(at, std::ssize(compiled_.operations) - 1));
}

void Worker::send_due(Time now) {
  while (next_ && next_->at <= now) {
    const Planned planned = *next_;
    draw_next();
    count_planned(planned);
    if (queue_.empty() && take(planned, now) != Take::none) continue;
    if (!queue_.push(planned)) {
      end_unsent(planned, Outcome::unsent, now, "too many requests were waiting for a connection");
    }
  }
}

void Worker::serve_queue(Time now) {
  while (!queue_.empty()) {
    const Planned planned = queue_.front();
    if (now - planned.at > compiled_.operations[planned.operation].timeout) {
      end_unsent(planned, Outcome::unsent, now, "no connection was free within the timeout");
    } else if (take(planned, now) == Take::none) {
      return;
    }
    queue_.pop();
  }
}

void Worker::feed_closed_loop(Time now) {
  if (now >= plan_end_ || plan_ended_) return;
  while (!idle_.empty() || (!closed_.empty() && now >= refused_until_ && now >= eager_after_)) {
    Planned planned{
        now,
        drawn_ * static_cast<std::uint64_t>(spec_.threads) + static_cast<std::uint64_t>(index_), 0};
    ++drawn_;
    planned.operation = choose_operation(planned.number);
    count_planned(planned);
    take(planned, now);
  }
}

void Worker::expire(Time now) {
  for (auto& list : deadlines_) {
    while (!list.empty() && list.front()->deadline <= now) {
      Connection& c = *list.front();
      if (c.handshaking) ++totals_.tls.failed;
      if (c.has_request) {
        const bool answered = c.is_sent && c.parser.begun();
        finish(c, Outcome::timeout, now,
               c.handshaking ? "the TLS handshake was not over within the timeout"
               : !c.is_sent  ? "no connection within the timeout"
               : answered    ? "the response was not complete within the timeout"
                             : "no response within the timeout");
      }
      if (c.state == Connection::State::connecting) route_.move_on(c.address, now);
      close(c, now);
    }
  }
}

bool Worker::needs_events() const {
  return spec_.pacing.gap == Nanos(0) || is_closed_loop() || !queue_.empty() ||
         connecting_count_ > 0 || writing_count_ > 0 || large_responses_ ||
         (plan_ended_ && in_flight_ > 0);
}

Time Worker::next_wake(Time now) const {
  Time wake = std::min(now + kLongestWait, second_end_);
  if (next_) wake = std::min(wake, next_->at);
  for (const auto& list : deadlines_) {
    if (!list.empty()) wake = std::min(wake, list.front()->deadline);
  }
  if (!queue_.empty()) {
    const Planned& first = queue_.front();
    wake = std::min(wake, first.at + compiled_.operations[first.operation].timeout + Nanos(1));
  }
  if (!closed_.empty() && connecting_count_ < kMostConnecting) {
    wake = std::min(wake, std::max(refused_until_, eager_after_));
  }
  if (!plan_ended_) wake = std::min(wake, std::max(plan_end_, now));
  return wake;
}

void Worker::wait_and_collect() {
  const Time now = clock_.now();
  const Time wake = next_wake(now);
  const Time earliest = last_wake_ + spec_.pacing.gap;
  if (needs_events()) {
    Time from = now;
    if (earliest > now && !is_closed_loop()) {
      ++second_->syscalls;
      ++second_->wakeups;
      clock_.sleep_until(earliest);
      from = clock_.now();
    }
    last_wake_ = from;
    if (wake > from) ++second_->wakeups;
    collect(std::max(Nanos(0), wake - from));
    if (spec_.pacing.gap > Nanos(0) && wake > from) last_wake_ = clock_.now();
    return;
  }
  const Time until = std::max(wake, earliest);
  if (until > now) {
    ++second_->syscalls;
    ++second_->wakeups;
    clock_.sleep_until(until);
  }
  last_wake_ = std::max(now, until);
  collect(Nanos(0));
}

}  // namespace bhsim::load
