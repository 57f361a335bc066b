#include <algorithm>
#include <ctime>

#include "framework/load/worker.hpp"

namespace bhsim::load {
namespace {

// Processor time of the calling thread; not a time of day, so not the Clock's.
Nanos thread_cpu() {
  timespec ts{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
  return Nanos(static_cast<std::int64_t>(ts.tv_sec) * 1'000'000'000 + ts.tv_nsec);
}

// A response that is not 2xx, 409 or another 4xx says nothing definite about the record.
WriteFate fate_of(int status) {
  if (status >= 200 && status < 300) return WriteFate::acknowledged;
  return status >= 400 && status < 500 && status != 409 ? WriteFate::refused : WriteFate::open;
}

}  // namespace

void Worker::complete(Connection& c, Time arrived) {
  eager_pause_ = Nanos(0);
  eager_after_ = Time{};
  if (arrived > c.deadline) {
    finish(c, Outcome::timeout, arrived, "the response came after the timeout");
    close(c, arrived);
    return;
  }
  const CompiledOperation& op = compiled_.operations[c.request.operation];
  Judgement judgement = op.expectation.judge(c.parser, c.values, spec_.skus);
  const bool captured = capture(c, judgement.outcome);
  if (!captured) judgement.outcome = Outcome::bad_body;
  if (judgement.altered) ++totals_.altered_reads;
  if (judgement.lost_candidate) ++totals_.lost_read_candidates;
  observe(c, arrived);
  settle_write(c, fate_of(c.parser.status()));
  ++second_->responses;
  if (judgement.outcome == Outcome::ok || !tells_failures(true)) {
    finish(c, judgement.outcome, arrived, {});
  } else {
    finish(c, judgement.outcome, arrived,
           captured ? op.expectation.explain(c.parser, judgement) : op.captures.problem());
  }
}

void Worker::observe(const Connection& c, Time arrived) {
  for (const auto& version : compiled_.operations[c.request.operation].expectation.versions()) {
    if (!c.parser.has_header(version.header)) continue;
    const auto generation = generation_of(c.parser.header(version.header));
    if (!generation) continue;
    observations_.push_back(
        {version.class_index, c.request.operation, *generation, c.sent, arrived});
  }
}

// Of a write that was sent; the first call decides.
void Worker::settle_write(Connection& c, WriteFate fate) {
  if (c.is_sent && compiled_.operations[c.request.operation].ledger == LedgerRole::write) {
    ledger_.end(c.writer, fate);
  }
}

void Worker::finish(Connection& c, Outcome outcome, Time done, std::string_view detail) {
  settle_write(c, WriteFate::open);
  const std::optional<Time> sent = c.is_sent ? std::optional(c.sent) : std::nullopt;
  record(c.request, outcome, sent, done);
  if (outcome != Outcome::ok) {
    tell_failure(c.request, outcome, sent, done, c.is_sent ? c.parser.status() : 0, detail);
  }
  deadlines_[c.timeout_class].remove(c);
  c.has_request = false;
  c.is_sent = false;
  --in_flight_;
}

void Worker::end_unsent(const Planned& planned, Outcome outcome, Time now,
                        std::string_view detail) {
  if (outcome == Outcome::unsent) ++totals_of(planned).blocked;
  record(planned, outcome, std::nullopt, now);
  tell_failure(planned, outcome, std::nullopt, now, 0, detail);
}

// What was never sent comes in thousands while a target is away, and each is like the other: so a
// few of a second are told, and the room is left to those that were in flight.
bool Worker::tells_failures(bool sent) const {
  const std::size_t most = spec_.most_failures / static_cast<std::size_t>(spec_.threads);
  return failures_told_ < most && (sent || second_->unsent_told < kMostUnsentTold);
}

void Worker::tell_failure(const Planned& planned, Outcome outcome, std::optional<Time> sent,
                          Time done, int status, std::string_view detail) {
  if (!tells_failures(sent.has_value())) {
    ++(sent ? totals_.failures_dropped : totals_.unsent_untold);
    return;
  }
  ++failures_told_;
  if (!sent) ++second_->unsent_told;
  failures_.push_back(
      {planned.at, sent, done, planned.operation, outcome, status, std::string(detail)});
}

void Worker::record(const Planned& planned, Outcome outcome, std::optional<Time> sent, Time done) {
  PlanSecond& second = plan_second(planned.at);
  OperationTotals& totals = second.operations[planned.operation];
  --second.pending;
  ++at(totals.outcomes, outcome);
  if (sent) ++totals.sent;
  ++ended_;
  if (outcome != Outcome::ok) ++errors_;
  if (outcome == Outcome::reset || outcome == Outcome::refused) return;
  const Nanos corrected = done - planned.at;
  totals.corrected.record(corrected);
  if (sent) totals.uncorrected.record(done - *sent);
  second_->answered.record(corrected);
  if (outcome == Outcome::ok && corrected <= spec_.slo) ++totals.within_slo;
}

void Worker::count_planned(const Planned& planned) {
  PlanSecond& second = plan_second(planned.at);
  ++second.operations[planned.operation].planned;
  ++second.pending;
  ++totals_.planned;
}

OperationTotals& Worker::totals_of(const Planned& planned) {
  return plan_second(planned.at).operations[planned.operation];
}

PlanSecond& Worker::plan_second(Time planned) {
  const std::int64_t index = (planned - t0_) / kSecond;
  while (plan_seconds_next_ <= index) {
    auto slab = handoff_.take_plan_second();
    slab->operations.resize(compiled_.operations.size());
    slab->reset(plan_seconds_next_++);
    plan_seconds_.push_back(std::move(slab));
  }
  return *plan_seconds_[static_cast<std::size_t>(index - plan_seconds_.front()->index)];
}

void Worker::close_plan_seconds(Time now) {
  if (!plan_ended_ && now >= t0_) plan_second(std::min(now, plan_end_ - Nanos(1)));
  while (!plan_seconds_.empty() && plan_seconds_.front()->pending == 0) {
    const Time end = t0_ + kSecond * (plan_seconds_.front()->index + 1);
    if (!plan_ended_ && (now < end || (next_ && next_->at < end))) return;
    handoff_.give(std::move(plan_seconds_.front()));
    plan_seconds_.pop_front();
  }
}

void Worker::begin_clock_second(std::int64_t index) {
  if (!second_) second_ = handoff_.take_clock_second();
  second_->reset(index);
  second_end_ = t0_ + kSecond * (index + 1);
  cpu_before_ = thread_cpu();
}

void Worker::close_clock_second(Time now) {
  second_->cpu = thread_cpu() - cpu_before_;
  second_->span = now - second_began_;
  second_->connections_open = open_count_;
  second_->queued = queue_.size();
  second_->in_flight = in_flight_;
  second_->planned = totals_.planned;
  second_->ended = ended_;
  second_->errors = errors_;
  handoff_.give(std::move(second_));
  second_began_ = now;
  begin_clock_second((now - t0_) / kSecond);
}

void Worker::hand_over(Time now) {
  next_hand_over_ = now + kLongestWait;
  sample_wall_offset();
  if (failures_.empty() && observations_.empty()) return;
  totals_.observations_dropped += handoff_.give(failures_, observations_);
}

}  // namespace bhsim::load
