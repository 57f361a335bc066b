#include "clean_parts.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::checks::clean {

using namespace std::chrono_literals;

config::Plan the_plan() {
  config::Plan plan;
  plan.simulation = "production";
  plan.seed = 42;
  plan.duration = 600s;
  plan.app.name = "ProductionSimulationApp";
  plan.app.ready_path = "/health/ready";
  plan.app.live_path = "/health/live";
  plan.app.metrics_path = "/metrics";
  plan.app.swap_directory = "/classes";
  for (const auto* name : kClasses)
    plan.app.swap_classes.push_back({name, {"quote"}, std::string("X-Version-") + name});
  plan.app.ledger_ranges = "/ledger/{writer}?from={from}&to={to}";
  plan.app.ledger_survives = {"kill", "restart"};
  plan.app.ledger_total = "orders_total";
  plan.app.swap_groups = {{kClasses[0], kClasses[1]}};
  plan.app.audit_file = "/state/audit.log";
  plan.app.volumes = {"/state"};
  plan.agent.name = "reference";
  plan.agent.accepts = {"method-body"};
  plan.agent.thread_prefix = "bhsim-agent";
  plan.agent.claims.audit = true;
  plan.agent.claims.configuration = config::kConfigurationKeys;
  plan.production.text = "bytehot: {}\n";
  plan.production.sha256 = std::string(64, 'c');
  plan.load.name = "high";
  plan.load.rate_per_s = static_cast<double>(kRate);
  const auto phase = [&](const char* name, Nanos start, Nanos length, bool swaps, bool faults) {
    plan.phases.push_back({name, start, length, swaps, faults});
  };
  phase("warm-up", 0s, 30s, false, false);
  phase("baseline", 30s, 90s, false, false);
  phase("steady", 120s, 360s, true, false);
  phase("disrupt", 480s, 90s, false, true);
  phase("recover", 570s, 30s, false, false);
  plan.steps = {
      {std::chrono::seconds(kStep), std::chrono::seconds(kStepEnd - kStep), 1.5, "baseline"}};
  plan.conformance = {"bad-swaps", "breaker", "rollback", "configuration"};
  plan.agent.breaker = {.failures = 3, .pause = 4s, .jvm = {}};
  plan.agent.metrics = {{"breaker_open", "breaker{state=\"open\"}"},
                        {"rolled_back", "rolled_back"}};
  plan.agent.events = {"com.example.Swap"};
  plan.agent.log["retry"] = "RETRY class={class} ";
  plan.agent.log["breaker"] = "BREAKER to=(.*)";
  plan.audits = {"container", "drain"};
  for (const auto& check : all()) plan.required.emplace_back(check.id);
  return plan;
}

}  // namespace bhsim::checks::clean
