#include "framework/load/engine.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <thread>

#include "framework/load/collector.hpp"
#include "framework/load/worker.hpp"

namespace bhsim::load {
namespace {

constexpr std::uint64_t kMostRecounted = 50'000'000;

// Sockets of the run and room for everything else that the process has open.
Result<void> allow_descriptors(int connections) {
  const auto wanted = static_cast<rlim_t>(connections) + 256;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted) return {};
  if (limit.rlim_max < wanted) {
    return fail(
        ErrorCode::unsupported,
        "load: {} connections need {} open files and the limit is {}; raise it with ulimit -n",
        connections, wanted, limit.rlim_max);
  }
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
  return {};
}

Result<std::unique_ptr<Resolver>> find_target(const LoadSpec& spec, const LookUp& find) {
  auto again = [find, target = spec.target,
                allow = spec.allow_targets]() -> Result<std::vector<Address>> {
    BHSIM_ASSIGN(std::vector<Address> found, find(target));
    return keep_allowed(std::move(found), target, allow);
  };
  BHSIM_ASSIGN(std::vector<Address> first, again());
  if (is_numeric(spec.target.host)) return std::make_unique<Resolver>(std::move(first));
  return std::make_unique<Resolver>(std::move(first), std::move(again));
}

Result<CompiledSpec> compile(LoadSpec spec, const LookUp& find) {
  CompiledSpec out;
  BHSIM_ASSIGN(out.resolver, find_target(spec, find));
  if (spec.target.tls) {
    BHSIM_ASSIGN(out.tls, TlsContext::create(*spec.target.tls, spec.target.host));
  }
  const std::vector<std::string> classes = observed_classes(spec);
  const std::vector<std::string> captured = captured_names(spec);
  out.capturing = capturing_operations(spec);
  out.timeouts.push_back(spec.timeout);
  double weight = 0;
  for (const Operation& op : spec.operations) {
    BHSIM_ASSIGN(CompiledRequest request, CompiledRequest::compile(spec, op));
    const Nanos timeout = op.timeout.value_or(spec.timeout);
    auto found = std::find(out.timeouts.begin(), out.timeouts.end(), timeout);
    if (found == out.timeouts.end()) found = out.timeouts.insert(found, timeout);
    const auto timeout_class = static_cast<std::uint32_t>(found - out.timeouts.begin());
    if (op.ledger == LedgerRole::write && !out.write_operation) {
      out.write_operation = static_cast<std::uint32_t>(out.operations.size());
    }
    out.operations.push_back({std::move(request), CompiledExpectation(op, classes, out.wanted),
                              CompiledCaptures(op, captured, out.wanted), op.ledger, timeout,
                              timeout_class});
    out.weight_through.push_back(weight += op.weight);
  }
  if (out.wanted.size() > 64) {
    return fail(ErrorCode::config,
                "load: {} different response headers are looked at; 64 are possible",
                out.wanted.size());
  }
  out.spec = std::move(spec);
  return out;
}

}  // namespace

struct Run::State {
  State(CompiledSpec c, const Clock& k, BoundedQueue<Event>& e)
      : compiled(std::move(c)), clock(k), events(e) {
    std::vector<Handoff*> all;
    for (int i = 0; i < compiled.spec.threads; ++i) {
      const auto first = compiled.spec.first_writer +
                         static_cast<std::uint32_t>(Worker::first_connection_of(compiled.spec, i));
      const auto count = static_cast<std::uint32_t>(Worker::connections_of(compiled.spec, i));
      handoffs.push_back(std::make_unique<Handoff>());
      ledgers.push_back(std::make_unique<Ledger>(
          compiled.spec.seed, first, count, compiled.spec.skus,
          std::size_t{100'000} / static_cast<std::size_t>(compiled.spec.threads)));
      workers.push_back(
          std::make_unique<Worker>(compiled, i, clock, *ledgers.back(), *handoffs.back()));
      all.push_back(handoffs.back().get());
    }
    collector = std::make_unique<Collector>(compiled.spec, std::move(all), events);
  }

  void end_threads() {
    stop.request_stop();
    gate.abandon();
    for (std::thread& thread : threads) {
      if (thread.joinable()) thread.join();
    }
    if (collecting.joinable()) collecting.join();
  }

  CompiledSpec compiled;
  const Clock& clock;
  BoundedQueue<Event>& events;
  std::vector<std::unique_ptr<Handoff>> handoffs;
  std::vector<std::unique_ptr<Ledger>> ledgers;
  std::vector<std::unique_ptr<Worker>> workers;
  std::unique_ptr<Collector> collector;
  StartGate gate;
  std::stop_source stop;
  std::optional<std::stop_callback<std::function<void()>>> on_stop;
  std::vector<std::thread> threads;
  std::thread collecting;
  Time t0{};
  std::atomic<bool> started{false};
  std::atomic<bool> finished{false};
};

Run::Run(std::unique_ptr<State> state) : state_(std::move(state)) {}

Run::~Run() { stop(); }

void Run::stop() {
  state_->on_stop.reset();
  state_->end_threads();
  state_->events.close();
}

Result<std::unique_ptr<Run>> Run::create(LoadSpec spec, const Clock& clock,
                                         BoundedQueue<Event>& events, LookUp find) {
  BHSIM_TRY(validate(spec));
  BHSIM_TRY(allow_descriptors(spec.connections));
  BHSIM_ASSIGN(CompiledSpec compiled, compile(std::move(spec), find));
  return std::unique_ptr<Run>(new Run(std::make_unique<State>(std::move(compiled), clock, events)));
}

Result<void> Run::start(std::stop_token stop) {
  State& s = *state_;
  if (s.started.exchange(true)) return fail(ErrorCode::internal, "load: a run starts once");
  s.on_stop.emplace(std::move(stop), [&s] { s.stop.request_stop(); });
  for (auto& worker : s.workers) {
    s.threads.emplace_back([&s, &worker] { worker->run(s.gate, s.stop.get_token()); });
  }
  s.gate.wait_arrived(s.compiled.spec.threads, std::chrono::seconds(5));
  s.t0 = std::max(s.compiled.spec.start, s.clock.now());
  s.collecting = std::thread([&s] {
    s.collector->run(s.t0);
    s.events.close();
    s.finished = true;
  });
  s.gate.open(s.t0);
  return {};
}

namespace {

// Of the plan as the spec and the seed give it, what the load threads had to send before they were
// stopped.
std::uint64_t count_plan(const LoadSpec& spec, const std::vector<const WorkerTotals*>& totals,
                         Time t0) {
  Pacer pacer(spec);
  std::uint64_t planned = 0;
  for (std::uint64_t number = 0;; ++number) {
    const std::optional<Nanos> start = pacer.next();
    if (!start) return planned;
    const WorkerTotals& thread = *totals[number % totals.size()];
    if (!thread.stopped_early || t0 + *start <= thread.t_plan_end) ++planned;
  }
}

void judge_self(const LoadSpec& spec, std::uint64_t events_lost, Summary& summary) {
  using Kind = InvalidReason::Kind;
  const std::uint64_t ended = total(summary.all.outcomes);
  if (ended != summary.all.planned || summary.planned_by_pacer != summary.all.planned) {
    summary.invalid.push_back(
        {Kind::unaccounted,
         fmt::format("{} requests were planned, {} came due and {} have an outcome",
                     summary.planned_by_pacer, summary.all.planned, ended)});
  }
  const auto sent = static_cast<double>(summary.lag.count());
  if (spec.process != Process::closed &&
      static_cast<double>(summary.late) > spec.limits.late_share * sent) {
    summary.invalid.push_back(
        {Kind::late,
         fmt::format(
             "{} of {} requests were sent more than {:.1f} ms late while a connection was free",
             summary.late, summary.lag.count(), to_seconds(spec.limits.late_after) * 1e3),
         static_cast<double>(summary.late) / sent, spec.limits.late_share});
  }
  if (summary.cpu_share_worst > spec.limits.cpu_share) {
    const std::string text = fmt::format(
        "a load thread used {:.0f} % of its core over {} s, the limit is {:.0f} %",
        summary.cpu_share_worst * 100, spec.limits.cpu_window_s, spec.limits.cpu_share * 100);
    if (spec.process == Process::closed) {
      summary.notes.push_back(text + ": the rate is bhsim's capacity, not the target's");
    } else {
      summary.invalid.push_back({Kind::cpu, text, summary.cpu_share_worst, spec.limits.cpu_share});
    }
  }
  if (events_lost > 0) {
    summary.invalid.push_back(
        {Kind::events_lost,
         fmt::format("{} records were lost because nobody took them in time", events_lost)});
  }
}

}  // namespace

Summary Run::join() {
  State& s = *state_;
  for (std::thread& thread : s.threads) {
    if (thread.joinable()) thread.join();
  }
  if (s.collecting.joinable()) s.collecting.join();
  s.on_stop.reset();

  Summary summary;
  s.collector->fill(summary);
  summary.t0 = summary.t_plan_end = summary.t_end = s.t0;
  std::vector<const WorkerTotals*> totals;
  for (const auto& worker : s.workers) {
    const WorkerTotals& w = worker->totals();
    totals.push_back(&w);
    summary.t_plan_end = std::max(summary.t_plan_end, w.t_plan_end);
    summary.t_end = std::max(summary.t_end, w.t_end);
    summary.stopped_early = summary.stopped_early || w.stopped_early;
    summary.failures_dropped += w.failures_dropped;
    summary.unsent_untold += w.unsent_untold;
    summary.observations_dropped += w.observations_dropped;
    summary.altered_reads += w.altered_reads;
    summary.lost_read_candidates += w.lost_read_candidates;
    summary.substituted += w.substituted;
    summary.stamps += w.stamps;
    summary.unstamped += w.unstamped;
    summary.planned_by_pacer += w.planned;
    summary.out_of_descriptors += w.out_of_descriptors;
    summary.tls.handshakes += w.tls.handshakes;
    summary.tls.resumed += w.tls.resumed;
    summary.tls.failed += w.tls.failed;
    if (summary.tls.protocol.empty()) summary.tls.protocol = w.tls.protocol;
  }
  const LoadSpec& spec = s.compiled.spec;
  if (spec.process != Process::closed && summary.all.planned <= kMostRecounted) {
    summary.planned_by_pacer = count_plan(spec, totals, s.t0);
  }
  summary.ledger = ledger().counts;
  judge_self(spec, s.collector->events_lost() + summary.observations_dropped, summary);
  if (summary.out_of_descriptors > 0) {
    summary.notes.push_back(fmt::format("this machine had no socket or local port left {} times",
                                        summary.out_of_descriptors));
  }
  if (std::string note = s.compiled.resolver->note(); !note.empty()) {
    summary.notes.push_back(std::move(note));
  }
  if (summary.ledger.weakened > 0) {
    summary.notes.push_back(fmt::format("the fate of {} writes was not kept: too many ranges",
                                        summary.ledger.weakened));
  }
  return summary;
}

Result<void> Run::lead(std::uint16_t port) {
  const LoadSpec& spec = state_->compiled.spec;
  if (!is_numeric(spec.target.host))
    return fail(ErrorCode::unsupported, "load: {} is a name: only an address can be led elsewhere",
                spec.target.host);
  Target target = spec.target;
  target.port = port;
  BHSIM_ASSIGN(std::vector<Address> found, look_up(target));
  BHSIM_ASSIGN(found, keep_allowed(std::move(found), target, spec.allow_targets));
  state_->compiled.resolver->lead(std::move(found));
  return {};
}

LiveSnapshot Run::live() const { return state_->collector->live(); }
bool Run::finished() const { return state_->finished; }
Time Run::t0() const { return state_->t0; }
const LoadSpec& Run::spec() const { return state_->compiled.spec; }

LedgerSnapshot Run::ledger() const {
  LedgerSnapshot snapshot;
  for (const auto& ledger : state_->ledgers) ledger->append_to(snapshot);
  return snapshot;
}

}  // namespace bhsim::load
