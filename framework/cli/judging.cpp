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

int conclude(std::string_view command, const Path& run_directory, Reports reports) {
  const auto judged = judge_run(run_directory);
  if (!judged) return complain(command, judged.error());
  if (reports == Reports::write)
    if (const auto written =
            report::write_reports(run_directory, judged->plan, judged->history, judged->verdict);
        !written)
      return complain(command, written.error());
  const auto colour = ::isatty(STDOUT_FILENO) != 0 ? report::Colour::on : report::Colour::off;
  std::cout << report::end_block(judged->verdict, run_directory, colour, &judged->history);
  return checks::exit_code(judged->verdict.status);
}

}  // namespace bhsim::cli
