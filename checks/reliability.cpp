// REL · phase-9.2 section 9.2.5, criteria "Reliability".

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

using history::Health;
using history::LedgerCheck;
using history::SwapOutcome;

// --- bad swaps ---------------------------------------------------------------------------------

// Why invalid changes cannot be judged; nothing when they can.
std::optional<Finding> no_bad_swaps(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return not_claimed;
  const bool any =
      std::ranges::any_of(history.swaps(), [](const Swap& swap) { return !swap.valid; });
  if (any) return std::nullopt;
  if (std::ranges::find(plan.conformance, kBadSwapsRole) == plan.conformance.end())
    return inconclusive("the simulation '{}' delivers no invalid change; production does",
                        plan.simulation);
  return missing("invalid change in table swap",
                 "the run has to reach its conformance item bad-swaps");
}

constexpr std::string_view kPlainVariant = "valid";

// Variants that were planned and never came to an end.
std::set<std::string> unjudged_variants(const Plan& plan, const History& history) {
  std::set<std::string> variants;
  for (const auto& swap : plan.conformance_swaps)
    if (swap.variant != kPlainVariant) variants.insert(swap.variant);
  for (const auto& swap : history.swaps())
    if (swap.role == kBadSwapsRole && swap.outcome != SwapOutcome::unseen)
      variants.erase(swap.variant);
  return variants;
}

// The error was told: by the JVM's log of redefinitions (which does not always name the class), by
// the agent's audit log, or by a line of the log that names the class and, where the agent's
// profile says how it tells a refusal, reads so.
bool told(const Plan& plan, const History& history, const Swap& swap) {
  const Time until = swap.t_write + plan.agent.swap_within;
  const auto in_time = [&](Time t) { return swap.t_write <= t && t <= until; };
  const auto by_jvm = [&](const history::Redefinition& r) {
    return !r.ok && in_time(r.t) && (r.class_name.empty() || r.class_name == swap.class_name);
  };
  const auto by_audit = [&](const history::AuditLine& line) {
    return line.outcome == "refused" && line.class_name == swap.class_name &&
           line.sha256_after == swap.sha256;
  };
  std::optional<std::regex> pattern;
  if (const auto given = plan.agent.log.find("refused"); given != plan.agent.log.end()) {
    auto text = given->second;
    if (const auto at = text.find("{class}"); at != std::string::npos)
      text.replace(at, 7, std::regex_replace(swap.class_name, std::regex(R"([.$])"), R"(\$&)"));
    pattern.emplace(text);
  }
  const auto by_log = [&](const history::LogLine& line) {
    return in_time(line.t) && line.text.find(swap.class_name) != std::string::npos &&
           (!pattern || std::regex_search(line.text, *pattern));
  };
  return std::ranges::any_of(history.redefinitions(), by_jvm) ||
         std::ranges::any_of(history.audit(), by_audit) ||
         std::ranges::any_of(history.log_lines(), by_log);
}

// The application under bad swaps ended by itself. Which of them was the cause is in the log.
bool died_of_bad_swaps(const History& history) {
  return std::ranges::any_of(history.jvms(), [](const JvmSegment& jvm) {
    return jvm.role == kBadSwapsRole && jvm.t_end && !jvm.planned_end;
  });
}

// What was not graceful about a refusal; empty when all was.
std::string ungraceful(const Plan& plan, const History& history, const Swap& bad) {
  const auto next = std::ranges::find_if(history.swaps(), [&](const Swap& swap) {
    return swap.valid && swap.role == bad.role && swap.t_write > bad.t_write;
  });
  if (next != history.swaps().end() && next->outcome == SwapOutcome::lost)
    return "the next valid swap was lost";
  if (!told(plan, history, bad)) return "nobody told the error";
  return "";
}

// --- uptime ------------------------------------------------------------------------------------

// What uptime does not count: from the fault's start to its undoing, and then as long as recovery
// takes, but no longer than the contract allows for a start.
std::vector<Span> excused(const Plan& plan, const History& history) {
  std::vector<Span> spans;
  for (const auto& window : history.windows(history::WindowKind::outage))
    spans.push_back({window.t0, window.t1});
  for (const auto& fault : history.faults()) {
    const auto undone = fault.t_undo ? fault.t_undo : fault.t_healed;
    const Time latest = undone ? *undone + plan.app.start_within : history.last();
    const Time until = fault.t_recovered ? std::min(*fault.t_recovered, latest) : latest;
    spans.push_back({fault.t_intent, until});
  }
  return spans;
}

// When the application was between two lives: its prober sleeps then, but it was not up.
std::vector<Span> between_lives(const History& history) {
  std::vector<Span> spans;
  std::optional<Time> ended;
  for (const auto& jvm : history.jvms()) {
    if (jvm.role != kLoadRole) continue;
    if (ended) spans.push_back({*ended, jvm.t_ready.value_or(jvm.t_start)});
    ended = jvm.t_end;
  }
  return spans;
}

struct Uptime {
  Nanos up{};
  Nanos down{};
  std::int64_t probes = 0;
  std::int64_t failed = 0;
};

Nanos overlap(const std::vector<Span>& spans, Span with) {
  Nanos sum{};
  for (const auto& span : spans)
    sum += std::max(Nanos(0), std::min(span.to, with.to) - std::max(span.from, with.from));
  return sum;
}

// A probe that failed may have met a fault that was not there yet when it was sent, or no longer
// when it was given up.
bool met(const std::vector<Span>& faults, const Health& probe) {
  return !probe.up && std::ranges::any_of(faults, [&](const Span& fault) {
    return fault.from <= probe.t + probe.latency && probe.t <= fault.to;
  });
}

// Each probe stands for the time until the next one: a probe that waits for its timeout is one row,
// and a long time. Those that met a fault tell of it and of nothing else.
Uptime count_uptime(const History& history, const std::vector<Span>& judged,
                    const std::vector<Span>& faults) {
  constexpr Nanos kLongest = std::chrono::seconds(2);  // longer without a row is not known
  const auto dead = between_lives(history);
  Uptime uptime;
  const Health* previous = nullptr;
  for (const auto& probe : history.health()) {
    if (probe.endpoint != "uptime" || probe.role != kLoadRole) continue;
    if (previous != nullptr) {
      const Span since{previous->t, probe.t};
      if (since.length() <= kLongest) {
        if (!met(faults, *previous))
          (previous->up ? uptime.up : uptime.down) += overlap(judged, since);
      } else {
        for (const auto& span : dead)
          uptime.down +=
              overlap(judged, {std::max(span.from, since.from), std::min(span.to, since.to)});
      }
    }
    previous = &probe;
    if (!contains(judged, probe.t) || met(faults, probe)) continue;
    ++uptime.probes;
    if (!probe.up) ++uptime.failed;
  }
  return uptime;
}

// --- ledger ------------------------------------------------------------------------------------

constexpr std::string_view kAtTheEnd = "end";

struct Ledger {
  std::int64_t acknowledged = 0, lost = 0, altered = 0, duplicated = 0;
  std::int64_t checks = 0;
  const LedgerCheck* at_the_end = nullptr;
  std::string detail;
};

// The most of each over all read-backs: what is lost stays lost, and must not be counted once more.
Ledger read_back(const History& history) {
  Ledger ledger;
  for (const auto& check : history.ledger_checks()) {
    ++ledger.checks;
    ledger.acknowledged = std::max(ledger.acknowledged, check.acknowledged);
    ledger.lost = std::max(ledger.lost, check.lost);
    ledger.altered = std::max(ledger.altered, check.altered);
    ledger.duplicated = std::max(ledger.duplicated, check.duplicated);
    if (check.reason.starts_with(kAtTheEnd)) ledger.at_the_end = &check;
    if (ledger.detail.empty() && check.lost + check.altered + check.duplicated > 0)
      ledger.detail = fmt::format("; {}: {}", check.reason, check.detail);
  }
  return ledger;
}

std::optional<Finding> no_ledger(const Plan& plan) {
  if (!plan.app.ledger_ranges.empty()) return std::nullopt;
  return not_applicable("the contract of {} names no ledger", plan.app.name);
}

// Judges `wrong` writes. A ledger that the contract claims and that cannot be read back is a
// failure: whether a write is there is then known to nobody.
Finding judge_ledger(const Ledger& ledger, std::int64_t wrong, const Limit& limit) {
  auto finding = compare(static_cast<double>(wrong), limit).samples(ledger.acknowledged).counted();
  if (finding.status() == Status::fail) return finding;
  if (ledger.at_the_end == nullptr)
    return std::move(finding).unless("the writes were not read back at the end (ledger_check)");
  if (!ledger.at_the_end->complete)
    return Finding(Status::fail)
        .because("the ledger of the contract cannot be read back: {}", ledger.at_the_end->detail)
        .samples(ledger.acknowledged);
  if (ledger.acknowledged > 0) return finding;
  return std::move(finding).unless("no write was acknowledged, so that none could be lost");
}

}  // namespace

// REL-01. Faults included: the whole run from its first request, warm-up as well.
Verdict errors_of_whole_run(const Plan& plan, const History& history) {
  const auto phases = measured(plan, history);
  if (!phases || history.load().empty()) return missing("load_second row", "did the load run?");
  const Span whole{history.load().front().t, phases->to};
  const auto sums = totals(load_in(history, {whole}), {whole});
  const auto gaps = gap(plan, sums);
  if (sums.planned == 0) return inconclusive("{}", *gaps).window(whole);
  const auto share = proportion(sums.planned - sums.ok, sums.planned);
  return compare(share, limit_of(plan, "REL-01"))
      .because("{} of {} requests were not ok, faults included: {:.3f} %", sums.planned - sums.ok,
               sums.planned, share.percent)
      .window(whole)
      .evidence("load_second", "ok < planned AND " + within("t", whole))
      .unless(gaps);
}

// REL-02. Each kind of invalid change, and every one of them.
Verdict invalid_changes_rejected(const Plan& plan, const History& history) {
  if (auto none = no_bad_swaps(plan, history)) return *std::move(none);
  std::int64_t refused = 0;
  std::int64_t tried = 0;
  std::set<std::string> kinds;
  std::string accepted;
  for (const auto& swap : history.swaps()) {
    if (swap.valid || swap.outcome == SwapOutcome::unseen) continue;
    ++tried;
    kinds.insert(swap.variant);
    if (swap.outcome != SwapOutcome::accepted)
      ++refused;
    else if (accepted.empty())
      accepted = fmt::format(" (first: {} of {})", swap.variant, swap.class_name);
  }
  if (tried == 0) return inconclusive("no invalid change came to an end");
  const auto share = proportion(refused, tried);
  auto finding = compare(share.percent, limit_of(plan, "REL-02"))
                     .samples(tried)
                     .interval(share.interval)
                     .evidence("swap", "valid = 0 AND outcome = 'accepted'")
                     .because("{} of {} invalid changes of {} kinds were refused{}", refused, tried,
                              kinds.size(), accepted)
                     .counted();
  if (const auto lacking = unjudged_variants(plan, history); !lacking.empty())
    return std::move(finding).unless(
        fmt::format("no end was seen of the invalid changes {}", fmt::join(lacking, ", ")));
  return finding;
}

// REL-03. Of the refusals: the application lives, the old version goes on serving (that is what a
// refusal is), the next valid swap lands, and the error is told. What was accepted is judged by
// REL-02. And a class that is valid, but comes in an unusual form, lands.
Verdict rejected_gracefully(const Plan& plan, const History& history) {
  if (auto none = no_bad_swaps(plan, history)) return *std::move(none);
  std::int64_t refusals = 0, unusual = 0, troubled = 0;
  std::map<std::string, std::int64_t> troubles;
  const auto note = [&](std::string trouble) {
    ++troubled;
    ++troubles[std::move(trouble)];
  };
  for (const auto& swap : history.swaps()) {
    if (!swap.valid && swap.outcome == SwapOutcome::refused) {
      ++refusals;
      if (const auto trouble = ungraceful(plan, history, swap); !trouble.empty())
        note(fmt::format("{} after {}", trouble, swap.variant));
    } else if (swap.valid && swap.role == kBadSwapsRole && swap.variant != kPlainVariant) {
      ++unusual;
      if (swap.outcome == SwapOutcome::lost)
        note(fmt::format("a valid class was lost that was {}", swap.variant));
    }
  }
  if (died_of_bad_swaps(history))
    return Finding(Status::fail)
        .because("the application ended by itself after an invalid change ({} refusals seen)",
                 refusals)
        .samples(refusals)
        .evidence("jvm", "role = 'bad-swaps'")
        .counted();
  if (refusals == 0)
    return inconclusive("no invalid change was refused, so that none could be gracefully");
  const auto share = proportion(refusals + unusual - troubled, refusals + unusual);
  auto finding = compare(share.percent, limit_of(plan, "REL-03"))
                     .samples(refusals + unusual)
                     .interval(share.interval)
                     .evidence("swap", "valid = 0 OR role = 'bad-swaps'");
  std::vector<std::string> words;
  for (const auto& [what, times] : troubles) words.push_back(fmt::format("{} ({})", what, times));
  if (!words.empty())
    return std::move(finding).because("{} of {} changes were not handled gracefully: {}", troubled,
                                      refusals + unusual, fmt::join(words, ", "));
  std::optional<std::string> gaps;
  if (const auto lacking = unjudged_variants(plan, history); !lacking.empty())
    gaps = fmt::format("no end was seen of the changes {}", fmt::join(lacking, ", "));
  return std::move(finding)
      .because(
          "after each of {} refusals it lived, told the error and took the next valid swap{}",
          refusals,
          unusual == 0 ? "" : fmt::format("; {} valid ones in an unusual form landed", unusual))
      .unless(gaps);
}

// REL-06. Of refusals: while an invalid version of a class is being refused, requests of the
// operations that it does not serve go on as ever. Faults of the whole container touch them all.
Verdict no_cascade(const Plan& plan, const History& history) {
  if (auto none = no_bad_swaps(plan, history)) return *std::move(none);
  const auto fact = history.fact(history::fact::kBadSwapsLoad);
  if (!fact)
    return missing("bad_swaps.load fact", "the run has to reach the end of its item bad-swaps");
  std::int64_t planned = 0, failed = 0;
  std::map<std::string, std::int64_t> by_class;
  for (const auto& swappable : plan.app.swap_classes) {
    const auto operations = fact->find(swappable.class_name);
    if (operations == fact->end()) continue;
    for (const auto& [operation, sum] : operations->items()) {
      if (std::ranges::find(swappable.serves, operation) != swappable.serves.end()) continue;
      const auto asked = sum.at("planned").get<std::int64_t>();
      const auto not_ok = asked - sum.at("ok").get<std::int64_t>();
      planned += asked;
      failed += not_ok;
      if (not_ok > 0)
        by_class[fmt::format("{} while {}", operation, swappable.class_name)] += not_ok;
    }
  }
  if (planned == 0)
    return inconclusive("no request was sent of an operation that a refused class does not serve");
  std::vector<std::string> words;
  for (const auto& [what, count] : by_class)
    words.push_back(fmt::format("{} was being refused ({})", what, count));
  return compare(proportion(failed, planned), limit_of(plan, "REL-06"))
      .because(
          "{} of {} requests of operations that the refused class does not serve were not "
          "ok{}{}",
          failed, planned, words.empty() ? "" : ": ", fmt::join(words, ", "))
      .evidence("fact", "name = 'bad_swaps.load'");
}

// REL-07. A swap succeeded when a response served by its generation came within the agent's time
// limit. Swaps that a later write of the same class superseded, and those that met a fault, are
// counted apart.
Verdict swap_success(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  const auto swaps = valid_swaps(plan, history);
  if (swaps.tried() < kFewestTrials)
    return inconclusive("{} valid swaps ended outside faults; {} are needed ({} planned)",
                        swaps.tried(), kFewestTrials, swaps.planned);
  const auto landed = static_cast<std::int64_t>(swaps.landed.size());
  const auto share = proportion(landed, swaps.tried());
  const auto seen = swaps.tried() + swaps.superseded + swaps.in_faults;
  std::optional<std::string> gaps;
  if (static_cast<double>(seen) < 0.95 * static_cast<double>(swaps.planned))
    gaps = fmt::format("only {} of {} planned swaps came to an end", seen, swaps.planned);
  return compare(share, limit_of(plan, "REL-07"))
      .because("{} of {} valid swaps were served within {} ({} superseded, {} met a fault)", landed,
               swaps.tried(), spoken(plan.agent.swap_within), swaps.superseded, swaps.in_faults)
      .evidence("swap", "role = 'load' AND valid = 1 AND outcome = 'lost'")
      .unless(gaps);
}

// REL-08. By a prober of its own, ten a second.
Verdict uptime(const Plan& plan, const History& history) {
  constexpr Nanos kShortest =
      std::chrono::seconds(100);  // in less, one failed probe is the whole allowance
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto excuses = excused(plan, history);
  const auto judged = subtract({*whole}, excuses);
  const auto count = count_uptime(history, judged, excuses);
  if (count.probes == 0)
    return missing("health row of the endpoint 'uptime'", "see its prober's log").window(*whole);
  const double known = to_seconds(count.up + count.down);
  const double percent = known > 0 ? 100 * to_seconds(count.up) / known : 0;
  std::optional<std::string> gaps;
  if (known < 0.95 * to_seconds(total(judged)))
    gaps =
        fmt::format("the prober told of {:.0f} of {:.0f} s only", known, to_seconds(total(judged)));
  else if (count.up + count.down < kShortest)
    gaps = fmt::format("{:.0f} s were judged; {} are needed", known, spoken(kShortest));
  return compare(percent, limit_of(plan, "REL-08"))
      .because("up {:.3f} % of {:.0f} s outside faults: {:.1f} s down, {} of {} probes failed",
               percent, known, to_seconds(count.down), count.failed, count.probes)
      .samples(count.probes)
      .interval(proportion(count.probes - count.failed, count.probes).interval)
      .window(*whole)
      .evidence("health", "endpoint = 'uptime' AND up = 0 AND " + within("t", *whole))
      .unless(gaps);
}

// REL-09. Counted. kill -9 does not cut the power: what the page cache holds survives it, and is no
// proof of fsync.
Verdict no_acknowledged_write_lost(const Plan& plan, const History& history) {
  if (auto none = no_ledger(plan)) return *std::move(none);
  const auto ledger = read_back(history);
  const auto kills = std::ranges::count(history.faults(), "kill", &Fault::kind);
  return judge_ledger(ledger, ledger.lost, limit_of(plan, "REL-09"))
      .or_because("{} of {} acknowledged writes were lost ({} read-backs, {} kills){}", ledger.lost,
                  ledger.acknowledged, ledger.checks, kills, ledger.detail)
      .evidence("ledger_check", "lost > 0 OR complete = 0");
}

// REL-10. Counted: what comes back is not what was written, or comes back twice.
Verdict no_corruption(const Plan& plan, const History& history) {
  if (auto none = no_ledger(plan)) return *std::move(none);
  const auto ledger = read_back(history);
  return judge_ledger(ledger, ledger.altered + ledger.duplicated, limit_of(plan, "REL-10"))
      .or_because("{} of {} writes came back altered and {} twice{}", ledger.altered,
                  ledger.acknowledged, ledger.duplicated, ledger.detail)
      .evidence("ledger_check", "altered > 0 OR duplicated > 0 OR complete = 0");
}

}  // namespace bhsim::checks
