// CFG-02, CFG-03, CFG-06 · phase-9.2 section 9.2.7, "Production Configuration": what the agent does
// with redefinitions that take their time, and how often it asks for health, by what the staller
// saw of both.

#include <algorithm>
#include <cmath>

#include "checks/configuration.hpp"
#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/mistakes.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;
using history::ItemRedefinition;

// The redefinition by which a change was tried, as the staller saw it; null when it saw none.
const ItemRedefinition* redefinition_of(const ItemRecord& record, const ItemAttempt& change) {
  const auto found = std::ranges::find_if(record.redefinitions, [&](const auto& one) {
    return one.class_name == change.class_name && one.from >= change.t_write;
  });
  return found == record.redefinitions.end() ? nullptr : &*found;
}

bool was_held_for(const ItemRedefinition& one, Nanos length) {
  return !one.to || *one.to - one.from >= length;
}

constexpr std::string_view kNotSeen =
    "the staller saw no redefinition of it: the agent does not change classes by way of the JVM, "
    "or did not begin";
constexpr std::string_view kNotHeld = "the staller did not hold the redefinition up";

// --- CFG-02

// A redefinition that takes less than its limit is none to be given up.
void judge_slow(const ItemRecord& record, Nanos limit, std::vector<std::string>& violations,
                std::optional<std::string>& gaps) {
  const auto* slow = record.attempt("slow");
  const auto* held = slow == nullptr ? nullptr : redefinition_of(record, *slow);
  if (slow == nullptr) {
    gaps = not_made(record, "slow");
  } else if (held == nullptr) {
    gaps = kNotSeen;
  } else if (!was_held_for(*held, limit / 4)) {
    gaps = kNotHeld;
  } else if (!slow->t_served) {
    violations.push_back(fmt::format("a redefinition of {} was {}, of a limit of {}",
                                     spoken(limit / 2),
                                     slow->t_refused ? "given up" : "never served", spoken(limit)));
  }
}

// One that does not end is told; by how much later than its limit.
std::optional<double> judge_stalled(const Plan& plan, const ItemRecord& record, Nanos limit,
                                    std::vector<std::string>& violations,
                                    std::optional<std::string>& gaps) {
  const auto* stalled = record.attempt("stalled");
  const auto* after = record.attempt("after-stalled");
  if (stalled == nullptr || after == nullptr) {
    gaps = not_made(record, "stalled");
    return std::nullopt;
  }
  const auto* held = redefinition_of(record, *stalled);
  if (held == nullptr || !was_held_for(*held, limit)) {
    gaps = held == nullptr ? kNotSeen : kNotHeld;
    return std::nullopt;
  }
  if (!after->t_served)
    violations.emplace_back("after a redefinition that was held up, a valid change was not served");
  if (!stalled->t_refused) {
    violations.push_back(
        fmt::format("nobody said that a redefinition of {} had not ended within {}",
                    stalled->class_name, spoken(limit)));
    return std::nullopt;
  }
  // Sooner than its limit by whatever clock; later by the one that began last.
  const Nanos since_write = *stalled->t_refused - stalled->t_write;
  const Nanos since_begin = *stalled->t_refused - held->from;
  const auto beyond = limit_of(plan, "CFG-02.beyond");
  const auto told_after = since_write < limit ? since_write : std::max(since_begin, limit);
  if (auto wrong = told_out_of_time("a redefinition", told_after, limit, beyond))
    violations.push_back(*std::move(wrong));
  return to_seconds(since_begin - limit);
}

}  // namespace

Verdict key_redefinition_timeout(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "performance.redefinition-timeout";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& record = std::get<ConfigurationRecord>(found).stalled;
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  const Nanos limit = config::stalled(plan).redefinition_timeout;
  judge_slow(record, limit, violations, gaps);
  const auto beyond_s = judge_stalled(plan, record, limit, violations, gaps);
  judge_beside(record, "stalled", violations, gaps);
  add_unclaimed(plan, kKey, violations);
  return judge_violations(plan, "CFG-02", fact::kConfiguration, violations, 3)
      .or_because(
          "a redefinition of {} landed; one that did not end was told {:.2f} s after its limit of "
          "{}, and swaps went on",
          spoken(limit / 2), beyond_s.value_or(0), spoken(limit))
      .unless(gaps);
}

// --- CFG-03

namespace {

// Changes that came at once, and how their redefinitions passed the staller.
struct Burst {
  std::int64_t made = 0;
  std::int64_t seen = 0;     // of which a redefinition was held up
  std::int64_t at_once = 0;  // the most redefinitions at one moment
  std::vector<std::string> violations;
};

// An end and a beginning of one instant are one after the other.
std::int64_t most_at_once(const std::vector<const ItemRedefinition*>& passed) {
  std::int64_t most = 0;
  for (const auto* one : passed)
    most = std::max<std::int64_t>(
        most, std::ranges::count_if(passed, [one](const ItemRedefinition* other) {
          return other->from <= one->from && (other == one || !other->to || *other->to > one->from);
        }));
  return most;
}

Burst burst_of(const ItemRecord& record) {
  Burst burst;
  std::vector<const ItemRedefinition*> passed;
  for (const auto& change : record.attempts) {
    if (change.purpose != "burst") continue;
    ++burst.made;
    const auto* held = redefinition_of(record, change);
    if (held != nullptr && was_held_for(*held, config::kHeldInABurst / 2)) ++burst.seen;
    for (const auto& one : record.redefinitions)
      if (one.class_name == change.class_name && one.from >= change.t_write) passed.push_back(&one);
    if (!change.t_served)
      burst.violations.push_back(fmt::format("a change of {} that came with others was {}",
                                             change.class_name,
                                             change.t_refused ? "refused" : "lost"));
  }
  burst.at_once = most_at_once(passed);
  return burst;
}

std::optional<std::string> gap_of(const Burst& burst, const ItemRecord& record) {
  if (burst.made == 0) return not_made(record, "burst");
  if (burst.made == 1) return "the load shows a single class, of which nothing comes at once";
  if (burst.seen < burst.made)
    return fmt::format("of {} changes at once the staller held up {}: not every one was seen",
                       burst.made, burst.seen);
  return std::nullopt;
}

}  // namespace

// Fewer at a time than allowed is obeyed as well: that two went side by side where two may is told,
// and not asked for.
Verdict key_max_concurrent_hotswaps(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "performance.max-concurrent-hotswaps";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& tried = std::get<ConfigurationRecord>(found);
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  std::int64_t made = 0;
  const auto judge_burst = [&](const ItemRecord& record, int allowed) {
    const auto burst = burst_of(record);
    made += burst.made;
    if (auto lacking = gap_of(burst, record)) gaps = std::move(lacking);
    violations.insert(violations.end(), burst.violations.begin(), burst.violations.end());
    if (burst.at_once > allowed)
      violations.push_back(
          fmt::format("{} redefinitions at once, of {} allowed", burst.at_once, allowed));
    return burst.at_once;
  };
  const auto with_more = judge_burst(tried.off, config::all_off(plan).max_concurrent_hotswaps);
  const auto with_one = judge_burst(tried.stalled, config::stalled(plan).max_concurrent_hotswaps);
  add_unclaimed(plan, kKey, violations);
  return judge_violations(plan, "CFG-03", fact::kConfiguration, violations, made)
      .or_because(
          "of changes that came together {} was redefined at a time with {}, at most {} with {}; "
          "none was lost",
          with_one, config::stalled(plan).max_concurrent_hotswaps, with_more,
          config::all_off(plan).max_concurrent_hotswaps)
      .unless(gaps);
}

// --- CFG-06

namespace {

// Between questions of one check (of a second address, or again after a bad answer) there is hardly
// any time.
std::vector<Time> checks_of_health(const ItemRecord& record, Span span, Nanos interval) {
  std::vector<Time> checks;
  for (const Time t : record.asked)
    if (t >= span.from && t < span.to && (checks.empty() || t - checks.back() > interval / 10))
      checks.push_back(t);
  return checks;
}

Nanos median_gap(const std::vector<Time>& times) {
  std::vector<Nanos> gaps;
  for (std::size_t i = 1; i < times.size(); ++i) gaps.push_back(times[i] - times[i - 1]);
  const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(gaps.size() / 2);
  std::nth_element(gaps.begin(), middle, gaps.end());
  return *middle;
}

// How often the agent asked, in seconds; nothing where it did not ask twice.
std::optional<double> judge_cadence(const Plan& plan, const ItemRecord& record, Nanos interval,
                                    std::vector<std::string>& violations,
                                    std::optional<std::string>& gaps) {
  if (record.attempts.empty() || !record.staller_read) {
    gaps = record.attempts.empty() ? not_made(record, "first") : "the staller left no journal";
    return std::nullopt;
  }
  const Span span{record.attempts.front().t_write, record.attempts.back().t_end};
  const auto checks = checks_of_health(record, span, interval);
  if (span.to - span.from < 4 * interval) {
    gaps = fmt::format("with {} it was watched for {} only", spoken(interval),
                       spoken(span.to - span.from));
    return std::nullopt;
  }
  if (checks.size() < 2) {
    violations.push_back(fmt::format("health was asked for {} times in {}, at an interval of {}",
                                     checks.size(), spoken(span.to - span.from), spoken(interval)));
    return std::nullopt;
  }
  const Nanos typical = median_gap(checks);
  const double off = std::abs(to_seconds(typical) / to_seconds(interval) - 1) * 100;
  if (!holds(off, limit_of(plan, "CFG-06.off")))
    violations.push_back(fmt::format("health was asked for every {:.2f} s, at an interval of {}",
                                     to_seconds(typical), spoken(interval)));
  return to_seconds(typical);
}

}  // namespace

// With two intervals, neither of which is the document's.
Verdict key_health_check_interval(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "monitoring.health-check-interval";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& tried = std::get<ConfigurationRecord>(found);
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  const Nanos shorter = config::stalled(plan).health_check_interval;
  const Nanos longer = config::strained(plan).health_check_interval;
  const auto first = judge_cadence(plan, tried.stalled, shorter, violations, gaps);
  const auto second = judge_cadence(plan, tried.obstructed, longer, violations, gaps);
  const auto samples =
      static_cast<std::int64_t>(tried.stalled.asked.size() + tried.obstructed.asked.size());
  return judge_violations(plan, "CFG-06", fact::kConfiguration, violations, samples)
      .or_because("health was asked for every {:.2f} s with {}, every {:.2f} s with {}",
                  first.value_or(0), spoken(shorter), second.value_or(0), spoken(longer))
      .unless(gaps);
}

}  // namespace bhsim::checks
