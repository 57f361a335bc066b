// CFG-01, CFG-08 · phase-9.2 section 9.2.7, "Production Configuration": what the agent does with
// class files that cannot simply be read.

#include <algorithm>

#include "checks/configuration.hpp"
#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/mistakes.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;

// Of a change behind an obstacle: what is wrong when the agent should have told that it refuses it,
// and should take the valid one after it.
void judge_told(const ItemRecord& record, std::string_view obstacle,
                std::vector<std::string>& violations, std::optional<std::string>& gaps) {
  const auto* one = record.attempt(obstacle);
  const auto* next = record.attempt(fmt::format("after-{}", obstacle));
  if (one == nullptr || next == nullptr) {
    gaps = not_made(record, obstacle);
    return;
  }
  if (!one->t_refused)
    violations.push_back(
        fmt::format("nobody said that {} was refused: '{}'", one->class_name, obstacle));
  if (!next->t_served)
    violations.push_back(fmt::format("the valid change after '{}' was not served", obstacle));
}

// How often the agent says that it tried; nothing where its profile does not say how it tells.
std::optional<std::int64_t> attempts_told(const Plan& plan, const ItemRecord& record,
                                          const ItemAttempt& change) {
  if (!plan.agent.log.contains("retry")) return std::nullopt;
  const Time until = change.t_refused.value_or(change.t_end);
  return 1 + std::ranges::count_if(record.lines, [&](const history::ItemLine& line) {
           return line.kind == "retry" && line.what == change.class_name &&
                  change.t_write <= line.t && line.t <= until;
         });
}

}  // namespace

// CFG-01. Reading held up, and what is no regular file.
Verdict key_validation_timeout(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "performance.validation-timeout";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& tried = std::get<ConfigurationRecord>(found);
  const auto& record = tried.obstructed;
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  for (const auto obstacle : {"fifo", "socket", "directory", "held"})
    judge_told(record, obstacle, violations, gaps);
  const auto limit = limit_of(plan, "CFG-01.beyond");
  const auto timeout = config::strained(plan).validation_timeout;
  double beyond_s = 0;
  if (const auto* held = record.attempt("held"); held != nullptr && held->t_refused) {
    const Nanos told_after = *held->t_refused - held->t_write;
    // Each attempt that it tells of may take as long.
    const auto longest = timeout * attempts_told(plan, record, *held).value_or(1);
    beyond_s = to_seconds(told_after - longest);
    if (auto wrong = told_out_of_time("a file that could not be read", told_after, longest, limit))
      violations.push_back(*std::move(wrong));
    if (tried.held_opens == 0) gaps = "the agent did not open the file that was held up";
  }
  judge_beside(record, "held", violations, gaps);
  add_unclaimed(plan, kKey, violations);
  return judge_violations(plan, "CFG-01", fact::kConfiguration, violations, 4)
      .or_because(
          "a file that was held up was told {:.2f} s after its limit of {}, FIFO, socket and "
          "directory at once, and swaps went on",
          beyond_s, spoken(timeout))
      .unless(gaps);
}

// CFG-08. A file that can be read at the third attempt lands; one that never can is given up after
// as many as configured, which is a single one in the container with all keys off.
Verdict key_max_retry_attempts(const Plan& plan, const History& history) {
  constexpr std::string_view kKey = "reliability.max-retry-attempts";
  auto found = tried_configuration(plan, history, kKey);
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  const auto& tried = std::get<ConfigurationRecord>(found);
  std::vector<std::string> violations;
  std::optional<std::string> gaps;
  const auto given_up = [&](const ItemRecord& record, int attempts) {
    judge_told(record, "unreadable", violations, gaps);
    const auto* one = record.attempt("unreadable");
    if (one == nullptr) return;
    if (one->t_served) gaps = "a file without permissions could be read: is the application root?";
    const auto told = attempts_told(plan, record, *one);
    if (!told)
      gaps = "the agent's profile has no pattern 'retry' by which attempts could be counted";
    else if (one->t_refused && *told != attempts)
      violations.push_back(
          fmt::format("an unreadable file was given up after {} attempts, of {}", *told, attempts));
  };
  given_up(tried.off, 1);
  const int attempts = config::strained(plan).max_retry_attempts;
  given_up(tried.obstructed, attempts);
  const auto* heals = tried.obstructed.attempt("heals");
  if (heals == nullptr)
    gaps = "no file was made that could be read at a later attempt";
  else if (const auto told = attempts_told(plan, tried.obstructed, *heals);
           !heals->t_served && told && *told != attempts)
    violations.emplace_back("a file that could be read a moment later did not land");
  else if (!heals->t_served)
    gaps = "the file could be read too late for the last attempt";
  add_unclaimed(plan, kKey, violations);
  return judge_violations(plan, "CFG-08", fact::kConfiguration, violations, 3)
      .or_because(
          "a file that could be read at the last of {} attempts landed, one that never "
          "could was given up after them; with 1 after the first",
          attempts)
      .unless(gaps);
}

}  // namespace bhsim::checks
