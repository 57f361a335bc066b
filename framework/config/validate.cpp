#include "framework/config/validate.hpp"

#include <algorithm>

#include "framework/base/nearest.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/config/yaml.hpp"

namespace bhsim::config {
namespace {

const std::vector<std::string> kSwapChecks{"COMP-01", "COMP-05", "CONC-03", "CONC-04", "CONC-05",
                                           "LOAD-02", "PERF-04", "PERF-05", "REL-02",  "REL-03",
                                           "REL-06",  "REL-07",  "STAB-03", "STAB-07"};

Result<Validation> contract_file(const Path& file) {
  BHSIM_ASSIGN(const Contract contract, load_contract(file));
  Validation out{"contract", contract.name, left_out(contract), {}};
  if (!contract.image_ref.empty() && contract.image_ref.find("@sha256:") == std::string::npos)
    out.notes.push_back(fmt::format(
        "image: '{}' is not named by digest: SEC-20 fails unless it is local", contract.image_ref));
  const bool takes_agent = std::any_of(
      contract.command.begin(), contract.command.end(),
      [](const std::string& word) { return word.find("{agent}") != std::string::npos; });
  if (!takes_agent)
    out.notes.push_back("command: without \"{agent}\" no agent is ever started with it");
  return out;
}

Result<Validation> agent_file(const Path& file) {
  BHSIM_ASSIGN(const AgentProfile agent, load_agent_profile(file));
  return Validation{"agent profile", agent.name, left_out(agent), {}};
}

Result<Validation> production_file(const Path& file) {
  BHSIM_ASSIGN(const ProductionConfig config, load_production_config(file));
  Validation out{"production configuration", file.filename().string(), {}, {}};
  out.notes.push_back(fmt::format("SHA-256 {}", config.sha256));
  return out;
}

Result<Validation> load_file(const Path& file) {
  BHSIM_ASSIGN(const LoadProfile load, load_load_profile(file));
  Validation out{"load profile", load.name, {}, {}};
  const auto has = [&load](std::string_view role) {
    return std::any_of(load.operations.begin(), load.operations.end(),
                       [role](const LoadOperation& operation) { return operation.ledger == role; });
  };
  if (!has("write"))
    out.left_out.push_back(
        {"ledger: write", "no write is followed, so none can be found lost", {"REL-09", "REL-10"}});
  return out;
}

Result<Validation> operations_file(const Path& file) {
  BHSIM_TRY(load_operations(file));
  return Validation{"list of operations", file.filename().string(), {}, {}};
}

Result<Validation> simulation_file(const Path& file) {
  BHSIM_ASSIGN(const Simulation simulation, load_simulation(file));
  Validation out{"simulation", simulation.name, {}, {}};
  const auto has = [&simulation](const auto& schedule) {
    return std::any_of(
        simulation.phases.begin(), simulation.phases.end(),
        [schedule](const SimulationPhase& phase) { return (phase.*schedule).has_value(); });
  };
  if (!has(&SimulationPhase::swaps))
    out.left_out.push_back({"swaps", "no phase swaps", kSwapChecks});
  if (!has(&SimulationPhase::faults))
    out.left_out.push_back({"faults", "no phase breaks anything", {}});
  if (simulation.conformance.empty())
    out.left_out.push_back(
        {"conformance", "no invalid change is tried", {"REL-02", "REL-03", "REL-06"}});
  if (std::find(simulation.audits.begin(), simulation.audits.end(), "drain") ==
      simulation.audits.end())
    out.left_out.push_back({"audits: drain", "no stop in order is tried", {"HLTH-05"}});
  return out;
}

Result<Validation> thresholds_file(const Path& file, std::span<const KnownLimit> known) {
  BHSIM_ASSIGN(const Thresholds thresholds, load_thresholds(file, known));
  Validation out{"thresholds", thresholds.name, {}, {}};
  out.notes.push_back(fmt::format("{} limits", thresholds.limits.size()));
  std::vector<std::string> absent;
  for (const auto& limit : known)
    if (!thresholds.limits.contains(limit.id)) absent.push_back(limit.id);
  if (!absent.empty())
    out.notes.push_back(fmt::format("the default stands for {}", fmt::join(absent, ", ")));
  return out;
}

}  // namespace

Result<Validation> validate_file(const Path& file, std::span<const KnownLimit> known) {
  BHSIM_ASSIGN(const std::string text, read_yaml_text(file));
  BHSIM_ASSIGN(const YamlNode tree, parse_yaml(text, file.string()));
  static const std::vector<std::string> kinds{"app",  "agent",      "bytehot",
                                              "load", "simulation", "thresholds"};
  const auto refuse = [&](Place place, std::string_view what) {
    return fail(ErrorCode::config, "{}:{}:{}: {}; a file of bhsim begins with one of {}",
                file.string(), place.line, place.column, what, fmt::join(kinds, ", "));
  };
  if (tree.kind != YamlKind::mapping || tree.entries.empty())
    return refuse(tree.place, "it is not a mapping of keys");
  const YamlNode& first = tree.entries.front().key;
  if (first.text == "app") return contract_file(file);
  if (first.text == "agent") return agent_file(file);
  if (first.text == "bytehot") return production_file(file);
  if (first.text == "load") return load_file(file);
  // A load profile's operations alone, for `bhsim load`.
  if (first.text == "operations" || first.text == "data" || first.text == "skus")
    return operations_file(file);
  if (first.text == "simulation") return simulation_file(file);
  if (first.text == "thresholds") return thresholds_file(file, known);
  const auto close = nearest(first.text, kinds);
  return refuse(first.place,
                fmt::format("the first key is '{}'{}", first.text,
                            close ? fmt::format(" (did you mean '{}'?)", *close) : ""));
}

std::vector<LeftOut> left_out(const Contract& contract) {
  std::vector<LeftOut> out;
  if (contract.live_path.empty())
    out.push_back({"live", "whether the process lives is only seen from outside", {}});
  if (contract.metrics_path.empty())
    out.push_back({"metrics", "the application's own counts are not looked at", {}});
  if (contract.swap_directory.empty())
    out.push_back({"swap", "no class can be swapped", kSwapChecks});
  else if (contract.swap_groups.empty())
    out.push_back({"swap.groups", "no classes are swapped together", {"CONC-04"}});
  if (contract.ledger_ranges.empty())
    out.push_back(
        {"ledger", "acknowledged writes cannot be read back", {"CONC-06", "REL-09", "REL-10"}});
  else if (std::find(contract.ledger_survives.begin(), contract.ledger_survives.end(), "kill") ==
           contract.ledger_survives.end())
    out.push_back({"ledger.survives: kill",
                   "the application is never killed, since its writes would be lost",
                   {}});
  if (!contract.ledger_ranges.empty() && contract.ledger_total.empty())
    out.push_back({"ledger.total", "no count of the application's own is compared", {"CONC-06"}});
  if (contract.audit_file.empty() && !contract.swap_directory.empty())
    out.push_back({"audit",
                   "it is not known where an audit log lies: COMP-01 fails with an agent that "
                   "claims one, and is not applicable with any other",
                   {}});
  return out;
}

std::vector<LeftOut> left_out(const AgentProfile& agent) {
  std::vector<LeftOut> out;
  if (!agent.present()) {
    out.push_back({"agent", "none is started, so nothing is swapped", kSwapChecks});
    return out;
  }
  if (agent.accepts.empty())
    out.push_back({"accepts", "it takes no change, so nothing is swapped", kSwapChecks});
  if (!agent.claims.audit)
    out.push_back({"claims.audit",
                   "it keeps no audit log: COMP-01 fails where the contract names one, and is not "
                   "applicable elsewhere",
                   {}});
  std::vector<std::string> unclaimed;
  for (const auto& key : kConfigurationKeys)
    if (std::find(agent.claims.configuration.begin(), agent.claims.configuration.end(), key) ==
        agent.claims.configuration.end())
      unclaimed.push_back(key);
  if (!unclaimed.empty())
    out.push_back(
        {"claims.configuration",
         unclaimed.size() == kConfigurationKeys.size()
             ? std::string(
                   "it claims to obey no key of a configuration: COMP-04 fails where one is "
                   "given")
             : fmt::format("it does not claim to obey {}", fmt::join(unclaimed, ", ")),
         {}});
  if (agent.thread_prefix.empty())
    out.push_back({"thread_prefix", "its own threads cannot be told from the application's", {}});
  return out;
}

}  // namespace bhsim::config
