#include <unistd.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <random>

#include "framework/base/units.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/cli/interrupt.hpp"
#include "framework/cli/judging.hpp"
#include "framework/cli/running.hpp"
#include "framework/report/console.hpp"
#include "framework/runner/run.hpp"

namespace bhsim::cli {
namespace {

constexpr std::string_view kAll = "all";

// Shows the run on a terminal as one live block, on a pipe as a line every 30 s.
runner::Observer observer_of(report::Progress& progress) {
  runner::Observer observer;
  observer.notice = [&progress](const std::string& line) { progress.notice(line); };
  observer.load_ended = [&progress] { progress.end(); };
  observer.live = [&progress](const history::LiveState& state) { progress.show(state); };
  return observer;
}

int run_one(const RunWords& words) {
  const auto request = request_of(words);
  if (!request) return complain("run", request.error());
  auto plan = config::build_plan(*request);
  if (!plan) return complain("run", plan.error());
  if (words.dry_run) {
    std::cout << config::describe(*plan);
    return kPass;
  }
  const Interrupt interrupt;
  return run_plan(words, *std::move(plan), interrupt.token()).exit_code;
}

}  // namespace

Result<config::PlanRequest> request_of(const RunWords& words) {
  config::PlanRequest request = words.request;
  request.resources = resources_root();
  if (!words.duration.empty()) {
    BHSIM_ASSIGN(request.duration, parse_duration(words.duration));
  }
  if (!words.intensity.empty()) request.set.push_back("faults.intensity=" + words.intensity);
  for (const auto& check : checks::all()) request.checks.emplace_back(check.id);
  request.limits = known_limits();
  return request;
}

RunDone run_plan(const RunWords& words, config::Plan plan, std::stop_token stop) {
  runner::RunOptions options;
  options.plan = std::move(plan);
  options.run_id = runner::new_run_id(system_clock().wall(), std::random_device{}());
  options.engine_url = words.engine;
  options.out = words.out;
  options.resources = resources_root();
  options.docker = docker_root();
  options.abort_on_fail = words.abort_on_fail;
  options.keep = words.keep;

  std::cerr << report::run_heading(options.run_id, options.plan);
  report::Progress progress(std::cerr, ::isatty(STDERR_FILENO) != 0, system_clock());
  const auto outcome = runner::run(options, observer_of(progress), stop);
  progress.end();
  RunDone done;
  done.id = options.run_id;
  if (!outcome) {
    done.exit_code = complain("run", outcome.error());
    return done;
  }
  done.directory = options.out / options.run_id;
  auto verdict = conclude_run(done.directory, Reports::write);
  if (!verdict) {
    done.exit_code = complain("run", verdict.error());
    return done;
  }
  done.exit_code = checks::exit_code(verdict->status);
  done.verdict = *std::move(verdict);
  if (outcome->end == runner::RunEnd::interrupted) done.exit_code = kInterrupted;
  return done;
}

void add_run(CLI::App& command, int& exit_code) {
  auto words = std::make_shared<RunWords>();
  auto& request = words->request;
  command.add_option("SIMULATION", request.simulation,
                     "A simulation or its file, or all: each of phase 9.2 in turn (production)");
  command.add_option("--duration", words->duration, "Of the load phases and pairs: 10m, 4h …");
  command.add_option("--load", request.load, "low, medium, high, peak, or a file");
  command.add_option("--app", request.app, "A contract, or its file");
  command.add_option("--image", request.image,
                     "The application's image, instead of the contract's");
  command.add_option("--agent", request.agent, "A profile, a jar, or none");
  command.add_option("--config", request.config, "A production-config.yml");
  command.add_option("--thresholds", request.thresholds, "Limits: a name or a file");
  command.add_option("--seed", request.seed, "Everything drawn by chance follows from it (42)");
  command.add_option("--intensity", words->intensity,
                     "Faults so many times as often as the simulation says: 0.1 to 10 (1)");
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
  command.callback([words, &exit_code] {
    exit_code = words->request.simulation == kAll ? run_all(*words) : run_one(*words);
  });
}

}  // namespace bhsim::cli
