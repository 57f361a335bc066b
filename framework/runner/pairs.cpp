#include "framework/runner/pairs.hpp"

#include <cmath>
#include <vector>

#include "framework/base/units.hpp"
#include "framework/runner/paired_jvm.hpp"
#include "framework/stats/summary.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kWindow = 250ms;
// Connections are made, and the pause after the burst is forgotten.
constexpr Nanos kLead = 500ms;
// Of the warm-up, the part at the planned rate: there other paths get hot than in the burst.
constexpr double kDriven = 0.4;

// Both sides at one moment, or nearly.
struct Reading {
  sidecar::Sidecar::Cpu a, b;
};

// The compiler's threads work on for many seconds on what the warm-up began, in bursts that are
// larger than what is looked for, and then rest: they are no part of what a request costs.
bool is_compiler(std::string_view thread) { return thread.starts_with("C# Compiler"); }

Nanos without_compiler(Nanos process, const std::map<std::string, Nanos>& threads) {
  for (const auto& [name, cpu] : threads)
    if (is_compiler(name)) process -= cpu;
  return process;
}

class PairRun {
 public:
  PairRun(const Setting& with, const Setting& without, const config::PlannedPair& planned,
          std::stop_token stop)
      : clock_(*with.clock),
        cores_(with.cores.application_count),
        planned_(planned),
        next_swap_(planned.swaps.begin()),
        stop_(std::move(stop)),
        a_(planned.floor ? without : with, planned.id, "a"),
        b_(without, planned.id, "b") {
    pair_.id = planned.id;
    pair_.floor = planned.floor;
  }

  Result<void> run() {
    BHSIM_TRY(a_.create());
    BHSIM_TRY(b_.create());
    // One after the other: the second must not lengthen the start of the first.
    BHSIM_TRY(first().start(stop_));
    BHSIM_TRY(second().start(stop_));
    BHSIM_TRY(warm_up());
    BHSIM_TRY(measure());
    a_.weigh();
    b_.weigh();
    BHSIM_TRY(a_.remove());
    return b_.remove();
  }

  void keep(history::Store& store) {
    for (const auto& window : windows_) store.add(window);
    for (const auto& thread : threads_) store.add(thread);
    store.add(a_.row());
    store.add(b_.row());
    store.add(pair_);
  }

  [[nodiscard]] std::string told() {
    if (!pair_.trouble.empty()) return pair_.trouble;
    std::vector<std::pair<double, double>> used;
    for (const auto& window : windows_)
      used.emplace_back(to_seconds(window.cpu_a) / to_seconds(window.length_a),
                        to_seconds(window.cpu_b) / to_seconds(window.length_b));
    return fmt::format("{:+.1f} % CPU a request{}", 100 * std::expm1(stats::median_log_ratio(used)),
                       pair_.floor ? " between two without the agent"
                                   : fmt::format(" with the agent, {} of {} swaps seen",
                                                 pair_.served, pair_.swaps));
  }

 private:
  PairedJvm& first() { return planned_.plain_first ? b_ : a_; }
  PairedJvm& second() { return planned_.plain_first ? a_ : b_; }

  // Both at once, as they will be measured. The agent's first swaps are as cold as the
  // application's first requests.
  Result<void> warm_up() {
    const Nanos burst = planned_.warm_up - driven();
    const Time end = clock_.now() + burst;
    BHSIM_TRY(first().burst(burst, stop_));
    BHSIM_TRY(second().burst(burst, stop_));
    BHSIM_TRY(swap_until(end + driven(), -driven()));
    BHSIM_TRY(first().finish_load());
    BHSIM_TRY(second().finish_load());
    return stopped();
  }

  [[nodiscard]] Nanos driven() const {
    return Nanos(std::llround(kDriven * static_cast<double>(planned_.warm_up.count())));
  }

  // Those that come before `last`; `zero` is when it is measured from.
  Result<void> swap_until(Time zero, Nanos last) {
    for (; next_swap_ != planned_.swaps.end() && next_swap_->at < last; ++next_swap_) {
      BHSIM_TRY(wait_until(zero + next_swap_->at));
      a_.swap(*next_swap_);
    }
    return {};
  }

  [[nodiscard]] Result<void> stopped() const {
    if (!stop_.stop_requested()) return {};
    return fail(ErrorCode::cancelled, "stopped in pair {}", planned_.id);
  }

  Result<Reading> read() {
    BHSIM_ASSIGN(const auto one, cpu_of(first()));
    BHSIM_ASSIGN(const auto other, cpu_of(second()));
    return planned_.plain_first ? Reading{other, one} : Reading{one, other};
  }

  static Result<sidecar::Sidecar::Cpu> cpu_of(const PairedJvm& jvm) {
    BHSIM_ASSIGN(const auto threads, jvm.thread_cpu());
    BHSIM_ASSIGN(auto cpu, jvm.cpu());
    cpu.used = without_compiler(cpu.used, threads);
    return cpu;
  }

  Result<void> measure() {
    const Time start = clock_.now() + kLead;
    // The same seed: the same requests at the same times, so that what a request costs is compared
    // by what the processes use. So far apart that neither follows the other: 2 ms apart, the one
    // that was asked first took 0.3 to 6.7 % more, in each of 20 pairs.
    constexpr Nanos kApart = 100ms;
    BHSIM_TRY(first().drive(start, driven() + planned_.measured, stop_));
    BHSIM_TRY(second().drive(start + kApart, driven() + planned_.measured, stop_));
    pair_.t0 = start + driven();
    BHSIM_TRY(swap_until(pair_.t0, Nanos{}));
    BHSIM_TRY(wait_until(pair_.t0));
    a_.take_events();
    const auto swaps = a_.swaps(), served = a_.served();
    BHSIM_ASSIGN(const auto threads_a, a_.thread_cpu());
    BHSIM_ASSIGN(const auto threads_b, b_.thread_cpu());
    BHSIM_TRY(watch());
    BHSIM_TRY(keep_threads(a_, threads_a));
    BHSIM_TRY(keep_threads(b_, threads_b));
    BHSIM_TRY(first().finish_load());
    BHSIM_TRY(second().finish_load());
    pair_.swaps = a_.swaps() - swaps;
    pair_.served = a_.served() - served;
    pair_.trouble = trouble_of(a_.row(), b_.row(), pair_.t1 - pair_.t0, cores_,
                               std::max(compiling("a"), compiling("b")));
    return stopped();
  }

  // The measured time, window by window, with its swaps.
  Result<void> watch() {
    BHSIM_ASSIGN(const Reading begin, read());
    Reading last = begin;
    for (Time next = pair_.t0 + kWindow; next <= pair_.t0 + planned_.measured; next += kWindow) {
      BHSIM_TRY(wait_until(next));
      BHSIM_ASSIGN(const Reading now, read());
      windows_.push_back({.pair = planned_.id,
                          .t = last.a.t,
                          .cpu_a = now.a.used - last.a.used,
                          .length_a = now.a.t - last.a.t,
                          .cpu_b = now.b.used - last.b.used,
                          .length_b = now.b.t - last.b.t});
      last = now;
      a_.take_events();
      b_.take_events();
      while (next_swap_ != planned_.swaps.end() && next_swap_->at <= next - pair_.t0)
        a_.swap(*next_swap_++);
    }
    pair_.t1 = last.a.t;
    a_.row().cpu = last.a.used - begin.a.used;
    b_.row().cpu = last.b.used - begin.b.used;
    return {};
  }

  Result<void> wait_until(Time when) {
    while (clock_.now() < when) {
      BHSIM_TRY(stopped());
      clock_.sleep_until(std::min(when, clock_.now() + kWindow));
    }
    return {};
  }

  Result<void> keep_threads(PairedJvm& jvm, const std::map<std::string, Nanos>& before) {
    BHSIM_ASSIGN(const auto now, jvm.thread_cpu());
    for (const auto& [name, cpu] : now) {
      const auto known = before.find(name);
      threads_.push_back({.pair = planned_.id,
                          .side = jvm.row().side,
                          .name = name,
                          .cpu = cpu - (known == before.end() ? Nanos{} : known->second)});
    }
    return {};
  }

  [[nodiscard]] Nanos compiling(std::string_view side) const {
    Nanos sum{};
    for (const auto& thread : threads_)
      if (thread.side == side && is_compiler(thread.name)) sum += thread.cpu;
    return sum;
  }

  const Clock& clock_;
  const int cores_;
  const config::PlannedPair& planned_;
  std::vector<config::PlannedSwap>::const_iterator next_swap_;
  const std::stop_token stop_;
  PairedJvm a_, b_;
  history::Pair pair_;
  std::vector<history::PairWindow> windows_;
  std::vector<history::PairThread> threads_;
};

}  // namespace

std::string trouble_of(const history::PairJvm& a, const history::PairJvm& b, Nanos measured,
                       int cores, Nanos compiling) {
  constexpr double kLeastOk = 0.99;
  // Beyond it the code that is measured is still being replaced. Below it two equal JVMs differed
  // by 2 % at most.
  constexpr double kMostCompiling = 0.25;
  // Beyond it requests wait for each other, and the two are no longer asked for the same.
  constexpr double kMostBusy = 0.9;
  for (const auto* jvm : {&a, &b}) {
    const auto planned = static_cast<double>(jvm->planned);
    if (jvm->planned == 0 || static_cast<double>(jvm->ok) < kLeastOk * planned)
      return fmt::format("of {} requests to side {}, {} ended ok", jvm->planned, jvm->side,
                         jvm->ok);
  }
  const double busy = to_seconds(a.cpu + b.cpu) / (to_seconds(measured) * cores);
  if (busy > kMostBusy)
    return fmt::format("the two took {:.0f} % of their cores; a lower --load leaves room",
                       busy * 100);
  const double share = to_seconds(compiling) / to_seconds(measured);
  if (share > kMostCompiling)
    return fmt::format(
        "a JVM was not warm yet, its compilers took {:.0f} % of a core; a longer run warms them up "
        "for longer",
        share * 100);
  return "";
}

Result<void> run_pairs(const Setting& setting, history::Store& store, const Observer& observer,
                       std::stop_token stop) {
  const auto& pairs = setting.plan->pairs;
  config::Plan plain_plan = *setting.plan;
  plain_plan.agent = config::AgentProfile{.name = "none"};
  Setting plain = setting;
  plain.plan = &plain_plan;
  plain.agent_jar.clear();
  for (const auto& planned : pairs) {
    if (stop.stop_requested())
      return fail(ErrorCode::cancelled, "stopped before pair {}", planned.id);
    PairRun pair(setting, plain, planned, stop);
    if (auto done = pair.run(); !done)
      return fail(done.error().within(fmt::format("pair {} of {}", planned.id, pairs.size())));
    pair.keep(store);
    observer.notice(fmt::format("pair {} of {}: {}", planned.id, pairs.size(), pair.told()));
  }
  return {};
}

}  // namespace bhsim::runner
