// BRK · phase-9.2 section 9.2.7, "Production Configuration": reliability.circuit-breaker. The state
// is inferred from which changes were served and when, and held against what the profile promises.

#include <algorithm>

#include "checks/families.hpp"
#include "checks/items.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/items.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
namespace fact = history::fact;

constexpr std::string_view kBreakerKey = "circuit-breaker";
constexpr std::string_view kNotSeenToOpen = "it was not seen to open (BRK-01)";

// The breaker, as far as the outcomes of changes tell.
struct Breaker {
  ItemRecord record;
  int failures = 0;
  Nanos pause{};
  // Between these it opened; the second one is absent while no trial failed.
  struct Opening {
    Time earliest, latest;
  };
  std::optional<Opening> first, second;

  [[nodiscard]] const ItemAttempt* at(std::string_view purpose) const {
    return record.attempt(purpose);
  }
  [[nodiscard]] Time over() const { return first->earliest + pause; }
  [[nodiscard]] bool served_before_it_was_over(std::string_view purpose) const {
    const auto* one = at(purpose);
    return one != nullptr && one->t_served && *one->t_served < over();
  }
  // Somebody said so: that it refused the change right after the failures, or that it is open. A
  // change that is not served without a word may as well be lost.
  [[nodiscard]] bool said_open() const {
    if (at("open")->t_refused) return true;
    const auto said = record.metrics.find("breaker_open");
    return (said != record.metrics.end() &&
            std::ranges::any_of(said->second,
                                [this](const auto& reading) {
                                  return reading.value != 0 && reading.to >= first->earliest &&
                                         reading.from < over();
                                })) ||
           std::ranges::any_of(record.lines, [this](const auto& line) {
             return line.kind == "breaker" && line.what == "open" && line.t >= first->earliest &&
                    line.t < over();
           });
  }
  // By the change right after the failures, or the next one when that was lost.
  [[nodiscard]] bool never_opened() const {
    return served_before_it_was_over("open") ||
           (!at("open")->t_refused && served_before_it_was_over("open-later"));
  }
  [[nodiscard]] bool shown_open() const { return !never_opened() && said_open(); }
  // Surely open in these.
  [[nodiscard]] std::vector<Span> open() const {
    std::vector<Span> spans;
    if (shown_open()) spans.push_back({first->latest, over()});
    const auto* reopened = at("reopened");
    if (second && reopened != nullptr && reopened->t_refused && !reopened->t_served)
      spans.push_back({second->latest, second->earliest + pause});
    return spans;
  }
};

std::optional<Breaker::Opening> opening(const ItemRecord& record, std::string_view purpose) {
  const auto last = std::find_if(record.attempts.rbegin(), record.attempts.rend(),
                                 [&](const auto& one) { return one.purpose == purpose; });
  if (last == record.attempts.rend()) return std::nullopt;
  return Breaker::Opening{last->t_write, last->t_refused.value_or(last->t_end)};
}

using BreakerTried = std::variant<Breaker, Finding>;

// What was tried, or the verdict that stands for every check of the family.
BreakerTried tried_breaker(const Plan& plan, const History& history) {
  auto found = record_of(plan, history, config::kBreakerItem, fact::kBreaker, kBreakerKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  Breaker breaker{std::get<ItemRecord>(std::move(found)),
                  plan.agent.breaker.failures,
                  plan.agent.breaker.pause,
                  {},
                  {}};
  for (const auto& attempt : breaker.record.attempts)
    if (attempt.variant != "valid" && attempt.t_served)
      return inconclusive(
          "{} of {} was served, so that nothing was refused that the breaker could count",
          attempt.variant, attempt.class_name);
  breaker.first = opening(breaker.record, "opens");
  breaker.second = opening(breaker.record, "trial-fails");
  if (!breaker.first || breaker.at("open") == nullptr)
    return inconclusive("it could not be tried: {}", breaker.record.trouble.empty()
                                                         ? "the changes were not made"
                                                         : breaker.record.trouble);
  return breaker;
}

std::string breaker_not_seen(const Breaker& breaker) {
  return fmt::format(
      "asked for and not there: {} refused changes in a row did not open it, {} was served",
      breaker.failures,
      breaker.served_before_it_was_over("open") ? "the next one" : "one soon after them");
}

// What lacks for a pass: the purpose of the first change that was neither served nor refused.
std::optional<std::string> undecided(const Breaker& breaker,
                                     std::initializer_list<std::string_view> purposes) {
  for (const auto purpose : purposes) {
    const auto* one = breaker.at(purpose);
    if (one == nullptr)
      return fmt::format("the change '{}' was not made{}{}", purpose,
                         breaker.record.trouble.empty() ? "" : ": ", breaker.record.trouble);
    if (!one->t_served && !one->t_refused)
      return fmt::format("the change '{}' was neither served nor refused within {}", purpose,
                         spoken(one->t_end - one->t_write));
  }
  return std::nullopt;
}

bool was_refused(const ItemAttempt* attempt) {
  return attempt != nullptr && attempt->t_refused && !attempt->t_served;
}

Finding judge_breaker(const Plan& plan, std::string_view check,
                      const std::vector<std::string>& violations, std::int64_t looked_at) {
  return judge_violations(plan, check, fact::kBreaker, violations, looked_at);
}

}  // namespace

// BRK-01. Not before the failures that it promises, and not after more of them.
Verdict breaker_opens(const Plan& plan, const History& history) {
  auto seen = tried_breaker(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  const auto& breaker = std::get<Breaker>(seen);
  std::vector<std::string> violations;
  if (was_refused(breaker.at("still-closed-below")))
    violations.push_back(fmt::format("a valid change was refused after {} failures, of {} promised",
                                     breaker.failures - 1, breaker.failures));
  if (breaker.never_opened()) violations.push_back(breaker_not_seen(breaker));
  auto gaps = undecided(breaker, {"still-closed-below"});
  if (!gaps && !breaker.shown_open())
    gaps =
        "the change after them was not served, but nobody said that it was refused, nor that the "
        "breaker is open: it may be lost";
  return judge_breaker(plan, "BRK-01", violations, 2)
      .or_because("{} refused changes in a row opened it, {} did not", breaker.failures,
                  breaker.failures - 1)
      .unless(gaps);
}

// BRK-02. Nothing that came while it was open is served later: that would be a queue.
Verdict breaker_refuses_while_open(const Plan& plan, const History& history) {
  auto seen = tried_breaker(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  const auto& breaker = std::get<Breaker>(seen);
  if (breaker.never_opened()) return judge_breaker(plan, "BRK-02", {breaker_not_seen(breaker)}, 0);
  std::vector<std::string> violations;
  std::int64_t looked_at = 0;
  double slowest_s = 0;
  const auto within = limit_of(plan, "BRK-02.within");
  const Time over = breaker.over();
  for (const auto purpose : {"open", "open-later"}) {
    const auto* one = breaker.at(purpose);
    if (one == nullptr || one->t_write > over - 1s) continue;
    if (one->t_served && *one->t_served < over) continue;  // it was not open: BRK-03
    ++looked_at;
    if (one->t_served)
      violations.push_back(
          fmt::format("a change of {} that came while it was open was served {} "
                      "later",
                      one->class_name, spoken(*one->t_served - one->t_write)));
    else if (!one->t_refused)
      violations.push_back(fmt::format("nobody said that {} was refused", one->class_name));
    else
      slowest_s = std::max(slowest_s, to_seconds(*one->t_refused - one->t_write));
  }
  if (slowest_s > 0 && !holds(slowest_s, within))
    violations.push_back(fmt::format("it took {:.1f} s to say so", slowest_s));
  std::optional<std::string> gaps;
  if (looked_at == 0) gaps = "no change came while it was surely open";
  return judge_breaker(plan, "BRK-02", violations, looked_at)
      .or_because(
          "{} valid changes were refused while it was open, told within {:.2f} s, and not "
          "served later",
          looked_at, slowest_s)
      .unless(gaps);
}

// BRK-03. Let through after the pause, and not before.
Verdict breaker_tries_after_pause(const Plan& plan, const History& history) {
  auto seen = tried_breaker(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  const auto& breaker = std::get<Breaker>(seen);
  if (breaker.never_opened()) return judge_breaker(plan, "BRK-03", {breaker_not_seen(breaker)}, 0);
  std::vector<std::string> violations;
  if (breaker.served_before_it_was_over("open-later"))
    violations.push_back(
        fmt::format("a change was served {} after it had opened, of a pause of {}",
                    spoken(*breaker.at("open-later")->t_served - breaker.first->earliest),
                    spoken(breaker.pause)));
  if (const auto* trial = breaker.at("trial"); was_refused(trial))
    violations.push_back(
        fmt::format("no trial was let through {} after it had opened, of a pause "
                    "of {}",
                    spoken(trial->t_write - breaker.first->latest), spoken(breaker.pause)));
  auto gaps = undecided(breaker, {"open-later", "trial"});
  if (!breaker.shown_open()) gaps = kNotSeenToOpen;
  return judge_breaker(plan, "BRK-03", violations, 2)
      .or_because("after its pause of {} a change was let through, and not before",
                  spoken(breaker.pause))
      .unless(gaps);
}

// BRK-04.
Verdict breaker_follows_the_trial(const Plan& plan, const History& history) {
  auto seen = tried_breaker(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  const auto& breaker = std::get<Breaker>(seen);
  if (breaker.never_opened()) return judge_breaker(plan, "BRK-04", {breaker_not_seen(breaker)}, 0);
  std::vector<std::string> violations;
  const auto* trial = breaker.at("trial");
  const bool closed = trial != nullptr && trial->t_served;
  if (closed && was_refused(breaker.at("closed")))
    violations.emplace_back("after a trial that succeeded, the next change was refused");
  else if (closed && was_refused(breaker.at("still-closed")))
    violations.emplace_back("closed again, it opened after a single failure");
  if (const auto* next = breaker.at("reopened");
      next != nullptr && breaker.second && next->t_served &&
      *next->t_served < breaker.second->earliest + breaker.pause)
    violations.emplace_back("after a trial that failed, the next change was served");
  std::optional<std::string> gaps;
  if (!closed)
    gaps = "no trial was let through that could have closed it (BRK-03)";
  else
    gaps = undecided(breaker, {"closed", "still-closed", "reopened"});
  if (!breaker.shown_open()) gaps = kNotSeenToOpen;
  return judge_breaker(plan, "BRK-04", violations, 4)
      .or_because("it closed after a trial that succeeded, and opened again after one that failed")
      .unless(gaps);
}

namespace {

// Of a source that tells the state: what it said wrongly, and in how many spans it said anything.
struct Telling {
  std::int64_t spans = 0;
  std::vector<std::string> lies;
};

struct Stretch {
  Span span;
  bool open = false;
};

// Where the state is beyond doubt, whatever a change takes to be handled.
std::vector<Stretch> beyond_doubt(const Breaker& breaker) {
  constexpr Nanos kDoubt = 500ms;
  std::vector<Stretch> stretches;
  const auto add = [&stretches](Span span, bool open) {
    if (span.from < span.to) stretches.push_back({span, open});
  };
  for (const auto& span : breaker.open()) add({span.from + kDoubt, span.to - kDoubt}, true);
  const auto add_closed = [&](std::string_view since, Nanos doubt, std::string_view until) {
    const auto *from = breaker.at(since), *to = breaker.at(until);
    if (from != nullptr && from->t_served && to != nullptr && to->t_served)
      add({*from->t_served + doubt, *to->t_served}, false);
  };
  add_closed("first", Nanos{}, "still-closed-below");
  add_closed("trial", kDoubt, "still-closed");
  return stretches;
}

std::string_view state_word(bool open) { return open ? "open" : "closed"; }

Telling by_metric(const Breaker& breaker, const std::vector<Stretch>& stretches) {
  Telling telling;
  const auto readings = breaker.record.metrics.find("breaker_open");
  if (readings == breaker.record.metrics.end()) return telling;
  for (const auto& [span, open] : stretches) {
    bool said = false;
    for (const auto& reading : readings->second) {
      if (reading.to < span.from || reading.from > span.to) continue;
      said = true;
      if ((reading.value != 0) != open)
        telling.lies.push_back(
            fmt::format("its metric said {} while it was {}", state_word(!open), state_word(open)));
    }
    if (said) ++telling.spans;
  }
  return telling;
}

Telling by_log(const Breaker& breaker, const std::vector<Stretch>& stretches) {
  Telling telling;
  for (const auto& [span, open] : stretches) {
    std::string state = "closed";  // until it says otherwise
    for (const auto& line : breaker.record.lines)
      if (line.kind == "breaker" && line.t <= span.to) state = line.what;
    ++telling.spans;
    if ((state == "open") != open)
      telling.lies.push_back(
          fmt::format("its log said {} while it was {}", state, state_word(open)));
  }
  return telling;
}

}  // namespace

// BRK-05. What the agent says of itself must be what its behaviour says; saying nothing is not to
// be observed.
Verdict breaker_state_is_true(const Plan& plan, const History& history) {
  auto seen = tried_breaker(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  const auto& breaker = std::get<Breaker>(seen);
  if (breaker.never_opened()) return judge_breaker(plan, "BRK-05", {breaker_not_seen(breaker)}, 0);
  const auto stretches = beyond_doubt(breaker);
  const auto metric = by_metric(breaker, stretches);
  const bool logs = plan.agent.log.contains("breaker");
  const auto log = logs ? by_log(breaker, stretches) : Telling{};
  auto violations = metric.lies;
  violations.insert(violations.end(), log.lies.begin(), log.lies.end());
  if (metric.spans + log.spans == 0)
    violations.emplace_back("neither a metric nor a line of the log tells its state");
  std::optional<std::string> gaps;
  if (std::ranges::none_of(stretches, &Stretch::open)) gaps = "it was not open long enough to ask";
  return judge_breaker(plan, "BRK-05", violations, metric.spans + log.spans)
      .or_because("{} stretches in which its state was beyond doubt: told truly by {}",
                  stretches.size(),
                  metric.spans == 0 ? "its log"
                  : log.spans == 0  ? "its metric"
                                    : "metric and log")
      .unless(gaps);
}

// BRK-06.
Verdict breaker_leaves_traffic_alone(const Plan& plan, const History& history) {
  auto seen = tried_breaker(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  const auto& breaker = std::get<Breaker>(seen);
  if (!breaker.shown_open())
    return inconclusive("{}, so that traffic met no open breaker", kNotSeenToOpen);
  std::int64_t planned = 0, failed = 0;
  for (const auto& span : breaker.open())
    for (const auto& second : breaker.record.load)
      if (second.t >= span.from && second.t + 1s <= span.to) {
        planned += second.planned;
        failed += second.planned - second.ok;
      }
  return compare(proportion(failed, planned), limit_of(plan, "BRK-06"))
      .because("{} of {} requests were not ok while it was open", failed, planned)
      .evidence("fact", fmt::format("name = '{}'", fact::kBreaker));
}

}  // namespace bhsim::checks
