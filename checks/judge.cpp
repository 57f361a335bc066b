// From the verdicts of all checks to the verdict of the run.

#include <algorithm>
#include <chrono>
#include <exception>
#include <regex>

#include "checks/select.hpp"
#include "checks/verdict.hpp"

namespace bhsim::checks {
namespace {

using config::Waiver;

constexpr std::string_view kGenerator = "LOAD-06";

// --- one check ---------------------------------------------------------------------------------

// What a run that ended early can say: its passes would have had to hold to the planned end, and
// its estimates end with whatever ended it. What was counted was counted. A run that bhsim ended
// because a check had failed keeps that failure.
Verdict of_cut_short(const Check& check, Verdict verdict, const Ending& ending) {
  const bool stands =
      verdict.status == Status::fail && (verdict.counted || ending.because_of == check.id);
  if (stands || (verdict.status != Status::pass && verdict.status != Status::fail)) return verdict;
  // How is said once, by the run.
  verdict.because = fmt::format("the run was cut short; until then: {}", verdict.because);
  verdict.status = Status::inconclusive;
  return verdict;
}

// --- waivers -----------------------------------------------------------------------------------

// The first instant at which a waiver does not hold any more: the day after its date, in UTC.
std::optional<WallTime> end_of(const Waiver& waiver) {
  static const std::regex date("(\\d{4})-(\\d{2})-(\\d{2})");
  std::smatch parts;
  if (!std::regex_match(waiver.expires, parts, date)) return std::nullopt;
  const std::chrono::year_month_day day{
      std::chrono::year(std::stoi(parts[1])),
      std::chrono::month(static_cast<unsigned>(std::stoi(parts[2]))),
      std::chrono::day(static_cast<unsigned>(std::stoi(parts[3])))};
  if (!day.ok()) return std::nullopt;
  return WallTime(std::chrono::sys_days(day) + std::chrono::days(1));
}

void apply_waiver(const Waiver& waiver, const History& history, Verdict& verdict) {
  if (verdict.status != Status::fail && verdict.status != Status::inconclusive) return;
  const auto end = end_of(waiver);
  // Without clock rows nobody knows when the run was, and a waiver that may have expired does not
  // hold.
  const bool holds = end && !history.clock().empty() && history.wall(history.last()) < *end;
  if (!holds) {
    verdict.because +=
        fmt::format(" (its waiver by {} does not hold: expires {})", waiver.owner, waiver.expires);
    return;
  }
  verdict.because = fmt::format("{} (waived until {} by {}: {})", verdict.because, waiver.expires,
                                waiver.owner, waiver.reason);
  verdict.status = Status::waived;
  verdict.counted = false;
}

// --- the run -----------------------------------------------------------------------------------

std::vector<std::string> reasons_invalid(const History& history,
                                         const std::vector<Judged>& judged) {
  std::vector<std::string> reasons;
  for (const auto& [check, verdict, required] : judged)
    if (check->id == kGenerator && verdict.status == Status::fail)
      reasons.push_back(fmt::format("{}: {}", kGenerator, verdict.because));
  if (history.dropped_rows() > 0)
    reasons.push_back(fmt::format("{} rows of the store were dropped", history.dropped_rows()));
  for (const auto& fault : history.faults())
    if (fault.state == history::FaultState::undo_failed)
      reasons.push_back(fmt::format("fault {} ({}) could not be undone", fault.id, fault.kind));
  return reasons;
}

// What was to be broken and was not seen to break tells nothing of how it is borne; empty: all was.
std::string faults_unseen(const History& history) {
  std::vector<std::string> unseen;
  for (const auto& fault : history.faults())
    if (fault.state == history::FaultState::unseen)
      unseen.push_back(fmt::format("fault {} ({}): {}", fault.id, fault.kind, fault.acted_proof));
  return fmt::format("{}", fmt::join(unseen, "; "));
}

// Ids that the plan requires and this bhsim cannot judge: nothing speaks for them.
std::vector<std::string> required_but_unknown(const Plan& plan) {
  std::vector<std::string> ids;
  for (const auto& id : plan.required)
    if (find(id) == nullptr && !plan.demoted.contains(id)) ids.push_back(id);
  return ids;
}

std::vector<std::string> ids_of(const std::vector<Judged>& judged, Status status,
                                bool only_counted = false) {
  std::vector<std::string> ids;
  for (const auto& [check, verdict, required] : judged)
    if (required && verdict.status == status && (!only_counted || verdict.counted))
      ids.emplace_back(check->id);
  return ids;
}

std::string failed_sentence(const std::vector<std::string>& failed, std::size_t required) {
  return fmt::format("{} of {} required checks failed: {}", failed.size(), required,
                     fmt::join(failed, ", "));
}

void decide(const Plan& plan, const History& history, RunVerdict& run) {
  const auto required =
      static_cast<std::size_t>(std::ranges::count(run.checks, true, &Judged::required));
  const auto failed = ids_of(run.checks, Status::fail);
  const auto open = ids_of(run.checks, Status::inconclusive);
  run.invalid = reasons_invalid(history, run.checks);
  const auto unknown = required_but_unknown(plan);
  if (!ids_of(run.checks, Status::fail, true).empty()) {
    run.status = RunStatus::fail;
    run.because = failed_sentence(failed, required);
  } else if (!run.invalid.empty()) {
    run.status = RunStatus::invalid;
    run.because = fmt::format("the run is invalid: {}", fmt::join(run.invalid, "; "));
  } else if (!failed.empty()) {
    run.status = RunStatus::fail;
    run.because = failed_sentence(failed, required);
  } else if (const auto end = ending(history); !end.completed) {
    run.status = RunStatus::inconclusive;
    run.because = fmt::format("the run was cut short: {}", end.how);
  } else if (!open.empty() || !unknown.empty()) {
    run.status = RunStatus::inconclusive;
    run.because =
        fmt::format("{} of {} required checks are inconclusive: {}", open.size() + unknown.size(),
                    required + unknown.size(), fmt::join(open, ", "));
    if (!unknown.empty())
      run.because += fmt::format("; not known here: {}", fmt::join(unknown, ", "));
  } else if (ids_of(run.checks, Status::pass).empty()) {
    run.status = RunStatus::inconclusive;
    run.because = "no required check passed: nothing was shown";
  } else if (const auto unseen = faults_unseen(history); !unseen.empty()) {
    run.status = RunStatus::inconclusive;
    run.because = fmt::format("not seen to act: {}", unseen);
  } else {
    run.status = RunStatus::pass;
    run.because = fmt::format("{} of {} required checks passed, none failed",
                              ids_of(run.checks, Status::pass).size(), required);
  }
}

}  // namespace

std::string_view to_string(Status status) {
  switch (status) {
    case Status::pass:
      return "pass";
    case Status::fail:
      return "fail";
    case Status::inconclusive:
      return "inconclusive";
    case Status::not_applicable:
      return "not applicable";
    case Status::waived:
      return "waived";
  }
  return "inconclusive";
}

std::string_view to_string(RunStatus status) {
  switch (status) {
    case RunStatus::pass:
      return "pass";
    case RunStatus::fail:
      return "fail";
    case RunStatus::inconclusive:
      return "inconclusive";
    case RunStatus::invalid:
      return "invalid";
  }
  return "inconclusive";
}

int exit_code(RunStatus status) {
  switch (status) {
    case RunStatus::pass:
      return 0;
    case RunStatus::fail:
      return 1;
    case RunStatus::inconclusive:
    case RunStatus::invalid:
      return 2;
  }
  return 2;
}

Verdict judge_one(const Check& check, const Plan& plan, const History& history) {
  try {
    auto verdict = check.judge(plan, history);
    const auto end = ending(history);
    if (end.completed || check.basis == Basis::facts) return verdict;
    return of_cut_short(check, std::move(verdict), end);
  } catch (const std::exception& e) {
    return inconclusive("the check could not be carried out: {}", e.what());
  }
}

RunVerdict judge(const Plan& plan, const History& history) {
  RunVerdict run;
  for (const auto& check : all()) {
    if (!plan.only.empty() && std::ranges::find(plan.only, check.id) == plan.only.end()) continue;
    Judged judged{&check, judge_one(check, plan, history), false};
    judged.required = std::ranges::find(plan.required, check.id) != plan.required.end() &&
                      !plan.demoted.contains(std::string(check.id));
    for (const auto& waiver : plan.waivers)
      if (waiver.check == check.id && check.id != kGenerator)
        apply_waiver(waiver, history, judged.verdict);
    run.checks.push_back(std::move(judged));
  }
  decide(plan, history, run);
  return run;
}

}  // namespace bhsim::checks
