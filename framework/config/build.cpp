#include "framework/config/build.hpp"

#include <algorithm>
#include <charconv>
#include <set>

#include "framework/base/nearest.hpp"
#include "framework/config/feasibility.hpp"
#include "framework/config/items.hpp"
#include "framework/config/pairs.hpp"
#include "framework/config/settings.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/validate.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

using std::chrono::seconds;

// Reckoned, beyond the time that the application itself takes: containers made, side-car up;
// capture, seal, judge.
constexpr Nanos kBefore = seconds(3);
constexpr Nanos kAfter = seconds(10);
constexpr Nanos kDrain = seconds(15);  // load before, the drain itself, what is read afterwards

// Errors of several files are told together: one round of corrections, not five.
class Complaints {
 public:
  template <typename T>
  void take(Result<T> result, T& into) {
    if (result)
      into = *std::move(result);
    else
      add(result.error());
  }
  void add(const Error& error) {
    if (message_.empty()) code_ = error.code;
    message_ += (message_.empty() ? "" : "\n") + error.message;
  }
  [[nodiscard]] Result<void> result() const {
    if (message_.empty()) return {};
    return fail(Error{code_, message_});
  }

 private:
  ErrorCode code_ = ErrorCode::config;
  std::string message_;
};

// What the command line says, or else the simulation.
Result<std::string> chosen(const std::string& said, const std::string& standing,
                           std::string_view option, const Simulation& simulation) {
  if (!said.empty()) return said;
  if (!standing.empty()) return standing;
  return fail(ErrorCode::usage, "the simulation '{}' names no {}: give --{}=…", simulation.name,
              option, option);
}

template <typename T>
Result<T> load_named(Kind kind, const Path& root, const std::string& said,
                     const std::string& standing, std::string_view option,
                     const Simulation& simulation, Result<T> (*load)(const Path&)) {
  BHSIM_ASSIGN(const std::string name, chosen(said, standing, option, simulation));
  BHSIM_ASSIGN(const Path file, resolve(kind, root, name));
  return load(file);
}

Result<AgentProfile> load_agent(const PlanRequest& request, const Simulation& simulation) {
  BHSIM_ASSIGN(const std::string name,
               chosen(request.agent, simulation.agent, "agent", simulation));
  return resolve_agent(request.resources, name);
}

// Without one nothing is asked of the agent: its checks are then about what its profile claims.
Result<ProductionConfig> load_production(const PlanRequest& request, const Simulation& simulation) {
  const std::string& name = request.config.empty() ? simulation.config : request.config;
  if (name.empty() || name == "none") return ProductionConfig{};
  // The simulation speaks of files below the resources, the command line of files here.
  const Path file = request.config.empty() ? request.resources / name : Path(name);
  return load_production_config(file);
}

Result<Pieces> load_pieces(const PlanRequest& request) {
  Pieces pieces;
  BHSIM_ASSIGN(const Path file, resolve(Kind::simulation, request.resources, request.simulation));
  BHSIM_ASSIGN(pieces.simulation, load_simulation(file));
  // Before what the command line sets: that stands as it is said.
  if (request.duration) fit_swaps(pieces.simulation, *request.duration);
  const auto& simulation = pieces.simulation;
  Complaints complaints;
  complaints.take(load_named(Kind::app, request.resources, request.app, simulation.app, "app",
                             simulation, load_contract),
                  pieces.contract);
  complaints.take(load_agent(request, simulation), pieces.agent);
  complaints.take(load_production(request, simulation), pieces.production);
  complaints.take(load_named(Kind::load, request.resources, request.load, simulation.load, "load",
                             simulation, load_load_profile),
                  pieces.load);
  const auto thresholds = [&]() -> Result<Thresholds> {
    BHSIM_ASSIGN(const std::string name,
                 chosen(request.thresholds, simulation.thresholds, "thresholds", simulation));
    BHSIM_ASSIGN(const Path path, resolve(Kind::thresholds, request.resources, name));
    return load_thresholds(path, request.limits);
  };
  complaints.take(thresholds(), pieces.thresholds);
  BHSIM_TRY(complaints.result());
  if (!request.image.empty()) {
    if (request.image.find_first_of(" \t\n") != std::string::npos)
      return fail(ErrorCode::usage, "--image={}: an image reference has no blanks", request.image);
    pieces.contract.image_ref = request.image;
    pieces.contract.image_build.clear();
  }
  for (const auto& setting : request.set) {
    const auto applied = apply_setting(setting, pieces, request.limits);
    if (!applied) complaints.add(applied.error());
  }
  BHSIM_TRY(complaints.result());
  return pieces;
}

// What no file can say alone.
Result<void> check_together(const Pieces& pieces) {
  const auto& load = pieces.load;
  if (load.slo > load.timeout)
    return fail(ErrorCode::config, "{}: slo {} is longer than timeout {}", load.file.string(),
                spoken(load.slo), spoken(load.timeout));
  if (pieces.contract.start_typical > pieces.contract.start_within)
    return fail(ErrorCode::config, "{}: start: typical {} is longer than within {}",
                pieces.contract.file.string(), spoken(pieces.contract.start_typical),
                spoken(pieces.contract.start_within));
  const bool wants_config = std::any_of(
      pieces.agent.jvm.begin(), pieces.agent.jvm.end(),
      [](const std::string& flag) { return flag.find("{config}") != std::string::npos; });
  if (wants_config && pieces.production.text.empty())
    return fail(ErrorCode::usage,
                "the agent '{}' wants a configuration ({{config}} in {}): give --config=FILE",
                pieces.agent.name, pieces.agent.file.string());
  std::vector<std::string> operations;
  for (const auto& operation : load.operations) operations.push_back(operation.name);
  for (const auto& name : swappable(pieces.contract, pieces.agent)) {
    const auto one =
        std::find_if(pieces.contract.swap_classes.begin(), pieces.contract.swap_classes.end(),
                     [&name](const SwappableClass& swap) { return swap.class_name == name; });
    const bool served =
        std::any_of(one->serves.begin(), one->serves.end(), [&](const std::string& operation) {
          return std::find(operations.begin(), operations.end(), operation) != operations.end();
        });
    if (served) continue;
    const auto close = nearest(one->serves.front(), operations);
    return fail(ErrorCode::config,
                "{}: {} serves {}, none of which the load profile '{}' sends (it sends {}): no "
                "swap could be seen{}",
                pieces.contract.file.string(), name, fmt::join(one->serves, ", "), load.name,
                fmt::join(operations, ", "),
                close ? fmt::format("; did you mean '{}'?", *close) : "");
  }
  return {};
}

Nanos length_of(const std::string& item, const Plan& plan) {
  if (item == kBreakerItem) return length_of_breaker(plan);
  if (item == kRollbackItem) return length_of_rollback(plan);
  if (item == kConfigurationItem) return length_of_configuration(plan);
  return length_of_bad_swaps(plan);
}

std::vector<PlannedSwap> bad_swaps_after(const TimelineRequest& request, const Plan& plan) {
  std::int64_t next = 1;
  for (const auto& swap : plan.swaps) next = std::max(next, swap.generation + 1);
  return plan_bad_swaps(request, next);
}

void add_items(const TimelineRequest& request, const Simulation& simulation, Plan& plan) {
  const bool swaps = !swappable(plan.app, plan.agent).empty();
  for (const auto& name : simulation.conformance) {
    if (!swaps || !asks_for(plan, name)) continue;
    plan.conformance.push_back(name);
    if (name == kBadSwapsItem) plan.conformance_swaps = bad_swaps_after(request, plan);
    plan.items.push_back({name, "conformance", length_of(name, plan)});
  }
  for (const auto& name : simulation.audits) {
    plan.audits.push_back(name);
    plan.items.push_back(
        {name, "audit", name == "drain" ? plan.app.start_typical + kDrain : Nanos(seconds(1))});
  }
}

void add_notes(const Pieces& pieces, Plan& plan) {
  const auto add = [&plan](const LeftOut& out) {
    plan.notes.push_back(fmt::format(
        "{}: {}{}", out.part, out.effect,
        out.checks.empty() ? ""
                           : fmt::format("; not applicable: {}", fmt::join(out.checks, ", "))));
  };
  for (const auto& out : left_out(pieces.contract)) add(out);
  for (const auto& out : left_out(pieces.agent)) add(out);
  const auto able = swappable(plan.app, plan.agent);
  if (!able.empty() && able.size() < plan.app.swap_classes.size())
    plan.notes.push_back(
        fmt::format("{} of {} classes are swapped: the agent '{}' cannot swap those in a package",
                    able.size(), plan.app.swap_classes.size(), plan.agent.name));
  if (able.empty() && !pieces.simulation.conformance.empty())
    plan.notes.push_back("nothing can be swapped, so there is no conformance of swaps either");
  for (const auto& item : plan.conformance)
    if (const auto how = tried_with(plan, item); !how.empty())
      plan.notes.push_back(fmt::format("conformance of {}: {}", item, how));
  const bool writes =
      std::any_of(plan.load.operations.begin(), plan.load.operations.end(),
                  [](const LoadOperation& operation) { return operation.ledger == "write"; });
  if (!plan.app.ledger_ranges.empty() && !writes)
    plan.notes.push_back(fmt::format(
        "ledger: the load profile '{}' writes nothing into it; not applicable: REL-09, REL-10",
        plan.load.name));
}

}  // namespace

Result<std::vector<std::string>> match_checks(const std::vector<std::string>& patterns,
                                              const std::vector<std::string>& checks) {
  std::set<std::string> found;
  for (const auto& pattern : patterns) {
    bool any = false;
    const bool prefix = !pattern.empty() && pattern.back() == '*';
    const auto head = std::string_view(pattern).substr(0, pattern.size() - (prefix ? 1 : 0));
    for (const auto& id : checks) {
      if (prefix ? !id.starts_with(head) : id != head) continue;
      found.insert(id);
      any = true;
    }
    if (any) continue;
    const auto close = nearest(pattern, checks);
    return fail(
        ErrorCode::config, "no check is called '{}'{}", pattern,
        close ? fmt::format("; did you mean '{}'?", *close) : "; `bhsim list checks` names all");
  }
  return std::vector<std::string>(found.begin(), found.end());
}

double planned_outage_share(const Plan& plan) {
  Nanos sum{};
  for (const auto& fault : plan.faults) sum += fault.outage;
  return plan.duration > Nanos{} ? to_seconds(sum) / to_seconds(plan.duration) : 0;
}

Nanos total_length(const Plan& plan) {
  Nanos sum = kBefore + plan.app.start_typical + plan.duration + kAfter;
  for (const auto& item : plan.items) sum += item.length;
  for (const auto& pair : plan.pairs) sum += pair.length;
  return sum;
}

Result<Plan> build_plan(const PlanRequest& request) {
  if (request.checks.empty())
    return fail(ErrorCode::internal, "build plan: the list of checks is empty");
  BHSIM_ASSIGN(Pieces pieces, load_pieces(request));
  BHSIM_TRY(check_together(pieces));

  Plan plan;
  plan.simulation = pieces.simulation.name;
  plan.title = pieces.simulation.title;
  plan.seed = request.seed.value_or(kDefaultSeed);
  BHSIM_ASSIGN(const Division division,
               divide(pieces.simulation, pieces.contract,
                      request.duration.value_or(pieces.simulation.duration)));
  plan.duration = division.load;
  const TimelineRequest timeline{pieces.simulation, pieces.contract, pieces.agent, plan.duration,
                                 plan.seed};
  BHSIM_ASSIGN(Timetable table, plan_timeline(timeline));
  plan.app = pieces.contract;
  plan.jvm = pieces.simulation.jvm;
  plan.agent = pieces.agent;
  plan.production = pieces.production;
  plan.load = pieces.load;
  plan.phases = std::move(table.phases);
  plan.swaps = std::move(table.swaps);
  plan.faults = std::move(table.faults);
  plan.collections = std::move(table.collections);
  plan.pairs = plan_pairs(timeline, division.pairs);
  plan.steps = std::move(table.steps);
  add_items(timeline, pieces.simulation, plan);
  const bool only = !request.only.empty();
  auto required = match_checks(only ? request.only : pieces.simulation.required, request.checks);
  if (!required && only) return fail(ErrorCode::usage, "--only: {}", required.error().message);
  if (!required)
    return fail(required.error().within(pieces.simulation.file.string() + ": required"));
  plan.required = *std::move(required);
  if (only) plan.only = plan.required;
  plan.limits = pieces.thresholds.limits;
  plan.thresholds = pieces.thresholds.name;
  plan.waivers = pieces.simulation.waivers;
  plan.settings = request.set;
  add_notes(pieces, plan);
  plan.demoted = demotions(plan);
  return plan;
}

}  // namespace bhsim::config
