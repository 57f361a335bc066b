// `bhsim run all`: everything of phase 9.2 by one command.

#include <algorithm>
#include <array>
#include <iostream>

#include "checks/criteria.hpp"
#include "framework/base/units.hpp"
#include "framework/cli/command.hpp"
#include "framework/cli/interrupt.hpp"
#include "framework/cli/judging.hpp"
#include "framework/cli/running.hpp"
#include "framework/config/pairs.hpp"
#include "framework/config/timeline.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::cli {
namespace {

// What would make the readiness report of them worthless, or the runs disturb each other.
Result<void> refuse_words(const RunWords& words) {
  if (!words.request.only.empty())
    return fail(ErrorCode::usage,
                "--only judges some checks, and `run all` ends in a report on all of them; name "
                "one simulation");
  if (words.keep)
    return fail(ErrorCode::usage,
                "--keep would leave each simulation's containers to the next; name one simulation");
  return {};
}

std::vector<std::string> simulations_there() {
  const auto there = config::names(config::Kind::simulation, resources_root());
  std::vector<std::string> names;
  for (const auto& section : checks::sections())
    if (std::ranges::find(there, section.simulation) != there.end())
      names.emplace_back(section.simulation);
  return names;
}

// One answer for all of them, instead of one refusal after the other.
Result<void> long_enough(const std::vector<std::string>& names,
                         const config::PlanRequest& request) {
  const Nanos duration = *request.duration;
  Nanos shortest{};
  std::vector<std::string> too_short;
  for (const auto& name : names) {
    BHSIM_ASSIGN(const auto file,
                 config::resolve(config::Kind::simulation, resources_root(), name));
    BHSIM_ASSIGN(const auto simulation, config::load_simulation(file));
    BHSIM_ASSIGN(const auto contract_file,
                 config::resolve(config::Kind::app, resources_root(),
                                 request.app.empty() ? simulation.app : request.app));
    BHSIM_ASSIGN(const auto contract, config::load_contract(contract_file));
    const Nanos least = config::shortest_duration(simulation, contract);
    shortest = std::max(shortest, least);
    if (duration < least) too_short.push_back(name);
  }
  if (too_short.empty()) return {};
  return fail(ErrorCode::usage,
              "--duration={}: too short for {}; the shortest that works for all {} is {}",
              format_duration(duration), fmt::join(too_short, ", "), names.size(),
              format_duration(shortest));
}

// Everything is decided before anything starts.
Result<std::vector<config::Plan>> plans_of(const RunWords& words) {
  BHSIM_TRY(refuse_words(words));
  BHSIM_ASSIGN(auto request, request_of(words));
  const auto names = simulations_there();
  if (request.duration) BHSIM_TRY(long_enough(names, request));
  std::vector<config::Plan> plans;
  for (const auto& name : names) {
    request.simulation = name;
    auto plan = config::build_plan(request);
    if (!plan) return fail(plan.error().within(name));
    plans.push_back(*std::move(plan));
  }
  return plans;
}

Nanos total_of(const std::vector<config::Plan>& plans) {
  Nanos sum{};
  for (const auto& plan : plans) sum += config::total_length(plan);
  return sum;
}

std::string length_line(const std::vector<config::Plan>& plans) {
  return fmt::format("{} simulations, one after the other: about {} in all\n", plans.size(),
                     format_duration(std::chrono::round<std::chrono::seconds>(total_of(plans))));
}

struct Row {
  const config::Plan* plan;
  RunDone done;
};

std::string summary(const std::vector<Row>& rows, const std::vector<config::Plan>& plans) {
  std::string text = "\n";
  for (const auto& plan : plans) {
    const auto row = std::ranges::find(rows, &plan, &Row::plan);
    std::string what = "not started";
    if (row != rows.end() && row->done.verdict)
      what = fmt::format("{:<12} {}  {}", report::upper(to_string(row->done.verdict->status)),
                         row->done.id, report::counts_line(*row->done.verdict));
    else if (row != rows.end())
      what = "did not begin";
    text +=
        fmt::format("  {:<14} {:<6} {}\n", plan.simulation, format_duration(plan.duration), what);
  }
  return text;
}

// With the engine gone or the user's word to stop, the next one would fare no better.
bool ends_all(int exit_code) {
  return exit_code == kInterrupted || exit_code == kEngine || exit_code == kInternal;
}

std::vector<Row> run_in_turn(const RunWords& words, const std::vector<config::Plan>& plans,
                             const std::stop_token& stop) {
  std::vector<Row> rows;
  for (const auto& plan : plans) {
    if (stop.stop_requested()) break;
    std::cerr << fmt::format("\n{} of {}: {}\n", rows.size() + 1, plans.size(), plan.simulation);
    rows.push_back({&plan, run_plan(words, plan, stop)});
    if (ends_all(rows.back().done.exit_code)) break;
  }
  return rows;
}

}  // namespace

int worst_exit_code(const std::vector<int>& codes) {
  constexpr std::array kOrder = {kInterrupted, kInternal, kFail, kEngine, kUsage, kInconclusive};
  for (const auto code : kOrder)
    if (std::ranges::find(codes, static_cast<int>(code)) != codes.end()) return code;
  return codes.empty() ? kInconclusive : kPass;
}

int run_all(const RunWords& words) {
  const auto plans = plans_of(words);
  if (!plans) return complain("run all", plans.error());
  if (words.dry_run) {
    for (const auto& plan : *plans) std::cout << config::describe(plan) << "\n";
    std::cout << length_line(*plans);
    return kPass;
  }
  std::cerr << length_line(*plans);
  const Interrupt interrupt;
  const auto rows = run_in_turn(words, *plans, interrupt.token());
  std::vector<int> codes;
  std::vector<Path> directories;
  for (const auto& [plan, done] : rows) {
    codes.push_back(done.exit_code);
    if (!done.directory.empty()) directories.push_back(done.directory);
  }
  if (interrupt.requested()) codes.push_back(kInterrupted);
  std::cout << summary(rows, *plans);
  if (!directories.empty())
    conclude_assessment("run all", directories, {}, std::nullopt, words.out);
  return worst_exit_code(codes);
}

}  // namespace bhsim::cli
