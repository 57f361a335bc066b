// The readiness report for programs and pipelines.

#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/report/junit_file.hpp"
#include "framework/report/readiness.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using checks::Status;
using nlohmann::json;

json finite(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? json(*value) : json(nullptr);
}

json part_json(const checks::Part& part) {
  json result = {{"check", valid_utf8(part.check)},
                 {"status", status_id(part.status)},
                 {"because", valid_utf8(part.because)},
                 {"simulation", valid_utf8(part.simulation)},
                 {"run", part.run.empty() ? json(nullptr) : json(valid_utf8(part.run))},
                 {"command", part.command.empty() ? json(nullptr) : json(valid_utf8(part.command))},
                 {"value", nullptr},
                 {"limit", nullptr},
                 {"relation", nullptr},
                 {"unit", nullptr}};
  if (!part.verdict) return result;
  result["value"] = finite(part.verdict->value);
  result["limit"] = finite(part.verdict->limit);
  if (part.verdict->limit) result["relation"] = part.verdict->relation;
  if (part.verdict->value || part.verdict->limit) result["unit"] = valid_utf8(part.verdict->unit);
  return result;
}

json parts_json(const std::vector<checks::Part>& parts) {
  json list = json::array();
  for (const auto& part : parts) list.push_back(part_json(part));
  return list;
}

json run_json(const checks::CountedRun& run) {
  return {{"id", valid_utf8(run.id)},
          {"directory", valid_utf8(run.directory.generic_string())},
          {"simulation", valid_utf8(run.plan.simulation)},
          {"application", valid_utf8(run.plan.app.name)},
          {"started", run.started},
          {"duration_s", to_seconds(run.plan.duration)},
          {"load", valid_utf8(run.plan.load.name)},
          {"status", to_string(run.verdict.status)},
          {"remarks", valid_utf8(remarks(run))}};
}

// --- JUnit -------------------------------------------------------------------------------------

// Failed: failure. Inconclusive: error, since what must be shown was not. Waived and not
// applicable: skipped.
JunitResult result_of(Status status) {
  switch (status) {
    case Status::pass:
      return JunitResult::passed;
    case Status::fail:
      return JunitResult::failure;
    case Status::inconclusive:
      return JunitResult::error;
    case Status::not_applicable:
    case Status::waived:
      break;
  }
  return JunitResult::skipped;
}

JunitCase case_of(std::string_view id, std::string_view text, std::span<const checks::Part> parts,
                  Status status) {
  constexpr std::size_t kAll = 1000;
  const auto why = sentences(parts, status, kAll);
  return {.classname = "bhsim.readiness",
          .name = fmt::format("{} {}", id, text),
          .result = result_of(status),
          .type = std::string(status_id(status)),
          .message = why.empty() ? "" : why.front(),
          .text = fmt::format("{}", fmt::join(why, "\n"))};
}

}  // namespace

std::string readiness_json(const Path& /*folder*/, const Readiness& readiness) {
  const auto& assessment = readiness.assessment;
  json criteria = json::array();
  for (const auto& judged : assessment.criteria)
    criteria.push_back({{"id", judged.criterion->id},
                        {"group", judged.criterion->group},
                        {"text", judged.criterion->text},
                        {"status", status_id(judged.status)},
                        {"parts", parts_json(judged.parts)}});
  json runs = json::array(), left_out = json::array(), tasks = json::array();
  for (const auto& run : readiness.runs) runs.push_back(run_json(run));
  for (const auto& [what, why] : readiness.left_out)
    left_out.push_back({{"what", valid_utf8(what)}, {"why", valid_utf8(why)}});
  for (const auto& task : tasks_of(assessment))
    tasks.push_back({{"command", valid_utf8(task.command)}, {"criteria", task.criteria}});
  const auto& subject = readiness.subject;
  json applications = json::array();
  for (const auto& name : subject.applications) applications.push_back(valid_utf8(name));
  const json report = {{"format", kReadinessFormat},
                       {"bhsim", BHSIM_VERSION},
                       {"subject",
                        {{"applications", std::move(applications)},
                         {"image", valid_utf8(subject.image)},
                         {"agent", valid_utf8(subject.agent)},
                         {"agent_sha256", valid_utf8(subject.agent_sha256)}}},
                       {"verdict",
                        {{"status", to_string(assessment.status)},
                         {"because", assessment.because},
                         {"exit_code", checks::exit_code(assessment.status)}}},
                       {"criteria", std::move(criteria)},
                       {"beside", parts_json(assessment.beside)},
                       {"runs", std::move(runs)},
                       {"left_out", std::move(left_out)},
                       {"tasks", std::move(tasks)}};
  return report.dump(1) + "\n";
}

std::string readiness_junit(const Path& /*folder*/, const Readiness& readiness) {
  const auto& subject = readiness.subject;
  JunitFile file{
      .name = "bhsim readiness",
      .properties = {{"application", fmt::format("{}", fmt::join(subject.applications, ", "))},
                     {"image", subject.image},
                     {"agent", subject.agent}}};
  const auto add = [&suites = file.suites](std::string_view suite, JunitCase one) {
    if (suites.empty() || suites.back().name != suite)
      suites.push_back({.name = std::string(suite), .cases = {}});
    suites.back().cases.push_back(std::move(one));
  };
  for (const auto& judged : readiness.assessment.criteria)
    add(judged.criterion->group,
        case_of(judged.criterion->id, judged.criterion->text, judged.parts, judged.status));
  for (const auto& part : readiness.assessment.beside)
    add("Beside the criteria",
        case_of(part.check, "in " + part.simulation, {&part, 1}, part.status));
  return to_xml(file);
}

}  // namespace bhsim::report
