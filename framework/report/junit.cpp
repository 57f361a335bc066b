#include <map>

#include "framework/base/units.hpp"
#include "framework/report/formats.hpp"
#include "framework/report/junit_file.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

std::string details(const checks::Judged& judged) {
  const auto& verdict = judged.verdict;
  std::string text = verdict.because + "\n";
  if (verdict.value) text += "value: " + format_quantity(*verdict.value, verdict.unit) + "\n";
  if (verdict.limit) text += "limit: " + format_limit(verdict) + "\n";
  if (verdict.samples > 0) text += fmt::format("samples: {}\n", verdict.samples);
  for (const auto& one : verdict.evidence)
    text += fmt::format("evidence: SELECT * FROM {} WHERE {}\n", one.table, one.where);
  if (verdict.status == checks::Status::fail)
    text += fmt::format("what to do: {}\n", judged.check->remediation);
  return text;
}

// How JUnit counts it, and what stands before the sentence.
std::pair<JunitResult, std::string_view> result_of(Standing standing) {
  switch (standing) {
    case Standing::passed:
      return {JunitResult::passed, ""};
    case Standing::failed:
      return {JunitResult::failure, ""};
    case Standing::inconclusive:
      return {JunitResult::error, "inconclusive: "};
    case Standing::advisory_failed:
      return {JunitResult::skipped, "advisory, failed: "};
    case Standing::advisory_inconclusive:
      return {JunitResult::skipped, "advisory, inconclusive: "};
    case Standing::waived:
      return {JunitResult::skipped, "waived: "};
    case Standing::not_applicable:
      return {JunitResult::skipped, "not applicable: "};
  }
  return {JunitResult::error, ""};
}

std::string suite_name(std::string_view check_id) {
  return fmt::format("bhsim.{}", check_id.substr(0, check_id.find('-')));
}

JunitCase case_of(const checks::Judged& judged) {
  const auto& check = *judged.check;
  const auto [result, prefix] = result_of(standing(judged));
  return {.classname = suite_name(check.id),
          .name = fmt::format("{} {}", check.id, check.title),
          .result = result,
          .type = std::string(status_id(judged.verdict.status)),
          .message = fmt::format("{}{}", prefix, because_with_limit(judged.verdict)),
          .text = details(judged)};
}

}  // namespace

std::string render_junit(const Material& material) {
  std::map<std::string, JunitSuite> suites;
  const auto add = [&suites](JunitCase one) {
    auto& suite = suites[one.classname];
    suite.name = one.classname;
    suite.cases.push_back(std::move(one));
  };
  for (const auto& judged : material.verdict.checks) add(case_of(judged));
  // A run that is invalid although no check says so must not look green.
  if (material.verdict.status == checks::RunStatus::invalid)
    add({.classname = "bhsim.RUN",
         .name = "the run is valid",
         .result = JunitResult::error,
         .type = "invalid",
         .message = material.verdict.because});
  const auto& plan = material.plan;
  JunitFile file{.name = "bhsim " + material.history.run_id(),
                 .seconds = to_seconds(plan.duration),
                 .timestamp = started_at(material.history).substr(0, 19),
                 .properties = {{"run", material.history.run_id()},
                                {"simulation", plan.simulation},
                                {"application", plan.app.name},
                                {"agent", plan.agent.name},
                                {"load", plan.load.name},
                                {"duration", format_duration(plan.duration)},
                                {"seed", std::to_string(plan.seed)}}};
  for (auto& [name, suite] : suites) file.suites.push_back(std::move(suite));
  return to_xml(file);
}

}  // namespace bhsim::report
