#include <map>

#include "framework/base/units.hpp"
#include "framework/report/formats.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

struct Suite {
  int tests = 0, failures = 0, errors = 0, skipped = 0;
  std::string cases;
};

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

void add_case(Suite& suite, const checks::Judged& judged) {
  const auto& check = *judged.check;
  const std::string because = escape_markup(because_with_limit(judged.verdict));
  ++suite.tests;
  suite.cases += fmt::format("    <testcase classname=\"bhsim.{}\" name=\"{} {}\" time=\"0\"",
                             escape_markup(check.id.substr(0, check.id.find('-'))),
                             escape_markup(check.id), escape_markup(check.title));
  // `type` is what strict readers demand of failures and errors, and others group by.
  const auto result = [&](std::string_view element, std::string_view prefix) {
    suite.cases += fmt::format(
        ">\n      <{} type=\"{}\" message=\"{}{}\">{}</{}>\n    </testcase>\n", element,
        status_id(judged.verdict.status), prefix, because, escape_markup(details(judged)), element);
  };
  switch (standing(judged)) {
    case Standing::passed:
      suite.cases += "/>\n";
      return;
    case Standing::failed:
      ++suite.failures;
      return result("failure", "");
    case Standing::inconclusive:
      ++suite.errors;
      return result("error", "inconclusive: ");
    case Standing::advisory_failed:
      ++suite.skipped;
      return result("skipped", "advisory, failed: ");
    case Standing::advisory_inconclusive:
      ++suite.skipped;
      return result("skipped", "advisory, inconclusive: ");
    case Standing::waived:
      ++suite.skipped;
      return result("skipped", "waived: ");
    case Standing::not_applicable:
      ++suite.skipped;
      return result("skipped", "not applicable: ");
  }
}

// What was run, where readers show the properties of a suite.
std::string properties(const Material& material) {
  const auto& plan = material.plan;
  std::string xml = "    <properties>\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    xml += fmt::format("      <property name=\"{}\" value=\"{}\"/>\n", name, escape_markup(value));
  };
  add("run", material.history.run_id());
  add("simulation", plan.simulation);
  add("application", plan.app.name);
  add("agent", plan.agent.name);
  add("load", plan.load.name);
  add("duration", format_duration(plan.duration));
  add("seed", std::to_string(plan.seed));
  return xml + "    </properties>\n";
}

}  // namespace

std::string render_junit(const Material& material) {
  std::map<std::string, Suite> suites;
  Suite all;
  for (const auto& judged : material.verdict.checks) {
    const auto family = judged.check->id.substr(0, judged.check->id.find('-'));
    add_case(suites[std::string(family)], judged);
  }
  // A run that is invalid although no check says so must not look green.
  if (material.verdict.status == checks::RunStatus::invalid) {
    Suite& run = suites["RUN"];
    ++run.tests;
    ++run.errors;
    run.cases += fmt::format(
        "    <testcase classname=\"bhsim.RUN\" name=\"the run is valid\" time=\"0\">\n"
        "      <error type=\"invalid\" message=\"{}\"/>\n    </testcase>\n",
        escape_markup(material.verdict.because));
  }
  const std::string started = started_at(material.history).substr(0, 19);  // without a zone
  const std::string timestamp =
      started.empty() ? "" : fmt::format(" timestamp=\"{}\"", escape_markup(started));
  const std::string about = properties(material);
  std::string body;
  for (const auto& [family, suite] : suites) {
    body += fmt::format(
        "  <testsuite name=\"bhsim.{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" "
        "skipped=\"{}\" time=\"0\"{}>\n{}{}"
        "  </testsuite>\n",
        escape_markup(family), suite.tests, suite.failures, suite.errors, suite.skipped, timestamp,
        about, suite.cases);
    all.tests += suite.tests;
    all.failures += suite.failures;
    all.errors += suite.errors;
    all.skipped += suite.skipped;
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"bhsim {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" "
      "time=\"{:.0f}\">\n{}</testsuites>\n",
      escape_markup(material.history.run_id()), all.tests, all.failures, all.errors, all.skipped,
      to_seconds(material.plan.duration), body);
}

}  // namespace bhsim::report
