// CONC · phase-9.2 section 9.2.4.

#include <algorithm>
#include <array>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"

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
  return name.starts_with("app") && name.ends_with(".log") && artifact.bytes > 0;
}

std::string first_line(const std::string& text) {
  return text.substr(0, text.find('\n')).substr(0, 160);
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
