// The readiness report for programs and pipelines.

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

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

struct CriteriaSuite {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  std::string cases;
};

// Failed: failure. Inconclusive: error, since what must be shown was not. Waived and not
// applicable: skipped.
void add_case(CriteriaSuite& suite, std::string_view id, std::string_view text,
              std::span<const checks::Part> parts, Status status) {
  ++suite.tests;
  suite.cases +=
      fmt::format("    <testcase classname=\"bhsim.readiness\" name=\"{} {}\" time=\"0\"",
                  escape_markup(id), escape_markup(text));
  if (status == Status::pass) {
    suite.cases += "/>\n";
    return;
  }
  std::string_view element = "skipped";
  if (status == Status::fail) element = "failure";
  if (status == Status::inconclusive) element = "error";
  ++(status == Status::fail           ? suite.failures
     : status == Status::inconclusive ? suite.errors
                                      : suite.skipped);
  constexpr std::size_t kAll = 1000;
  const auto why = sentences(parts, status, kAll);
  suite.cases +=
      fmt::format(">\n      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n    </testcase>\n",
                  element, status_id(status), escape_markup(why.empty() ? "" : why.front()),
                  escape_markup(fmt::format("{}", fmt::join(why, "\n"))));
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
  std::vector<std::pair<std::string, CriteriaSuite>> suites;
  const auto suite_of = [&suites](std::string_view name) -> CriteriaSuite& {
    if (suites.empty() || suites.back().first != name) suites.emplace_back(name, CriteriaSuite{});
    return suites.back().second;
  };
  for (const auto& judged : readiness.assessment.criteria)
    add_case(suite_of(judged.criterion->group), judged.criterion->id, judged.criterion->text,
             judged.parts, judged.status);
  for (const auto& part : readiness.assessment.beside)
    add_case(suite_of("Beside the criteria"), part.check, "in " + part.simulation, {&part, 1},
             part.status);
  const auto& subject = readiness.subject;
  const std::string about = fmt::format(
      "    <properties>\n      <property name=\"application\" value=\"{}\"/>\n      <property "
      "name=\"image\" value=\"{}\"/>\n      <property name=\"agent\" value=\"{}\"/>\n    "
      "</properties>\n",
      escape_markup(fmt::format("{}", fmt::join(subject.applications, ", "))),
      escape_markup(subject.image), escape_markup(subject.agent));
  CriteriaSuite all;
  std::string body;
  for (const auto& [name, suite] : suites) {
    body += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
        "time=\"0\">\n{}{}  </testsuite>\n",
        escape_markup(name), suite.tests, suite.failures, suite.errors, suite.skipped, about,
        suite.cases);
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
    all.skipped += suite.skipped;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"bhsim readiness\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
      "skipped=\"{}\" time=\"0\">\n{}</testsuites>\n",
      all.tests, all.failures, all.errors, all.skipped, body);
}

}  // namespace bhsim::report
