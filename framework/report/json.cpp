#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/history/names.hpp"
#include "framework/report/diagnosis.hpp"
#include "framework/report/evidence.hpp"
#include "framework/report/formats.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/recovery.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using nlohmann::json;

// Numbers that JSON has no word for, and what is not there, are null.
json number(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? json(*value) : json(nullptr);
}

json text(std::string_view value) { return valid_utf8(value); }

json check_json(const checks::Judged& judged, Time start) {
  const auto& check = *judged.check;
  const auto& verdict = judged.verdict;
  json evidence = json::array();
  for (const auto& one : verdict.evidence)
    evidence.push_back({{"table", text(one.table)}, {"where", text(one.where)}});
  json result = {{"id", text(check.id)},
                 {"title", text(check.title)},
                 {"status", status_id(verdict.status)},
                 {"required", judged.required},
                 {"counted", verdict.counted},
                 {"because", text(verdict.because)},
                 {"value", number(verdict.value)},
                 {"limit", number(verdict.limit)},
                 {"relation", text(verdict.relation)},
                 {"unit", text(verdict.unit)},
                 {"samples", verdict.samples},
                 {"interval", nullptr},
                 {"window_s", nullptr},
                 {"evidence", std::move(evidence)},
                 {"source", text(check.source)},
                 {"remediation", text(check.remediation)}};
  if (verdict.interval)
    result["interval"] = {number(verdict.interval->low), number(verdict.interval->high)};
  if (verdict.window)
    result["window_s"] = {to_seconds(verdict.window->from - start),
                          to_seconds(verdict.window->to - start)};
  return result;
}

json latency_json(const stats::Histogram& histogram) {
  const auto values = percentiles(histogram);
  if (!values) return nullptr;
  json latency = json::object();
  for (std::size_t i = 0; i < kPercentiles.size(); ++i)
    latency[fmt::format("p{}", kPercentiles[i])] = (*values)[i];
  return latency;
}

json load_json(const LoadTotals& load) {
  json outcomes = json::object();
  for (std::size_t i = 0; i < history::kOutcomes; ++i)
    outcomes[std::string(to_string(static_cast<history::Outcome>(i)))] = load.outcomes[i];
  return {{"planned", load.planned},
          {"outcomes", std::move(outcomes)},
          {"within_slo", load.within_slo},
          {"blocked", load.blocked},
          {"latency_from_plan_s", latency_json(load.corrected)},
          {"latency_from_send_s", latency_json(load.uncorrected)}};
}

// Null when the application was not looked into.
json diagnosis_json(const history::History& history) {
  const auto view = view_diagnosis(history);
  if (!view) return nullptr;
  json result = {{"reasons", json::array()},
                 {"look_first", json::array()},
                 {"files", json::array()},
                 {"missing", json::array()}};
  for (const auto& reason : view->reasons) result["reasons"].push_back(text(reason));
  for (const auto& [what, file] : view->look_first)
    result["look_first"].push_back({{"what", text(what)}, {"file", text(file)}});
  for (const auto& file : view->files)
    result["files"].push_back(
        {{"path", text(file.path)}, {"what", text(file.what)}, {"bytes", file.bytes}});
  for (const auto& [what, why] : view->missing)
    result["missing"].push_back({{"what", text(what)}, {"why", text(why)}});
  return result;
}

json scenarios_json(const history::History& history) {
  json scenarios = json::array();
  for (const auto& one : scenario_counts(history))
    scenarios.push_back({{"scenario", text(one.scenario)},
                         {"brought", one.brought},
                         {"errors", one.errors},
                         {"recovered", one.recovered},
                         {"log", text(one.log)}});
  return scenarios;
}

json recovery_json(const Material& material) {
  json recovery = json::array();
  for (const auto& row : recovery_rows(material))
    recovery.push_back({{"kind", text(row.kind)},
                        {"faults", row.faults},
                        {"judged", row.judged},
                        {"recovered", row.recovered},
                        {"interval", {number(row.rate.low), number(row.rate.high)}},
                        {"detection_s", row.detection_s},
                        {"error_rate_s", row.error_rate_s},
                        {"recovery_s", row.recovery_s},
                        {"requests", row.requests},
                        {"failed", row.failed},
                        {"operations", row.operations},
                        {"reach", row.reach},
                        {"touched", row.touched}});
  return recovery;
}

json costs_json(const history::History& history, Time start) {
  json costs = json::array();
  for (const auto& cost : history.costs())
    costs.push_back({{"kind", text(cost.kind)},
                     {"rank", cost.rank},
                     {"what", text(cost.what)},
                     {"stack", text(cost.stack)},
                     {"samples", cost.samples},
                     {"agent_samples", cost.agent_samples},
                     {"share", number(cost.share)},
                     {"bytes", cost.bytes ? json(*cost.bytes) : json()},
                     {"took_s", cost.took ? json(to_seconds(*cost.took)) : json()},
                     {"t_s", cost.t ? json(to_seconds(*cost.t - start)) : json()}});
  return costs;
}

}  // namespace

std::string render_json(const Material& material) {
  const Time start = load_start(material.history);
  const Counts counts = count(material.verdict);
  const auto& plan = material.plan;
  json judged_checks = json::array();
  for (const auto& judged : material.verdict.checks)
    judged_checks.push_back(check_json(judged, start));
  json phases = json::array();
  for (const auto& phase : material.load.phases) {
    json one = load_json(phase.load);
    one["name"] = text(phase.name);
    one["from_s"] = to_seconds(phase.span.from - start);
    one["to_s"] = to_seconds(phase.span.to - start);
    phases.push_back(std::move(one));
  }
  const json report = {{"format", kJsonFormat},
                       {"bhsim", BHSIM_VERSION},
                       {"run",
                        {{"id", text(material.history.run_id())},
                         {"started", text(started_at(material.history))},
                         {"sealed", material.history.sealed()},
                         {"dropped_rows", material.history.dropped_rows()},
                         {"simulation", text(plan.simulation)},
                         {"application", text(plan.app.name)},
                         {"agent", text(plan.agent.name)},
                         {"load", text(plan.load.name)},
                         {"duration_s", to_seconds(plan.duration)},
                         {"seed", plan.seed}}},
                       {"verdict",
                        {{"status", text(checks::to_string(material.verdict.status))},
                         {"because", text(material.verdict.because)},
                         {"exit_code", checks::exit_code(material.verdict.status)},
                         {"counts",
                          {{"all", counts.all},
                           {"failed", counts.failed},
                           {"advisory_failed", counts.advisory_failed},
                           {"inconclusive", counts.inconclusive},
                           {"passed", counts.passed},
                           {"waived", counts.waived},
                           {"not_applicable", counts.not_applicable}}}}},
                       {"checks", std::move(judged_checks)},
                       {"load", load_json(material.load.whole)},
                       {"phases", std::move(phases)},
                       {"diagnosis", diagnosis_json(material.history)},
                       {"scenarios", scenarios_json(material.history)},
                       {"recovery", recovery_json(material)},
                       {"costs", costs_json(material.history, start)}};
  return report.dump(1) + "\n";
}

}  // namespace bhsim::report
