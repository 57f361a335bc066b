#include "framework/load/capacity_command.hpp"

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <utility>

#include "framework/load/report.hpp"
#include "framework/load/url.hpp"

namespace bhsim::load {
namespace {

constexpr std::size_t kTrialQueue = 4096;
// Failures told one by one: the causes show in a few, and the queue takes them all at once.
constexpr std::size_t kMostTold = 1000;
constexpr Nanos kConnecting = kSecond;  // what a run takes at most to make its connections
constexpr Nanos kSettling = std::chrono::seconds(3);
constexpr Nanos kProbe = std::chrono::milliseconds(100);

// Called with each event of a run, and with null between them, some ten times a second.
using Watch = std::function<void(const Run& run, const Event* event)>;

Result<Summary> run_through(LoadSpec spec, const Clock& clock, const std::stop_token& stop,
                            const Watch& watch) {
  BoundedQueue<Event> events(kTrialQueue);
  BHSIM_ASSIGN(const auto run, Run::create(std::move(spec), clock, events));
  BHSIM_TRY(run->start(stop));
  while (!events.closed_and_empty()) {
    const std::optional<Event> event = events.pop(std::chrono::milliseconds(100));
    watch(*run, event ? &*event : nullptr);
  }
  return run->join();
}

// How long a run may last beyond its plan: a request waits for a connection until its timeout, and
// then for its response.
Nanos ending_of(const LoadSpec& spec) {
  Nanos longest = spec.timeout;
  for (const Operation& op : spec.operations) {
    longest = std::max(longest, op.timeout.value_or(Nanos(0)));
  }
  return longest * 2;
}

class CapacityRun {
 public:
  CapacityRun(const LoadSpec& spec, const CapacityOptions& options, const Clock& clock,
              const SearchConsole& console, const std::stop_token& stop)
      : clock_(clock), console_(console), stop_(stop), search_(options) {
    report_.spec = spec;
    report_.options = options;
    report_.bound = bound_of(options);
    const Nanos each = kConnecting + kWarmUp + ending_of(spec) + kSettling + kConnecting + kProbe +
                       ending_of(probe_spec());
    report_.at_most = report_.bound.judged + each * report_.bound.trials;
  }

  Result<CapacityReport> run() {
    console_.out << render_search_start(report_) << std::flush;
    while (search_.next() && !stop_.stop_requested()) {
      BHSIM_ASSIGN(Trial trial, run_trial(*search_.next()));
      console_.out << render_trial(trial) << std::flush;
      const std::optional<TrialVerdict> verdict = trial.verdict;
      report_.trials.push_back(std::move(trial));
      if (!verdict) break;
      search_.take(*verdict);
      if (search_.next() && verdict != TrialVerdict::held) BHSIM_TRY(settle());
    }
    report_.interrupted = search_.next().has_value();
    report_.knee = search_.knee();
    console_.out << render_knee(report_) << std::flush;
    return std::move(report_);
  }

 private:
  Result<Trial> run_trial(const TrialStep& step) {
    Trial trial;
    trial.step = step;
    // Another one each time, so that a burst of one plan does not come back when it is repeated.
    trial.seed = report_.spec.seed + report_.trials.size();
    trial.judged_length = judged_length(report_.options, step.rate_per_s, step.purpose);
    LoadSpec spec = report_.spec;
    spec.rate_per_s = step.rate_per_s;
    spec.seed = trial.seed;
    spec.duration = kWarmUp + trial.judged_length;
    spec.most_failures = std::min(spec.most_failures, kMostTold);
    Time next_line = clock_.now() + kSecond;
    const auto watch = [&](const Run& run, const Event* event) {
      if (event != nullptr) take_event(run, *event, trial);
      if (console_.live == nullptr || clock_.now() < next_line) return;
      next_line += kSecond;
      *console_.live << "\r\x1b[K" << render_rate(step.rate_per_s) << " "
                     << render_live(run.live(), clock_.now() - run.t0(), run.spec().duration)
                     << std::flush;
    };
    BHSIM_ASSIGN(const Summary summary, run_through(std::move(spec), clock_, stop_, watch));
    if (console_.live != nullptr) *console_.live << "\r\x1b[K" << std::flush;
    trial.late = summary.late;
    trial.cpu_share_worst = summary.cpu_share_worst;
    if (summary.stopped_early) return trial;
    TrialJudgement judgement = judge_trial(report_.options, trial.judged, summary);
    trial.verdict = judgement.verdict;
    trial.why = std::move(judgement.why);
    return trial;
  }

  static void take_event(const Run& run, const Event& event, Trial& trial) {
    if (const auto* second = std::get_if<SecondRecord>(&event)) {
      if (second->t0 >= run.t0() + kWarmUp) trial.judged += *second;
    } else if (const auto* failure = std::get_if<Failure>(&event)) {
      trial.causes.add(*failure);
    }
  }

  // One request on a connection of its own.
  [[nodiscard]] LoadSpec probe_spec() const {
    LoadSpec spec = report_.spec;
    spec.connections = spec.threads = 1;
    spec.process = Process::constant;
    spec.rate_per_s = 1 / to_seconds(kProbe);
    spec.duration = kProbe;
    spec.timeout = std::min(spec.timeout, report_.options.max_p99);
    for (Operation& op : spec.operations) op.timeout.reset();
    return spec;
  }

  // All requests of a trial have ended when it has, but a target may still be at work on those
  // that were given up: until it answers one within the limit again, or for a while.
  Result<void> settle() {
    const Time give_up = clock_.now() + kSettling;
    while (clock_.now() < give_up && !stop_.stop_requested()) {
      BHSIM_ASSIGN(const Summary probe,
                   run_through(probe_spec(), clock_, stop_, [](const Run&, const Event*) {}));
      const OperationTotals& all = probe.all;
      const bool prompt = all.planned > 0 && at(all.outcomes, Outcome::ok) == all.planned &&
                          all.corrected.max() <= report_.options.max_p99;
      if (prompt) break;
    }
    return {};
  }

  const Clock& clock_;
  const SearchConsole& console_;
  const std::stop_token& stop_;
  CapacitySearch search_;
  CapacityReport report_;
};

}  // namespace

Result<CapacityReport> search_capacity(const LoadSpec& spec, const CapacityOptions& options,
                                       const Clock& clock, const SearchConsole& console,
                                       const std::stop_token& stop) {
  BHSIM_TRY(validate(options));
  if (spec.process != Process::constant && spec.process != Process::poisson) {
    return fail(ErrorCode::usage, "--rate=search: arrivals must be constant or poisson");
  }
  return CapacityRun(spec, options, clock, console, stop).run();
}

LoadVerdict load_verdict_of(CapacityVerdict verdict) {
  switch (verdict) {
    case CapacityVerdict::found:
      return LoadVerdict::pass;
    case CapacityVerdict::below_range:
      return LoadVerdict::fail;
    case CapacityVerdict::unknown:
      return LoadVerdict::invalid;
    case CapacityVerdict::interrupted:
      return LoadVerdict::interrupted;
  }
  return LoadVerdict::invalid;
}

Result<LoadVerdict> capacity_command(const LoadCommandOptions& options, const Clock& clock,
                                     std::ostream& out, std::ostream& err,
                                     const std::stop_token& stop) {
  BHSIM_ASSIGN(const LoadSpec spec, to_spec(options));
  BHSIM_ASSIGN(const CapacityOptions search, to_search(options));
  const SearchConsole console{out, options.live ? &err : nullptr};
  BHSIM_ASSIGN(const CapacityReport report, search_capacity(spec, search, clock, console, stop));
  if (!options.json.empty()) {
    BHSIM_TRY(write_file(options.json, to_json(report).dump(2) + "\n"));
  }
  return load_verdict_of(verdict_of(report));
}

}  // namespace bhsim::load
