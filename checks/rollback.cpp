// ROLL · phase-9.2 section 9.2.7, "Production Configuration": reliability.auto-rollback and
// monitoring.health-check-interval.

#include <algorithm>

#include "checks/families.hpp"
#include "checks/items.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/config/items.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;
using history::ItemServed;

struct Rollback {
  ItemRecord record;
  Nanos interval{};
  const ItemAttempt* breaking = nullptr;
  Time bad;                                 // the first time that health denied it
  std::optional<ItemServed> back;           // the first run that answered after that
  std::optional<std::int64_t> good_before;  // the generation that served before the change
  [[nodiscard]] Nanos watched() const { return breaking->t_end - bad; }
};

using RollbackTried = std::variant<Rollback, Finding>;

const std::vector<ItemServed>& runs_of(const Rollback& rollback) {
  static const std::vector<ItemServed> none;
  const auto found = rollback.record.served.find(rollback.breaking->class_name);
  return found == rollback.record.served.end() ? none : found->second;
}

RollbackTried tried_rollback(const Plan& plan, const History& history) {
  auto found = record_of(plan, history, config::kRollbackItem, fact::kRollback, "auto-rollback");
  if (auto* instead = std::get_if<Finding>(&found)) return std::move(*instead);
  Rollback rollback;
  rollback.record = std::get<ItemRecord>(std::move(found));
  rollback.interval = config::configuration_for(plan, config::kRollbackItem).health_check_interval;
  return rollback;
}

// For the checks that need the change that breaks health. `rollback` must stay where it is.
std::optional<Finding> look_at_breaking(const Plan& plan, Rollback& rollback) {
  rollback.breaking = rollback.record.attempt("breaking");
  if (rollback.breaking == nullptr)
    return inconclusive("it could not be tried: {}", rollback.record.trouble.empty()
                                                         ? "the changes were not made"
                                                         : rollback.record.trouble);
  if (plan.app.ready_path.empty())
    return inconclusive("the contract names no 'ready', by which health could be seen");
  const auto bad = rollback.record.unready_since(rollback.breaking->t_write);
  if (!bad)
    return inconclusive(
        "the change that breaks {} did not break health{}", rollback.breaking->class_name,
        rollback.breaking->t_refused ? ": the agent refused it" : ", as far as 'ready' tells");
  rollback.bad = *bad;
  for (const auto& run : runs_of(rollback))
    if (run.first_sent < rollback.breaking->t_write) rollback.good_before = run.generation;
  const auto* after = rollback.record.attempt("after");
  const auto* back = rollback.record.served_since(rollback.breaking->class_name, rollback.bad);
  if (back != nullptr && (after == nullptr || back->generation != after->generation))
    rollback.back = *back;
  return std::nullopt;
}

std::string no_rollback(const Rollback& rollback) {
  return fmt::format(
      "asked for and not seen: health was bad for {} ({:.1f} health-check-intervals), and {} was "
      "not rolled back",
      spoken(rollback.watched()), to_seconds(rollback.watched()) / to_seconds(rollback.interval),
      rollback.breaking->class_name);
}

Finding judge_rollback(const Plan& plan, std::string_view check,
                       const std::vector<std::string>& violations, std::int64_t looked_at) {
  return judge_violations(plan, check, fact::kRollback, violations, looked_at);
}

// The line of the audit log that tells of the rollback; null without one.
const history::ItemAudit* audited(const Rollback& rollback) {
  const auto found = std::ranges::find_if(rollback.record.audit, [&](const auto& line) {
    return line.outcome == "rolled-back" && line.class_name == rollback.breaking->class_name &&
           line.t >= rollback.breaking->t_write;
  });
  return found == rollback.record.audit.end() ? nullptr : &*found;
}

// By how much the agent's count of rollbacks has grown since then; nothing when it shows none.
std::optional<double> counted_since(const ItemRecord& record, Time t) {
  const auto readings = record.metrics.find("rolled_back");
  if (readings == record.metrics.end() || readings->second.empty()) return std::nullopt;
  double before = readings->second.front().value;
  for (const auto& reading : readings->second)
    if (reading.from <= t) before = reading.value;
  return readings->second.back().value - before;
}

}  // namespace

// ROLL-01.
Verdict bad_change_is_rolled_back(const Plan& plan, const History& history) {
  auto seen = tried_rollback(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  auto& rollback = std::get<Rollback>(seen);
  if (auto instead = look_at_breaking(plan, rollback)) return *std::move(instead);
  if (!rollback.back) return judge_rollback(plan, "ROLL-01", {no_rollback(rollback)}, 1);
  return judge_rollback(plan, "ROLL-01", {}, 1)
      .or_because("a change of {} that broke health was rolled back {} after health had told",
                  rollback.breaking->class_name, spoken(rollback.back->first_done - rollback.bad));
}

// ROLL-02. From when health denies it, as a client sees it, to the first answer of the version
// before.
Verdict rolled_back_in_time(const Plan& plan, const History& history) {
  auto seen = tried_rollback(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  auto& rollback = std::get<Rollback>(seen);
  if (auto instead = look_at_breaking(plan, rollback)) return *std::move(instead);
  const Nanos took = rollback.back ? rollback.back->first_done - rollback.bad : rollback.watched();
  auto finding =
      compare(to_seconds(took) / to_seconds(rollback.interval), limit_of(plan, "ROLL-02"))
          .samples(1)
          .evidence("fact", fmt::format("name = '{}'", fact::kRollback));
  if (!rollback.back)
    return std::move(finding).but(Status::fail).because("{}", no_rollback(rollback));
  return std::move(finding).because("{} after health had told, with a health-check-interval of {}",
                                    spoken(took), spoken(rollback.interval));
}

// ROLL-03. By the generation that answers, and by the digest that the audit log tells.
Verdict rolled_back_to_last_good(const Plan& plan, const History& history) {
  auto seen = tried_rollback(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  auto& rollback = std::get<Rollback>(seen);
  if (auto instead = look_at_breaking(plan, rollback)) return *std::move(instead);
  if (!rollback.back) return judge_rollback(plan, "ROLL-03", {no_rollback(rollback)}, 1);
  if (!rollback.good_before)
    return inconclusive("no response showed which version served before the change");
  std::vector<std::string> violations;
  if (rollback.back->generation != *rollback.good_before)
    violations.push_back(fmt::format("back to generation {}; {} had served and health was good",
                                     rollback.back->generation, *rollback.good_before));
  const auto good =
      std::ranges::find(rollback.record.attempts, *rollback.good_before, &ItemAttempt::generation);
  const auto* line = audited(rollback);
  std::optional<std::string> gaps;
  if (line == nullptr || good == rollback.record.attempts.end())
    gaps = fmt::format("back to generation {}; no audit log tells the SHA-256 of what came back",
                       rollback.back->generation);
  else if (line->after != good->sha256)
    violations.push_back(
        fmt::format("the bytes that came back are not those delivered: {:.12}… and "
                    "{:.12}…",
                    line->after, good->sha256));
  return judge_rollback(plan, "ROLL-03", violations, 1)
      .or_because("back to generation {}, the last good one, with the same SHA-256",
                  rollback.back->generation)
      .unless(gaps);
}

// ROLL-04. Under load: an older version must not come back while nothing had broken health. Of an
// agent that was not seen to roll back at all, this would say nothing.
Verdict good_change_stays(const Plan& plan, const History& history) {
  auto seen = tried_rollback(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  auto& rollback = std::get<Rollback>(seen);
  const auto& record = rollback.record;
  std::vector<std::string> violations;
  std::int64_t good = 0;
  std::optional<std::string> gaps;
  for (const auto purpose : {"good", "last-good", "after"}) {
    const auto* one = record.attempt(purpose);
    if (one != nullptr && one->t_served)
      ++good;
    else
      gaps = fmt::format("the good change '{}' was not made, or not seen{}{}", purpose,
                         record.trouble.empty() ? "" : ": ", record.trouble);
  }
  rollback.breaking = record.attempt("breaking");
  const auto* after = record.attempt("after");
  for (const auto& [name, runs] : record.served)
    for (std::size_t i = 1; i < runs.size(); ++i) {
      if (runs[i].generation >= runs[i - 1].generation) continue;
      const bool of_the_bad_one = rollback.breaking != nullptr &&
                                  name == rollback.breaking->class_name &&
                                  runs[i].first_sent > rollback.breaking->t_write &&
                                  (after == nullptr || runs[i - 1].generation < after->generation);
      if (!of_the_bad_one)
        violations.push_back(
            fmt::format("{} went from generation {} back to {} though health was "
                        "good",
                        name, runs[i - 1].generation, runs[i].generation));
    }
  if (!gaps && (look_at_breaking(plan, rollback) || !rollback.back))
    gaps = "nothing was rolled back (ROLL-01), so that good changes were in no danger";
  return judge_rollback(plan, "ROLL-04", violations, good)
      .or_because("{} good changes under load stayed", good)
      .unless(gaps);
}

// ROLL-05.
Verdict rollback_is_told(const Plan& plan, const History& history) {
  auto seen = tried_rollback(plan, history);
  if (auto* instead = std::get_if<Finding>(&seen)) return std::move(*instead);
  auto& rollback = std::get<Rollback>(seen);
  if (auto instead = look_at_breaking(plan, rollback)) return *std::move(instead);
  if (!rollback.back) return judge_rollback(plan, "ROLL-05", {no_rollback(rollback)}, 2);
  std::vector<std::string> violations;
  const auto* line = audited(rollback);
  if (line == nullptr)
    violations.emplace_back(rollback.record.audit_read
                                ? "the audit log has no line 'rolled-back' of it"
                                : "there is no audit log that could tell of it");
  const auto more = counted_since(rollback.record, rollback.breaking->t_write);
  if (!more)
    violations.emplace_back("no metric counts it");
  else if (*more < 1)
    violations.emplace_back("its metric does not count it");
  return judge_rollback(plan, "ROLL-05", violations, 2)
      .or_because("the rollback is in the audit log, and counted");
}

}  // namespace bhsim::checks
