#include "checks/aftermath.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <span>

#include "checks/limits.hpp"

namespace bhsim::checks {
namespace {

using history::Failure;
using history::Health;
using std::chrono::milliseconds;
using std::chrono::seconds;

// Recovered: five windows in a row.
constexpr Nanos kWindow = milliseconds(100);
constexpr Nanos kGoodFor = 5 * kWindow;
constexpr Nanos kLongestProbe = seconds(10);
// A second counts as harm when so large a share of its requests or probes failed.
constexpr double kHarmed = 0.1;

std::int64_t ok_of(const LoadSecond& row) {
  return row.outcomes[static_cast<std::size_t>(history::Outcome::ok)];
}

Nanos part_of_a_second(double part) {
  return Nanos(std::llround(std::min(1.0, part) * static_cast<double>(kSecond.count())));
}

bool overlap(const Span& a, const Span& b) { return a.from < b.to && b.from < a.to; }

// A second in which more requests failed than are let pass, or the part of it that is known.
struct BadSecond {
  Span span;
  Time known;  // by then so many had failed
};
Time from_of(const BadSecond& bad) { return bad.span.from; }

// What there is to see of faults, each in order of time.
struct Seen {
  std::vector<const Health*> uptime;    // of the prober that stands for clients
  std::vector<const Health*> monitors;  // of live, ready and the container's health
  std::vector<const Failure*> failed;   // requests, by the time that was planned for them
  std::vector<BadSecond> bad_seconds;   // where failures are not kept one by one
  double requests_per_s = 0;
  Limit let_pass;  // failures that are no sign of a fault: the share that REL-01 allows
  Time end;        // of what is measured
};

// The seconds from `kept_to` on in which more requests of an operation failed than are let pass. Of
// several in a row the failures of the first came last, and those of the last one first: as long as
// they would have lasted at the rate of the second beside it.
std::vector<BadSecond> bad_seconds(const History& history, const Limit& let_pass, Time kept_to) {
  struct Row {
    std::vector<BadSecond> seconds;
    double share = 0;    // of the requests of the last of them that failed
    bool begins = true;  // the last of them is the first in a row
  };
  std::map<std::string_view, Row> by_operation;
  for (const auto& row : history.load()) {
    const double share = static_cast<double>(row.planned - ok_of(row)) /
                         std::max(1.0, static_cast<double>(row.planned));
    if (row.t + kSecond <= kept_to || holds(100 * share, let_pass)) continue;
    auto& [seconds, before, begins] = by_operation[row.operation];
    const bool goes_on = !seconds.empty() && seconds.back().known == row.t;
    if (goes_on) {
      auto& last = seconds.back();
      last.span.to = row.t;
      if (begins && row.t - kSecond >= kept_to)
        last.span.from = last.known = row.t - part_of_a_second(before / share);
    }
    const Nanos length = part_of_a_second(goes_on ? share / before : 1);
    seconds.push_back({{row.t, row.t + length}, row.t + kSecond});
    before = share;
    begins = !goes_on;
  }
  std::vector<BadSecond> all;
  for (const auto& [operation, bad] : by_operation)
    all.insert(all.end(), bad.seconds.begin(), bad.seconds.end());
  std::ranges::sort(all, {}, from_of);
  return all;
}

Seen seen_in(const Plan& plan, const History& history) {
  Seen seen;
  seen.let_pass = limit_of(plan, "REL-01");
  const auto whole = measured(plan, history);
  seen.end = whole ? whole->to : history.last() + kSecond;
  for (const auto& row : history.health())
    if (row.role == kLoadRole)
      (row.endpoint == "uptime" ? seen.uptime : seen.monitors).push_back(&row);
  std::ranges::sort(seen.uptime, {}, &Health::t);
  std::ranges::sort(seen.monitors, {}, &Health::t);
  for (const auto& failure : history.failures()) seen.failed.push_back(&failure);
  std::ranges::sort(seen.failed, {}, &Failure::t_planned);
  double requests = 0;
  for (const auto& row : history.load()) requests += static_cast<double>(row.planned);
  if (!history.load().empty())
    seen.requests_per_s =
        requests / to_seconds(history.load().back().t + kSecond - history.load().front().t);
  if (failures_dropped(history) == 0) return seen;
  const Time kept_to = seen.failed.empty() ? Time{} : seen.failed.back()->t_planned;
  seen.bad_seconds = bad_seconds(history, seen.let_pass, kept_to);
  return seen;
}

// Those that were planned for it.
std::span<const Failure* const> failed_in(const Seen& seen, Span span) {
  const auto first = std::ranges::lower_bound(seen.failed, span.from, {}, &Failure::t_planned);
  return {first,
          std::ranges::lower_bound(first, seen.failed.end(), span.to, {}, &Failure::t_planned)};
}

// Whether clients were served in it: the prober was answered, and no more requests failed than are
// let pass at any time. A probe that waits for its answer is down all that time.
bool served_in(const Seen& seen, Span span) {
  const auto failed = std::ssize(failed_in(seen, span));
  const double sent = std::max(1.0, seen.requests_per_s * to_seconds(span.length()));
  if (failed > 0 && !holds(100 * static_cast<double>(failed) / sent, seen.let_pass)) return false;
  auto bad = std::ranges::upper_bound(seen.bad_seconds, span.from - kSecond, {}, from_of);
  for (; bad != seen.bad_seconds.end() && bad->span.from < span.to; ++bad)
    if (overlap(bad->span, span)) return false;
  auto probe = std::ranges::lower_bound(seen.uptime, span.from - kLongestProbe, {}, &Health::t);
  for (; probe != seen.uptime.end() && (*probe)->t < span.to; ++probe)
    if (!(*probe)->up && overlap({(*probe)->t, (*probe)->t + (*probe)->latency + Nanos(1)}, span))
      return false;
  return true;
}

// The start of the first of five good windows in a row.
std::optional<Time> first_good(const Seen& seen, Span within) {
  for (Time from = within.from; from + kGoodFor <= within.to; from += kWindow) {
    if (!served_in(seen, {from, from + kGoodFor})) continue;
    // Silence is no recovery: it begins with the first answer.
    const auto probe =
        std::ranges::find_if(std::ranges::lower_bound(seen.uptime, from, {}, &Health::t),
                             seen.uptime.end(), [](const Health* one) { return one->up; });
    if (probe == seen.uptime.end() || (*probe)->t >= within.to) return std::nullopt;
    if ((*probe)->t < from + kGoodFor) return from;
    from = (*probe)->t - kWindow;
  }
  return std::nullopt;
}

// Seconds in which a good part of the requests, or of the probes, failed. Failures that are there
// at all times are not the fault's.
Nanos harm_in(const Seen& seen, const History& history, Span within) {
  struct Second {
    double all = 0, failed = 0;
    [[nodiscard]] bool harmed() const { return failed > 0 && failed >= kHarmed * all; }
  };
  const auto count = static_cast<std::size_t>(std::max(Nanos(0), within.length()) / kSecond + 1);
  std::vector<Second> requests(count), probes(count);
  const auto at = [&within](Time t) {
    return static_cast<std::size_t>((t - within.from) / kSecond);
  };
  const auto& load = history.load();
  auto row = std::ranges::lower_bound(load, within.from, {}, &LoadSecond::t);
  for (; row != load.end() && row->t < within.to; ++row) {
    requests[at(row->t)].all += static_cast<double>(row->planned);
    requests[at(row->t)].failed += static_cast<double>(row->planned - ok_of(*row));
  }
  auto probe = std::ranges::lower_bound(seen.uptime, within.from, {}, &Health::t);
  for (; probe != seen.uptime.end() && (*probe)->t < within.to; ++probe) {
    probes[at((*probe)->t)].all += 1;
    probes[at((*probe)->t)].failed += (*probe)->up ? 0 : 1;
  }
  Nanos harm{};
  for (std::size_t i = 0; i < count; ++i)
    if (requests[i].harmed() || probes[i].harmed()) harm += kSecond;
  return harm;
}

// By the seconds that it touches: at its edges some requests are from before or after.
void look_at_operations(const Seen& seen, const History& history, Span within, Aftermath& one) {
  struct Requests {
    std::int64_t all = 0, failed = 0;
  };
  std::map<std::string_view, Requests> operations;
  const auto& load = history.load();
  auto row = std::ranges::upper_bound(load, within.from - kSecond, {}, &LoadSecond::t);
  for (; row != load.end() && row->t < within.to; ++row) {
    auto& requests = operations[row->operation];
    requests.all += row->planned;
    requests.failed += row->planned - ok_of(*row);
  }
  for (const auto& [name, requests] : operations) {
    if (requests.all == 0) continue;
    ++one.operations;
    one.requests += requests.all;
    one.failed += requests.failed;
    const double bad =
        100 * static_cast<double>(requests.failed) / static_cast<double>(requests.all);
    if (!holds(bad, seen.let_pass)) one.touched.emplace_back(name);
  }
}

// By the requests that were planned for `within`, when the client knew of them: a timeout may end
// behind it. Where failures are not kept one by one, whole seconds tell.
void look_for_error_rate(const Seen& seen, Span within, Aftermath& one) {
  std::vector<Time> known;
  for (const auto* failure : failed_in(seen, within)) known.push_back(failure->t_done);
  std::ranges::sort(known);
  const double in_a_second = std::max(1.0, seen.requests_per_s);
  auto oldest = known.begin();
  for (auto last = known.begin(); last != known.end(); ++last) {
    while (*oldest + kSecond <= *last) ++oldest;
    const auto count = static_cast<double>(last - oldest + 1);
    if (holds(100 * count / in_a_second, seen.let_pass)) continue;
    one.error_rate_alarm = *last - within.from;
    return;
  }
  const auto bad = std::ranges::lower_bound(seen.bad_seconds, within.from, {}, from_of);
  if (bad != seen.bad_seconds.end() && bad->span.from < within.to)
    one.error_rate_alarm = bad->known - within.from;
}

// When the answer was there. Of the engine's view the latency is the age of its last look.
Time known_at(const Health& probe) {
  return probe.endpoint == "container" ? probe.t : probe.t + probe.latency;
}

// A probe of health that failed, or the engine's word that the container died.
void look_for_alarm(const Seen& seen, const History& history, Time until, Aftermath& one) {
  const Time from = one.begin;
  const auto note = [&](Time told) {
    if (from <= told && told < until)
      one.alarm = std::min(one.alarm.value_or(told - from), told - from);
  };
  auto probe = std::ranges::lower_bound(seen.monitors, from - kLongestProbe, {}, &Health::t);
  for (; probe != seen.monitors.end() && (*probe)->t < until; ++probe) {
    one.monitored = one.monitored || from <= (*probe)->t;
    if (!(*probe)->up) note(known_at(**probe));
  }
  for (const auto& event : history.events())
    if (event.action == "die" && event.container == one.fault->target) note(event.t);
}

}  // namespace

std::vector<Aftermath> aftermaths(const Plan& plan, const History& history) {
  const Seen seen = seen_in(plan, history);
  const auto twins = history.windows(history::WindowKind::twin);
  std::vector<Aftermath> all;
  for (const auto& fault : history.faults()) {
    if (fault.state != history::FaultState::healed || !fault.t_undo) continue;
    Aftermath one{.fault = &fault};
    Time until = seen.end;
    for (const auto& other : history.faults())
      if (other.t_intent > fault.t_intent) until = std::min(until, other.t_intent);
    const Span watch{*fault.t_undo, until};
    one.watched = watch.length();
    const auto probe = std::ranges::lower_bound(seen.uptime, watch.from, {}, &Health::t);
    one.probed = probe != seen.uptime.end() && (*probe)->t < watch.to;
    const auto recovered = first_good(seen, watch);
    if (recovered) one.recovery = *recovered - watch.from;
    const Time over = recovered.value_or(until);
    const auto twin = std::ranges::find(twins, fault.id, &history::Window::id);
    one.on_the_way = twin != twins.end();
    one.begin = one.on_the_way ? std::max(twin->t1, fault.t_intent) : fault.t_intent;
    const Span felt{one.begin, over};
    one.harm = harm_in(seen, history, felt);
    look_at_operations(seen, history, felt, one);
    look_for_alarm(seen, history, over, one);
    look_for_error_rate(seen, felt, one);
    all.push_back(one);
  }
  return all;
}

bool undecided(const Plan& plan, const Aftermath& one) {
  const auto within = limit_of(plan, "REL-05");
  return !one.recovery && (!one.probed || to_seconds(one.watched) < within.value);
}

}  // namespace bhsim::checks
