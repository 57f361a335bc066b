#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <random>

#include "checks/check.hpp"
#include "framework/base/units.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/cli/interrupt.hpp"
#include "framework/cli/judging.hpp"
#include "framework/config/build.hpp"
#include "framework/report/console.hpp"
#include "framework/runner/run.hpp"

namespace bhsim::cli {
namespace {

struct RunWords {
  config::PlanRequest request;
  std::string duration;
  std::string engine;
  Path out = "runs";
  bool abort_on_fail = false;
  bool keep = false;
  bool dry_run = false;
};

Result<config::Plan> plan_of(const RunWords& words) {
  config::PlanRequest request = words.request;
  request.resources = resources_root();
  if (!words.duration.empty()) {
    BHSIM_ASSIGN(request.duration, parse_duration(words.duration));
  }
  for (const auto& check : checks::all()) request.checks.emplace_back(check.id);
  request.limits = known_limits();
  return config::build_plan(request);
}

// Shows the run on a terminal as one live block, on a pipe as a line every 30 s.
runner::Observer observer_of(report::Progress& progress) {
  runner::Observer observer;
  observer.notice = [&progress](const std::string& line) { progress.notice(line); };
  observer.load_ended = [&progress] { progress.end(); };
  observer.live = [&progress](const history::LiveState& state) { progress.show(state); };
  return observer;
}

int run(const RunWords& words) {
  auto plan = plan_of(words);
  if (!plan) return complain("run", plan.error());
  if (words.dry_run) {
    std::cout << config::describe(*plan);
    return kPass;
  }
  runner::RunOptions options;
  options.plan = std::move(*plan);
  options.run_id = runner::new_run_id(system_clock().wall(), std::random_device{}());
  options.engine_url = words.engine;
  options.out = words.out;
  options.resources = resources_root();
  options.docker = docker_root();
  options.abort_on_fail = words.abort_on_fail;
  options.keep = words.keep;

  const Interrupt interrupt;
  std::cerr << report::run_heading(options.run_id, options.plan);
  report::Progress progress(std::cerr, ::isatty(STDERR_FILENO) != 0, system_clock());
  const auto outcome = runner::run(options, observer_of(progress), interrupt.token());
  progress.end();
  if (!outcome) return complain("run", outcome.error());
  const int verdict = conclude("run", options.out / options.run_id, Reports::write);
  if (outcome->end == runner::RunEnd::interrupted) return kInterrupted;
  return verdict;
}

}  // namespace

void add_run(CLI::App& command, int& exit_code) {
  auto words = std::make_shared<RunWords>();
  auto& request = words->request;
  command.add_option("SIMULATION", request.simulation, "A simulation or its file (production)");
  command.add_option("--duration", words->duration, "Of the load phases: 10m, 4h …");
  command.add_option("--load", request.load, "low, medium, high, peak, or a file");
  command.add_option("--app", request.app, "A contract, or its file");
  command.add_option("--image", request.image,
                     "The application's image, instead of the contract's");
  command.add_option("--agent", request.agent, "A profile, a jar, or none");
  command.add_option("--config", request.config, "A production-config.yml");
  command.add_option("--thresholds", request.thresholds, "Limits: a name or a file");
  command.add_option("--seed", request.seed, "Everything drawn by chance follows from it (42)");
  command.add_option("--engine", words->engine,
                     "unix:///…, tcp://…; otherwise as the docker client finds it");
  command.add_option("--out", words->out, "Where run directories lie (runs)");
  command.add_option("--set", request.set, "KEY=VALUE over what the files say");
  command.add_option("--only", request.only, "Judge only these checks, and require them")
      ->delimiter(',');
  command.add_flag("--abort-on-fail", words->abort_on_fail,
                   "End as soon as a required check cannot pass any more");
  command.add_flag("--keep", words->keep,
                   "Leave the containers for a look; bhsim clean removes them");
  command.add_flag("--dry-run", words->dry_run, "Print the whole timeline and start nothing");
  command.callback([words, &exit_code] { exit_code = run(*words); });
}

}  // namespace bhsim::cli
