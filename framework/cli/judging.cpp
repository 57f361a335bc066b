#include "framework/cli/judging.hpp"

#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "checks/limits.hpp"
#include "framework/cli/command.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/store.hpp"
#include "framework/report/console.hpp"
#include "framework/report/report.hpp"

namespace bhsim::cli {

std::vector<config::KnownLimit> known_limits() {
  std::vector<config::KnownLimit> limits;
  for (const auto& spec : checks::limit_specs())
    limits.push_back({std::string(spec.id), std::string(spec.relation), std::string(spec.unit)});
  return limits;
}

Result<JudgedRun> judge_run(const Path& run_directory) {
  if (std::filesystem::exists(run_directory / "manifest.json"))
    BHSIM_TRY(history::verify_manifest(run_directory));
  BHSIM_ASSIGN(auto history, history::History::open(run_directory));
  const auto stored = history.fact(history::fact::kPlan);
  if (!stored)
    return fail(ErrorCode::usage, "{}: the store holds no plan: the run ended before it had begun",
                run_directory.string());
  BHSIM_ASSIGN(auto plan, config::plan_from_json(*stored));
  auto verdict = checks::judge(plan, history);
  return JudgedRun{std::move(plan), std::move(history), std::move(verdict)};
}

namespace {

report::Colour colour_of_output() {
  return ::isatty(STDOUT_FILENO) != 0 ? report::Colour::on : report::Colour::off;
}

}  // namespace

Result<checks::RunVerdict> conclude_run(const Path& run_directory, Reports reports) {
  BHSIM_ASSIGN(auto judged, judge_run(run_directory));
  if (reports == Reports::write)
    BHSIM_TRY(report::write_reports(run_directory, judged.plan, judged.history, judged.verdict));
  std::cout << report::end_block(judged.verdict, run_directory, colour_of_output(), &judged.history)
            << std::flush;
  return std::move(judged.verdict);
}

int conclude(std::string_view command, const Path& run_directory, Reports reports) {
  const auto verdict = conclude_run(run_directory, reports);
  if (!verdict) return complain(command, verdict.error());
  return checks::exit_code(verdict->status);
}

int conclude_assessment(std::string_view command, const std::vector<Path>& runs,
                        const SubjectQuery& query, const std::optional<checks::TestResults>& tests,
                        const Path& out) {
  auto readiness = count_runs(runs, query);
  if (!readiness) return complain(command, readiness.error());
  readiness->assessment = checks::assess(readiness->runs, tests, readiness->subject.words);
  const Path folder = out / "readiness";
  if (const auto written = report::write_readiness(folder, *readiness); !written)
    return complain(command, written.error());
  std::cout << report::readiness_block(*readiness, folder, colour_of_output());
  return checks::exit_code(readiness->assessment.status);
}

}  // namespace bhsim::cli
