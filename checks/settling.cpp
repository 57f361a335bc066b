// LOAD-05 · criteria "Stability": stable performance under varying load.

#include <algorithm>
#include <limits>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/over_time.hpp"
#include "framework/stats/summary.hpp"

namespace bhsim::checks {
namespace {

constexpr Nanos kBase = std::chrono::seconds(12);  // before a step: what p99 was
constexpr std::size_t kFewestOfBase = 5;
// Settled is the first good one of five seconds whose median p99 is back at the base: at most twice
// it, since that of one second is made of few requests, and a quarter of the objective is never
// held against anybody. A median, as the base is: a machine that takes the core away spoils single
// seconds, a queue all of them.
constexpr std::ptrdiff_t kTogether = 5;
constexpr double kTimesBase = 2;
// The load has to have changed in fact: half of what was planned.
constexpr double kLeastRise = 0.5;

// The rise or the fall of a step, with the time in which the load stays as it is then.
struct Change {
  Span stays;
  double base = 0;  // p99, seconds
};

// Since the change: until then p99 was seen not to be back, and from then on it was seen to be.
struct Settled {
  Nanos at_least{};
  std::optional<Nanos> at_most;  // nothing: not within the time that there was
};

// A second of which p99 is known.
struct Clear {
  Time t;
  double p99 = 0;
  std::int64_t planned = 0;
};

std::vector<Clear> clear_seconds(const Plan& plan, const History& history, Span span) {
  std::vector<Clear> clear;
  for (const auto& second : seconds_of(history, undisturbed(plan, history, span)))
    if (const auto p99 = p99_beyond_lag(second); p99 && second.planned > 0)
      clear.push_back({second.t, *p99, second.planned});
  return clear;
}

double usual_p99(const std::vector<Clear>& seconds) {
  std::vector<double> values;
  for (const auto& second : seconds) values.push_back(second.p99);
  return stats::median(values);
}

double rate_of(const std::vector<Clear>& seconds) {
  std::int64_t planned = 0;
  for (const auto& second : seconds) planned += second.planned;
  return seconds.empty() ? 0 : static_cast<double>(planned) / static_cast<double>(seconds.size());
}

// When p99 was back: nothing without the seconds that would tell.
std::optional<Settled> settled(const Plan& plan, const History& history, const Change& change) {
  const auto seconds = clear_seconds(plan, history, change.stays);
  if (std::ssize(seconds) < kTogether) return std::nullopt;
  const double most = std::max(kTimesBase * change.base, to_seconds(plan.load.slo) / 4);
  const auto since = [&](Time t) { return t - change.stays.from; };
  const auto late = [most](const Clear& second) { return second.p99 > most; };
  for (auto first = seconds.begin(); seconds.end() - first >= kTogether; ++first) {
    if (usual_p99({first, first + kTogether}) > most) continue;
    const auto good = std::find_if_not(first, seconds.end(), late);
    const bool at_once = good == seconds.begin();
    return Settled{at_once ? Nanos{} : since(std::prev(good)->t + kSecond), since(good->t)};
  }
  const auto last = std::ranges::find_if(seconds.rbegin(), seconds.rend(), late);
  return Settled{since(last->t + kSecond), std::nullopt};
}

// What every step must have shown: rise and fall, each with the base before it. What lacks, or what
// was found.
struct Found {
  std::vector<Settled> settled;
  std::optional<std::string> gap;
};

using Before = std::vector<std::vector<Clear>>;  // of each step

Before seconds_before(const Plan& plan, const History& history,
                      const std::vector<LoadStep>& steps) {
  Before before;
  for (const auto& step : steps)
    before.push_back(clear_seconds(plan, history, {step.raised.from - kBase, step.raised.from}));
  return before;
}

// The lowest p99 before this step or an earlier one of its phase: a queue that does not drain would
// be the base of the next.
double base_of(const std::vector<LoadStep>& steps, const Before& before, std::size_t of) {
  double base = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i <= of; ++i)
    if (steps[i].phase.from == steps[of].phase.from && before[i].size() >= kFewestOfBase)
      base = std::min(base, usual_p99(before[i]));
  return base;
}

Found find_settling(const Plan& plan, const History& history, const std::vector<LoadStep>& steps,
                    Nanos limit) {
  Found found;
  const auto all_before = seconds_before(plan, history, steps);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    const auto& step = steps[i];
    const auto& before = all_before[i];
    const auto during = clear_seconds(plan, history, step.raised);
    if (before.size() < kFewestOfBase || during.empty()) {
      found.gap = fmt::format("step {} has {} clear seconds before and {} in it", i + 1,
                              before.size(), during.size());
      continue;
    }
    if (rate_of(during) < rate_of(before) * (1 + kLeastRise * (step.factor - 1))) {
      found.gap = fmt::format("in step {} the load was {:.0f}/s after {:.0f}/s, not {:.3g} times",
                              i + 1, rate_of(during), rate_of(before), step.factor);
      continue;
    }
    const double base = base_of(steps, all_before, i);
    const bool last = i + 1 == steps.size() || steps[i + 1].raised.from > step.phase.to;
    const Time until = last ? step.phase.to : steps[i + 1].raised.from;
    const auto rise = settled(plan, history, {step.raised, base});
    const auto fall = settled(plan, history, {{step.raised.to, until}, base});
    // A rise that is over sooner than it may take to settle says nothing when it did not.
    if (rise && (rise->at_most || rise->at_least > limit)) found.settled.push_back(*rise);
    if (fall && (fall->at_most || fall->at_least > limit))
      found.settled.push_back(*fall);
    else
      found.gap = fmt::format("too little was seen of what came after step {}", i + 1);
  }
  return found;
}

}  // namespace

// LOAD-05. From each change of the load, up and down, to the first of five seconds whose p99 is
// back at what it was before the steps. The next step begins later than that.
Verdict settles_after_steps(const Plan& plan, const History& history) {
  if (plan.steps.empty())
    return not_applicable("the load has no steps: '{}' plans none in any phase", plan.simulation);
  const auto steps = load_steps(plan, history);
  if (steps.empty()) return missing("phase with steps of the load", "the load has to reach one");
  const auto limit = limit_of(plan, "LOAD-05");
  const auto longest =
      std::chrono::duration_cast<Nanos>(std::chrono::duration<double>(limit.value));
  auto found = find_settling(plan, history, steps, longest);
  const Span span{steps.front().raised.from - kBase, steps.back().phase.to};
  const Nanos another =
      measured(plan, history).value_or(span).length() / std::ssize(steps) * (std::ssize(steps) + 1);
  if (found.gap)
    *found.gap += fmt::format("; about {} of the same would hold another step", spoken(another));
  if (found.settled.empty())
    return inconclusive("{}", found.gap.value_or("no step could be judged")).window(span);
  const auto told = [&](Nanos after, std::string_view what) -> Finding {
    return compare(to_seconds(after), limit)
        .because("after {} changes of the load p99 {} {:.0f} s", found.settled.size(), what,
                 to_seconds(after))
        .samples(static_cast<std::int64_t>(found.settled.size()))
        .window(span)
        .evidence("load_second", within("t", span));
  };
  const auto slowest = std::ranges::max(found.settled, {}, &Settled::at_least);
  if (slowest.at_least > longest) return told(slowest.at_least, "was not back at its base for");
  Nanos latest{};
  for (const auto& one : found.settled) latest = std::max(latest, one.at_most.value_or(latest));
  if (latest > longest) found.gap = "seconds lack in which p99 may have been back";
  return told(std::min(latest, longest), "was back at its base within").unless(found.gap);
}

}  // namespace bhsim::checks
