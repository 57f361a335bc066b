// CONC · phase-9.2 section 9.2.4.

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

// A deadlock stays: one look after the swaps is enough, none is not.
bool looked_late(const History& history, Span whole) {
  const Time late = whole.from + whole.length() * 3 / 4;
  return std::ranges::any_of(history.thread_dumps(),
                             [&](const history::ThreadDump& dump) { return dump.t >= late; });
}

constexpr std::array<std::string_view, 6> kConcurrencyTrouble = {"ConcurrentModificationException",
                                                                 "IllegalMonitorStateException",
                                                                 "BrokenBarrierException",
                                                                 "Java-level deadlock",
                                                                 "race condition",
                                                                 "IllegalThreadStateException"};

bool tells_of_trouble(const history::LogLine& line) {
  return std::ranges::any_of(kConcurrencyTrouble, [&](std::string_view word) {
    return line.text.find(word) != std::string::npos;
  });
}

bool is_application_log(const history::Artifact& artifact) {
  const auto name = std::string_view(artifact.path).substr(artifact.path.rfind('/') + 1);
  const bool of_a_scenario = std::ranges::any_of(config::kScenarios, [&](const auto& scenario) {
    return name == fmt::format("app-{}.log", scenario);
  });
  return name.starts_with("app") && name.ends_with(".log") && !of_a_scenario && artifact.bytes > 0;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n')).substr(0, 160);
}

// --- stuck threads

constexpr int kDumpsToBeStuck = 3;
constexpr Nanos kTimeToBeStuck = std::chrono::seconds(10);

// A thread that asks for a lock, over one dump after the other.
struct Waiter {
  const history::LockWait* newest = nullptr;
  Time since;
  int dumps = 1;
  [[nodiscard]] bool stuck() const {
    return dumps >= kDumpsToBeStuck && newest->t - since >= kTimeToBeStuck;
  }
};

// The same thread in the same place, and it has not run between: a thread that had got the lock and
// asked for it again would have used some CPU.
bool never_ran(const history::LockWait& before, const history::LockWait& now) {
  return before.tid == now.tid && before.thread == now.thread && before.lock == now.lock &&
         before.frame == now.frame && before.cpu && now.cpu && *before.cpu == *now.cpu;
}

struct StuckThreads {
  std::map<std::pair<Time, std::string>, Waiter> stuck;  // by start and tid, as seen last
  std::int64_t dumps = 0;                                // that were looked at
  std::int64_t without_cpu = 0;  // waits of which the JVM does not tell the CPU
};

// Between two dumps, a fault or the start of another JVM: what the later one shows is another
// story.
bool interrupted(const History& history, const std::vector<Span>& faults, Span between) {
  const bool fault = std::ranges::any_of(
      faults, [&](const Span& span) { return span.from < between.to && between.from < span.to; });
  return fault || std::ranges::any_of(history.jvms(), [&](const JvmSegment& jvm) {
           return jvm.role == kLoadRole && between.from < jvm.t_start && jvm.t_start <= between.to;
         });
}

StuckThreads stuck_threads(const Plan& plan, const History& history) {
  const auto faults = fault_spans(plan, history);
  StuckThreads found;
  std::map<std::string, Waiter> before;  // by tid, of the dump before
  std::optional<Time> last;
  auto wait = history.lock_waits().begin();
  for (const auto& dump : history.thread_dumps()) {
    if (!dump.lock_waits || contains(faults, dump.t)) continue;
    ++found.dumps;
    if (last && interrupted(history, faults, {*last, dump.t})) before.clear();
    last = dump.t;
    while (wait != history.lock_waits().end() && wait->t < dump.t) ++wait;
    std::map<std::string, Waiter> now;
    for (; wait != history.lock_waits().end() && wait->t == dump.t; ++wait) {
      if (!wait->cpu) ++found.without_cpu;
      Waiter waiter{&*wait, wait->t};
      const auto known = before.find(wait->tid);
      if (known != before.end() && never_ran(*known->second.newest, *wait)) {
        waiter.since = known->second.since;
        waiter.dumps = known->second.dumps + 1;
      }
      if (waiter.stuck()) found.stuck[{waiter.since, wait->tid}] = waiter;
      now.emplace(wait->tid, waiter);
    }
    before = std::move(now);
  }
  return found;
}

// --- swaps at once

// By group, how many classes the plan has in it.
std::map<std::int64_t, std::int64_t> planned_groups(const Plan& plan) {
  std::map<std::int64_t, std::int64_t> sizes;
  for (const auto& swap : plan.swaps)
    if (swap.group_id != 0 && swap.valid) ++sizes[swap.group_id];
  return sizes;
}

// Of deliveries that have company at the same instant, the last generation of each class.
std::set<std::int64_t> last_of_each_class(const Plan& plan) {
  std::set<std::int64_t> generations;
  for (const auto& delivery : config::deliveries(plan.swaps)) {
    if (delivery.size() < 2) continue;
    std::map<std::string, std::int64_t> last;
    for (const auto& swap : delivery) last[swap.class_name] = swap.generation;
    for (const auto& [class_name, generation] : last) generations.insert(generation);
  }
  return generations;
}

}  // namespace

// CONC-01. Counted, by the JVM's own report in thread dumps.
Verdict no_deadlock(const Plan& plan, const History& history) {
  const auto& dumps = history.thread_dumps();
  std::int64_t deadlocks = 0;
  std::string words;
  for (const auto& dump : dumps) {
    if (!dump.deadlock) continue;
    if (++deadlocks == 1) words = first_line(dump.detail);
  }
  auto finding = compare(static_cast<double>(deadlocks), limit_of(plan, "CONC-01"))
                     .samples(static_cast<std::int64_t>(dumps.size()))
                     .evidence("thread_dump", "deadlock = 1");
  if (deadlocks > 0)
    return std::move(finding)
        .because("{} of {} thread dumps tell of a deadlock: {}", deadlocks, dumps.size(), words)
        .counted();
  const auto whole = measured(plan, history);
  if (dumps.empty() || !whole || !looked_late(history, *whole))
    return missing("thread dump from the last quarter of the measured time or after it",
                   "a deadlock before it may have gone unseen");
  return std::move(finding).because("none of {} thread dumps tells of a deadlock", dumps.size());
}

// CONC-02. Counted, by the JVM's own thread dumps.
Verdict no_stuck_thread(const Plan& plan, const History& history) {
  const auto found = stuck_threads(plan, history);
  auto finding = compare(static_cast<double>(found.stuck.size()), limit_of(plan, "CONC-02"))
                     .samples(found.dumps)
                     .evidence("lock_wait");
  if (!found.stuck.empty()) {
    const auto& first = found.stuck.begin()->second;
    return std::move(finding)
        .because(
            "{} threads ask for a lock and never run again, first {}: {} dumps in {} show it "
            "at {}, asking for a {}",
            found.stuck.size(), first.newest->thread, first.dumps,
            spoken(first.newest->t - first.since), first.newest->frame, first.newest->lock)
        .counted();
  }
  const auto whole = measured(plan, history);
  if (found.dumps == 0 || !whole || !looked_late(history, *whole))
    return missing(
        "thread dump with lock_waits from the last quarter of the measured time or later",
        "a thread that was stuck before it may have gone unseen");
  if (found.without_cpu > 0)
    return inconclusive(
        "{} times a thread asked for a lock, and this JVM's dumps do not tell whether it ran since",
        found.without_cpu);
  return std::move(finding).because(
      "of {} times that one of {} thread dumps shows a thread that asks for a lock, none lasted",
      history.lock_waits().size(), found.dumps);
}

// CONC-03. Counted. The oracle compares in real time: a response sent after another one had come
// must not be older. A rollback has a generation of its own.
Verdict generations_never_go_back(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  // A "stale" one is a swap that was lost: REL-07. A "torn_group" is another statement.
  constexpr std::array<std::string_view, 2> kKinds = {"went_back", "unknown_generation"};
  std::int64_t violations = 0;
  std::string first;
  for (const auto& violation : history.violations()) {
    if (std::ranges::find(kKinds, violation.kind) == kKinds.end()) continue;
    if (++violations == 1)
      first = fmt::format("{} of {}: {}", violation.kind, violation.class_name, violation.detail);
  }
  std::int64_t responses = 0;
  for (const auto& run : history.served()) responses += run.responses;
  auto finding = compare(static_cast<double>(violations), limit_of(plan, "CONC-03"))
                     .samples(responses)
                     .evidence("violation", "kind IN ('went_back', 'unknown_generation')");
  if (violations > 0)
    return std::move(finding)
        .because("{} times the version served was wrong, first {}", violations, first)
        .counted();
  if (responses == 0)
    return missing("response that tells its version",
                   "the contract names the header of each class");
  if (valid_swaps(plan, history).landed.empty())
    return inconclusive("no swap landed, so that no generation could go back");
  return std::move(finding).because("{} responses of {} runs of one version, none out of order",
                                    responses, history.served().size());
}

// CONC-04. Counted, by served versions: a swap landed, or was lost, as the oracle has it; both in
// one group is what it calls torn.
Verdict no_torn_group(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  if (plan.app.swap_groups.empty())
    return not_applicable("the contract of {} names no classes that belong together (swap.groups)",
                          plan.app.name);
  const auto planned = planned_groups(plan);
  if (planned.empty())
    return inconclusive("no classes were swapped together (swaps: {{groups: …}} or release)");
  const auto swaps = valid_swaps(plan, history);
  std::map<std::int64_t, std::int64_t> landed;
  for (const auto* swap : swaps.landed) ++landed[swap->group_id];
  std::set<std::int64_t> torn;
  std::string first;
  for (const auto* swap : swaps.lost) {
    if (swap->group_id == 0 || !landed.contains(swap->group_id)) continue;
    if (torn.insert(swap->group_id).second && first.empty())
      first = fmt::format("; first {}, generation {}: {}", swap->class_name, swap->generation,
                          swap->detail);
  }
  const auto whole = std::ranges::count_if(
      planned, [&](const auto& group) { return landed[group.first] == group.second; });
  auto finding = compare(static_cast<double>(torn.size()), limit_of(plan, "CONC-04"))
                     .samples(whole + static_cast<std::int64_t>(torn.size()))
                     .evidence("swap", "group_id <> 0 AND role = 'load'")
                     .evidence("violation", "kind = 'torn_group'");
  if (!torn.empty())
    return std::move(finding)
        .because("{} of {} groups were torn: one class is in force and another is not{}",
                 torn.size(), planned.size(), first)
        .counted();
  if (whole == 0)
    return inconclusive("none of {} planned groups was seen whole in force", planned.size());
  return std::move(finding).because("{} of {} groups came into force whole, none in part", whole,
                                    planned.size());
}

// CONC-05. By served versions, as REL-07.
Verdict swaps_at_once_land(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  const auto last = last_of_each_class(plan);
  if (last.empty())
    return inconclusive("no two classes were swapped at once (swaps: {{bursts: …}} or release)");
  const auto swaps = valid_swaps(plan, history);
  const auto is_last = [&](const Swap* swap) { return last.contains(swap->generation); };
  const auto landed = std::ranges::count_if(swaps.landed, is_last);
  const auto first_lost = std::ranges::find_if(swaps.lost, is_last);
  const auto lost = std::ranges::count_if(swaps.lost, is_last);
  const auto planned = static_cast<std::int64_t>(last.size());
  const auto share = proportion(landed, landed + lost);
  auto finding = compare(share.percent, limit_of(plan, "CONC-05"))
                     .samples(landed + lost)
                     .interval(share.interval)
                     .evidence("swap", "valid = 1 AND role = 'load' AND outcome = 'lost'");
  if (lost > 0)
    return std::move(finding).because(
        "{} of {} classes that were swapped at once with others did not get their last version, "
        "first {}, generation {}: {}",
        lost, landed + lost, (*first_lost)->class_name, (*first_lost)->generation,
        (*first_lost)->detail);
  if (landed < kFewestTrials)
    return inconclusive(
        "{} classes swapped at once came to an end outside faults; {} are needed "
        "({} planned)",
        landed, kFewestTrials, planned);
  std::optional<std::string> gaps;
  if (static_cast<double>(landed) < 0.95 * static_cast<double>(planned))
    gaps = fmt::format(
        "only {} of {} classes swapped at once were served; the others were "
        "superseded, met a fault, or were not seen",
        landed, planned);
  return std::move(finding)
      .because("each of {} classes swapped at once with others got its last version ({} planned)",
               landed, planned)
      .unless(gaps);
}

// CONC-06. Counted.
Verdict totals_agree_with_ledger(const Plan& plan, const History& history) {
  if (plan.app.ledger_total.empty())
    return not_applicable(
        "the contract of {} names no metric that counts accepted writes (ledger.total)",
        plan.app.name);
  const auto fact = history.fact(history::fact::kLedgerTotal);
  if (!fact)
    return missing("ledger.total fact", "the run has to reach the end of its load in order");
  const auto acknowledged = fact->at("acknowledged").get<std::int64_t>();
  const auto open = fact->at("open").get<std::int64_t>();
  if (fact->at("value").is_null())
    return Finding(Status::fail)
        .because("{}, which the contract claims, cannot be read: {}", plan.app.ledger_total,
                 fact->at("trouble").get<std::string>())
        .evidence("fact", "name = 'ledger.total'");
  const auto total = fact->at("value").get<double>();
  const auto least = static_cast<double>(acknowledged);
  const auto most = static_cast<double>(acknowledged + open);
  const double wrong = total < least ? least - total : std::max(0.0, total - most);
  auto finding = compare(wrong, limit_of(plan, "CONC-06"))
                     .samples(acknowledged)
                     .evidence("fact", "name = 'ledger.total'");
  if (finding.status() == Status::pass && acknowledged == 0)
    return inconclusive("no write was acknowledged, so that none could be counted");
  return std::move(finding)
      .because(
          "{} says {:.0f}; {} writes were acknowledged since the start of the JVM, and {} more "
          "were sent without an answer",
          plan.app.ledger_total, total, acknowledged, open)
      .counted();
}

// CONC-07. Counted, in the logs of application and agent.
Verdict no_concurrency_exception(const Plan& plan, const History& history) {
  std::int64_t lines = 0;
  std::string first;
  for (const auto& line : history.log_lines()) {
    if (!tells_of_trouble(line)) continue;
    if (++lines == 1) first = first_line(line.text);
  }
  const auto kept = std::ranges::count_if(history.artifacts(), is_application_log);
  const auto kept_lines = static_cast<std::int64_t>(history.log_lines().size());
  auto finding =
      compare(static_cast<double>(lines), limit_of(plan, "CONC-07"))
          .samples(std::max<std::int64_t>(kept, kept_lines))
          .evidence("log_line",
                    "text LIKE '%ConcurrentModificationException%' OR text LIKE "
                    "'%IllegalMonitorStateException%' OR text LIKE "
                    "'%BrokenBarrierException%' OR text LIKE '%IllegalThreadState%' OR text "
                    "LIKE '%Java-level deadlock%' OR text LIKE '%race condition%'");
  if (lines > 0) return std::move(finding).because("{} lines, first: {}", lines, first).counted();
  if (kept == 0 && kept_lines == 0)
    return missing("log of the application", "the engine's log of its container has to be kept");
  return std::move(finding).because("none in {} logs with {} lines of warnings and errors", kept,
                                    kept_lines);
}

}  // namespace bhsim::checks
