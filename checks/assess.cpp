#include "checks/assess.hpp"

#include <algorithm>

#include "checks/limits.hpp"
#include "checks/select.hpp"

namespace bhsim::checks {
namespace {

// The duration comes last: of two that differ in it alone, the longer one does the work of both.
std::string command_of(std::string_view simulation, Nanos least, std::string_view subject) {
  auto command = fmt::format("bhsim run {}", simulation);
  if (!subject.empty()) command += fmt::format(" {}", subject);
  if (least > Nanos{})
    command += fmt::format(" --duration={}h",
                           std::chrono::duration_cast<std::chrono::hours>(least).count());
  return command;
}

const CountedRun* run_of(std::span<const CountedRun> runs, std::string_view simulation) {
  const auto found = std::ranges::find_if(
      runs, [&](const CountedRun& run) { return run.plan.simulation == simulation; });
  return found == runs.end() ? nullptr : &*found;
}

const Judged* judged_in(const CountedRun& run, std::string_view id) {
  const auto found = std::ranges::find_if(
      run.verdict.checks, [&](const Judged& judged) { return judged.check->id == id; });
  return found == run.verdict.checks.end() ? nullptr : &*found;
}

// The first limit of a check that is on the easy side of the document's, in words.
std::optional<std::string> laxer_limit(const config::Plan& plan, std::string_view id) {
  for (const auto& spec : limit_specs()) {
    if (spec.id.substr(0, spec.id.find('.')) != id) continue;
    const auto limit = limit_of(plan, spec.id);
    const bool laxer = spec.relation.starts_with('<')   ? limit.value > spec.value
                       : spec.relation.starts_with('>') ? limit.value < spec.value
                                                        : limit.value != spec.value;
    if (laxer)
      return fmt::format("it was held to {} {:.4g} {}, and the document asks for {} {:.4g} {}",
                         limit.relation, limit.value, spec.unit, spec.relation, spec.value,
                         spec.unit);
  }
  return std::nullopt;
}

// What a run says of a check.
Part part_of(const CountedRun& run, const Judged& judged, std::string command) {
  Part part;
  part.check = judged.check->id;
  part.status = judged.verdict.status;
  part.because = judged.verdict.because;
  part.simulation = run.plan.simulation;
  part.run = run.id;
  part.verdict = judged.verdict;
  // A failed run may be invalid besides: then only what it counted says anything.
  const bool counts = part.status == Status::not_applicable ||
                      (part.status == Status::fail && judged.verdict.counted);
  if (!run.verdict.invalid.empty() && !counts) {
    part.status = Status::inconclusive;
    part.because = fmt::format("the run is invalid: {}", fmt::join(run.verdict.invalid, "; "));
  }
  if (part.status == Status::inconclusive) part.command = std::move(command);
  return part;
}

// --- one check in the run that has to show it --------------------------------------------------

struct Question {
  const Criterion& criterion;
  const Demand& demand;
  std::string_view simulation;
  std::string_view check;
};

// Why what a run says of a check shows nothing; nothing when it does.
std::optional<std::string> shows_nothing(const Question& question, const CountedRun& run,
                                         const Judged& judged) {
  if (!judged.required) {
    const auto demoted = run.plan.demoted.find(std::string(question.check));
    return demoted == run.plan.demoted.end()
               ? std::string("the run does not require it")
               : fmt::format("it was advisory in this run: {}", demoted->second);
  }
  if (judged.verdict.status != Status::pass) return std::nullopt;
  if (run.plan.duration < question.demand.least)
    return fmt::format("the run took {}, and {} are asked for", spoken(run.plan.duration),
                       spoken(question.demand.least));
  if (question.criterion.figure == Figure::none) return std::nullopt;
  return laxer_limit(run.plan, question.check);
}

Part answer(const Question& question, std::span<const CountedRun> runs, std::string_view subject) {
  Part part;
  part.check = question.check;
  part.simulation = question.simulation;
  if (find(question.check) == nullptr) {
    part.because = "not judged by this version of bhsim";
    return part;
  }
  part.command = command_of(question.simulation, question.demand.least, subject);
  const auto* run = run_of(runs, question.simulation);
  if (run == nullptr) {
    part.because = fmt::format("there is no valid run of '{}'", question.simulation);
    return part;
  }
  part.run = run->id;
  const auto* judged = judged_in(*run, question.check);
  if (judged == nullptr) {
    part.because = "the run did not judge it";
    return part;
  }
  Part found = part_of(*run, *judged, part.command);
  if (found.status == Status::not_applicable) return found;
  if (auto nothing = shows_nothing(question, *run, *judged)) {
    found.status = Status::inconclusive;
    found.because = *std::move(nothing);
    found.command = part.command;
  }
  return found;
}

// --- the criteria ------------------------------------------------------------------------------

bool has(const std::vector<Part>& parts, std::string_view check, std::string_view run) {
  return std::ranges::any_of(
      parts, [&](const Part& part) { return part.check == check && part.run == run; });
}

// What the other runs say in which a check of the criterion decides.
void add_other_runs(const Criterion& criterion, std::span<const CountedRun> runs,
                    std::string_view subject, std::vector<Part>& parts) {
  for (const auto id : checks_of(criterion))
    for (const auto& run : runs) {
      const auto* judged = judged_in(run, id);
      if (judged == nullptr || !judged->required || has(parts, id, run.id)) continue;
      if (judged->verdict.status == Status::not_applicable) continue;
      parts.push_back(part_of(run, *judged, command_of(run.plan.simulation, {}, subject)));
    }
}

// The order in which one status outweighs another.
constexpr std::array kWorstFirst = {Status::fail, Status::inconclusive, Status::waived,
                                    Status::pass, Status::not_applicable};

Status worst_of(const std::vector<Part>& parts) {
  for (const auto status : kWorstFirst)
    if (std::ranges::find(parts, status, &Part::status) != parts.end()) return status;
  return Status::inconclusive;
}

std::vector<Part> by_checks(const Criterion& criterion, std::span<const CountedRun> runs,
                            std::string_view subject) {
  std::vector<Part> parts;
  for (const auto& demand : criterion.demands)
    for (const auto simulation : words_of(demand.simulations))
      for (const auto check : words_of(demand.checks))
        parts.push_back(answer({criterion, demand, simulation, check}, runs, subject));
  add_other_runs(criterion, runs, subject, parts);
  return parts;
}

Part by_tests(const std::optional<TestResults>& tests) {
  Part part;
  if (!tests) {
    part.because = "no results of tests were given";
    part.command = "./scripts/test; bhsim assess --tests=build/test/test-results.xml";
    return part;
  }
  const auto& [file, passed, failed, skipped, failures] = *tests;
  part.because =
      fmt::format("{} passed, {} failed, {} skipped ({})", passed, failed, skipped, file);
  if (!failures.empty())
    part.because += fmt::format(": {}{}", fmt::join(failures, ", "),
                                failed > static_cast<std::int64_t>(failures.size()) ? " …" : "");
  if (failed > 0)
    part.status = Status::fail;
  else if (passed > 0)
    part.status = Status::pass;
  else
    part.because += ": nothing was tested";
  return part;
}

Part by_a_person() {
  Part part;
  part.because = "only a person can verify it, and this version keeps no attestation";
  return part;
}

JudgedCriterion judge_criterion(const Criterion& criterion, std::span<const CountedRun> runs,
                                const std::optional<TestResults>& tests, std::string_view subject) {
  JudgedCriterion judged;
  judged.criterion = &criterion;
  switch (criterion.shown_by) {
    case ShownBy::checks:
      judged.parts = by_checks(criterion, runs, subject);
      break;
    case ShownBy::tests:
      judged.parts = {by_tests(tests)};
      break;
    case ShownBy::a_person:
      judged.parts = {by_a_person()};
      break;
  }
  judged.status = worst_of(judged.parts);
  return judged;
}

// --- what no criterion names -------------------------------------------------------------------

bool is_of_a_criterion(std::string_view id) {
  return std::ranges::any_of(criteria(), [id](const Criterion& criterion) {
    const auto ids = checks_of(criterion);
    return std::ranges::find(ids, id) != ids.end();
  });
}

std::vector<Part> beside_the_criteria(std::span<const CountedRun> runs, std::string_view subject) {
  std::vector<Part> parts;
  for (const auto& run : runs) {
    for (const auto& judged : run.verdict.checks) {
      const auto status = judged.verdict.status;
      if (!judged.required || is_of_a_criterion(judged.check->id)) continue;
      if (status == Status::pass || status == Status::not_applicable) continue;
      parts.push_back(part_of(run, judged, command_of(run.plan.simulation, {}, subject)));
    }
    for (const auto& id : run.plan.required) {
      if (find(id) != nullptr || run.plan.demoted.contains(id)) continue;
      Part part;
      part.check = id;
      part.because = "the run requires it, and this version of bhsim does not judge it";
      part.simulation = run.plan.simulation;
      part.run = run.id;
      parts.push_back(std::move(part));
    }
  }
  return parts;
}

void decide_assessment(Assessment& assessment) {
  std::int64_t failed = 0, open = 0, passed = 0, waived = 0, none = 0;
  for (const auto& judged : assessment.criteria) {
    switch (judged.status) {
      case Status::fail:
        ++failed;
        break;
      case Status::inconclusive:
        ++open;
        break;
      case Status::pass:
        ++passed;
        break;
      case Status::waived:
        ++waived;
        break;
      case Status::not_applicable:
        ++none;
        break;
    }
  }
  const auto worst_beside = assessment.beside.empty() ? Status::pass : worst_of(assessment.beside);
  std::vector<std::string> words{
      fmt::format("{} of {} criteria passed", passed, assessment.criteria.size())};
  const auto add = [&words](std::int64_t count, std::string_view what) {
    if (count > 0) words.push_back(fmt::format("{} {}", count, what));
  };
  add(failed, "failed");
  add(open, "inconclusive");
  add(waived, "waived");
  add(none, "not applicable");
  add(std::ranges::count(assessment.beside, Status::fail, &Part::status),
      "failed beside the criteria");
  assessment.because = fmt::format("{}", fmt::join(words, ", "));
  if (failed > 0 || worst_beside == Status::fail)
    assessment.status = RunStatus::fail;
  else if (open > 0 || worst_beside == Status::inconclusive || passed == 0)
    assessment.status = RunStatus::inconclusive;
  else
    assessment.status = RunStatus::pass;
}

}  // namespace

Assessment assess(std::span<const CountedRun> runs, const std::optional<TestResults>& tests,
                  std::string_view subject) {
  Assessment assessment;
  for (const auto& criterion : criteria())
    assessment.criteria.push_back(judge_criterion(criterion, runs, tests, subject));
  assessment.beside = beside_the_criteria(runs, subject);
  decide_assessment(assessment);
  return assessment;
}

std::vector<Reason> reasons_of(std::span<const Part> parts, Status status) {
  std::vector<Reason> reasons;
  for (const auto& part : parts) {
    if (part.status != status) continue;
    const auto same = std::ranges::find(reasons, part.because, &Reason::because);
    auto& reason = same == reasons.end() ? reasons.emplace_back() : *same;
    reason.because = part.because;
    if (!part.check.empty() && std::ranges::find(reason.checks, part.check) == reason.checks.end())
      reason.checks.push_back(part.check);
  }
  return reasons;
}

std::vector<Task> tasks_of(const Assessment& assessment) {
  std::vector<Task> tasks;
  const auto add = [&tasks](const std::vector<Part>& parts, std::string_view criterion) {
    for (const auto& part : parts) {
      if (part.command.empty()) continue;
      const auto same = std::ranges::find(tasks, part.command, &Task::command);
      auto& task = same == tasks.end() ? tasks.emplace_back(Task{part.command, {}}) : *same;
      if (std::ranges::find(task.criteria, criterion) == task.criteria.end())
        task.criteria.emplace_back(criterion);
    }
  };
  for (const auto& judged : assessment.criteria) add(judged.parts, judged.criterion->id);
  add(assessment.beside, "beside the criteria");
  for (auto task = tasks.begin(); task != tasks.end();) {
    const auto longer = std::ranges::find_if(tasks, [&](const Task& other) {
      return other.command.starts_with(task->command + " --duration=");
    });
    if (longer == tasks.end()) {
      ++task;
      continue;
    }
    for (auto& criterion : task->criteria)
      if (std::ranges::find(longer->criteria, criterion) == longer->criteria.end())
        longer->criteria.push_back(criterion);
    task = tasks.erase(task);
  }
  return tasks;
}

}  // namespace bhsim::checks
