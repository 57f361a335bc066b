#include "framework/report/formats.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/report/junit_file.hpp"
#include "framework/report/load_view.hpp"
#include "tests/support/child_process.hpp"
#include "tests/support/sample_run.hpp"

namespace bhsim::report {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

// As runner/scenario_logs writes it.
constexpr const char* kScenarios = R"({
  "invalid-changes": {"brought": 3, "errors": 3, "recovered": 2,
                      "log": "artifacts/app-invalid-changes.log"},
  "network-issues": {"brought": 0, "errors": 0, "recovered": 0,
                     "log": "artifacts/app-network-issues.log"}})";

class FormatsTest : public ::testing::Test {
 protected:
  FormatsTest() : history_(run_.builder().build()), load_(view_load(history_)) {}
  std::string render(std::string (*reporter)(const Material&), const checks::RunVerdict& verdict) {
    return reporter({"runs/x", plan_, history_, verdict, load_});
  }

  SampleRun run_{120};
  const history::History history_;
  const LoadView load_;
  const config::Plan plan_ = run_.plan();
};

TEST(JunitFile, IsCountedNestedAndEscapedHereAndNowhereElse) {
  const JunitCase passed{.classname = "a", .name = "<one>"};
  const JunitCase skipped{.classname = "a",
                          .name = "two",
                          .result = JunitResult::skipped,
                          .type = "waived",
                          .message = "\"why\"",
                          .text = "1 < 2"};
  const JunitCase error{.classname = "b", .name = "three", .result = JunitResult::error};
  const auto xml = to_xml(
      {.name = "of & all",
       .seconds = 61.4,
       .timestamp = "2026-11-26T20:57:03",
       .properties = {{"agent", "<none>"}},
       .suites = {{.name = "A", .cases = {passed, skipped}}, {.name = "B", .cases = {error}}}});
  EXPECT_EQ(xml, R"(<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="of &amp; all" tests="3" failures="0" errors="1" skipped="1" time="61">
  <testsuite name="A" tests="2" failures="0" errors="0" skipped="1" time="0" timestamp="2026-11-26T20:57:03">
    <properties>
      <property name="agent" value="&lt;none&gt;"/>
    </properties>
    <testcase classname="a" name="&lt;one&gt;" time="0"/>
    <testcase classname="a" name="two" time="0">
      <skipped type="waived" message="&quot;why&quot;">1 &lt; 2</skipped>
    </testcase>
  </testsuite>
  <testsuite name="B" tests="1" failures="0" errors="1" skipped="0" time="0" timestamp="2026-11-26T20:57:03">
    <properties>
      <property name="agent" value="&lt;none&gt;"/>
    </properties>
    <testcase classname="b" name="three" time="0">
      <error type="" message=""/>
    </testcase>
  </testsuite>
</testsuites>
)");
}

TEST_F(FormatsTest, JUnit_OnlyWhatDecidesIsRed) {
  const auto xml = render(render_junit, run_.failing());
  EXPECT_THAT(xml, HasSubstr("tests=\"13\" failures=\"2\" errors=\"1\" skipped=\"4\""));
  EXPECT_THAT(xml,
              HasSubstr("<failure type=\"fail\" message=\"3 requests failed while PricingService "
                        "was redefined (limit: exactly 0 requests)\">"));
  EXPECT_THAT(xml, HasSubstr("message=\"inconclusive: Only 3 forced collections; 8 needed\">"));
  EXPECT_THAT(
      xml, HasSubstr("message=\"advisory, failed: Recovery took 41 s on average (limit: under 30 "
                     "s)\">"));
  EXPECT_THAT(xml, HasSubstr("<skipped type=\"not_applicable\" message=\"not applicable: "));
  EXPECT_THAT(xml, HasSubstr("<skipped type=\"waived\" message=\"waived: "));
}

TEST_F(FormatsTest, JUnit_InvalidRunIsRedEvenWhenEveryCheckPassed) {
  auto verdict = run_.passing();
  EXPECT_THAT(render(render_junit, verdict), HasSubstr("failures=\"0\" errors=\"0\""));
  verdict.status = checks::RunStatus::invalid;
  verdict.because = "12 rows were dropped";
  EXPECT_THAT(render(render_junit, verdict),
              HasSubstr("<error type=\"invalid\" message=\"12 rows were dropped\"/>"));
}

TEST_F(FormatsTest, Markdown_HasVerdictNumbersAndFailures) {
  const auto text = render(render_markdown, run_.failing());
  EXPECT_THAT(text, HasSubstr("## ❌ FAIL · bhsim production"));
  EXPECT_THAT(text, HasSubstr("### Failed"));
  EXPECT_THAT(text,
              HasSubstr("| **LOAD-02** No request dropped by a redefinition | 3 requests failed"));
  EXPECT_THAT(text, Not(HasSubstr("PERF-04")));
}

TEST_F(FormatsTest, Json_HoldsLoadPhasesAndChecks) {
  const auto report = json::parse(render(render_json, run_.failing()));
  EXPECT_EQ(report.at("verdict").at("exit_code"), 1);
  EXPECT_EQ(report.at("checks").size(), 13U);
  EXPECT_EQ(report.at("phases").at(2).at("name"), "steady");
  std::int64_t sum = 0;
  for (const auto& [name, n] : report.at("load").at("outcomes").items())
    sum += n.get<std::int64_t>();
  EXPECT_EQ(sum, report.at("load").at("planned").get<std::int64_t>());
}

TEST_F(FormatsTest, Json_HoldsTheCountsOfTheFailureScenarios) {
  SampleRun run(60);
  EXPECT_EQ(json::parse(render(render_json, run.failing())).at("scenarios"), json::array());
  run.builder().fact("scenarios", kScenarios);
  const auto history = run.builder().build();
  const auto load = view_load(history);
  const auto verdict = run.failing();
  const auto report =
      json::parse(render_json({"runs/x", run.plan(), history, verdict, load})).at("scenarios");
  ASSERT_EQ(report.size(), 2U);
  EXPECT_EQ(report[1], json::parse(R"({"scenario": "network-issues", "brought": 0, "errors": 0,
                                       "recovered": 0, "log": "artifacts/app-network-issues.log"})"));
  EXPECT_EQ(report[0].at("scenario"), "invalid-changes");
  EXPECT_EQ(report[0].at("recovered"), 2);
}

// By programs of others (scripts/packages-test): what they refuse, a reader may refuse.
class ValidatedTest : public FormatsTest {
 protected:
  static Path schema() { return Path(BHSIM_SOURCE_DIR) / "configs/schema/report.schema.json"; }
  static Path junit_schema() { return Path(BHSIM_SOURCE_DIR) / "tests/unit/report/junit.xsd"; }

  Path file(const std::string& text) {
    const Path path = temporary_.path() / "file";
    EXPECT_TRUE(write_file(path, text));
    return path;
  }
  // What the program printed; its exit code must be as expected.
  static std::string run(std::vector<std::string> command, int expected) {
    const std::string name = command[0];
    const auto child = test::ChildProcess::start(std::move(command));
    if (!child) return {};
    child->close_input();
    std::string output;
    while (const auto bytes = child->read(std::chrono::seconds(30))) output += *bytes;
    EXPECT_EQ(child->wait(), expected) << name << ": " << output;
    return output;
  }
  void expect_json(const std::string& text, int expected) {
    run({"/usr/bin/python3", "-m", "jsonschema", "-i", file(text), schema()}, expected);
  }
  void expect_junit(const std::string& text, int expected) {
    run({"xmllint", "--noout", "--nonet", "--schema", junit_schema(), file(text)}, expected);
  }

  const TemporaryDirectory temporary_ = *TemporaryDirectory::create("bhsim-formats-test");
};

TEST_F(ValidatedTest, Json_FollowsItsSchema) {
  for (const auto& verdict : {run_.failing(), run_.passing()})
    expect_json(render(render_json, verdict), 0);
}

TEST_F(ValidatedTest, Json_OfARunThatWasLookedInto_FollowsItsSchema) {
  SampleRun run(60);
  run.builder()
      .fact("scenarios", kScenarios)
      .fact("diagnosis", R"({"reasons": ["x"], "look_first": [{"what": "a", "file": "b"}],
                             "files": [{"path": "b", "what": "c", "bytes": 1}],
                             "missing": [{"what": "d", "why": "e"}]})")
      .add(history::Cost{.kind = "pause", .rank = 1, .what = "G1New", .took = Nanos(5)});
  const auto history = run.builder().build();
  const auto load = view_load(history);
  const auto verdict = run.failing();
  expect_json(render_json({"runs/x", run.plan(), history, verdict, load}), 0);
}

TEST_F(ValidatedTest, Json_OfAnEmptyHistory_FollowsItsSchema) {
  history::HistoryBuilder builder;
  const auto history = builder.build();
  const auto load = view_load(history);
  expect_json(render_json({"runs/x", {}, history, {}, load}), 0);
}

TEST_F(ValidatedTest, Json_ThatLacksAFieldOrHasAnother_IsRefused) {
  auto report = json::parse(render(render_json, run_.failing()));
  auto lacking = report;
  lacking["checks"][0].erase("because");
  expect_json(lacking.dump(), 1);
  report["load"]["surprise"] = 1;
  expect_json(report.dump(), 1);
}

TEST_F(ValidatedTest, JUnit_IsWhatItsReadersTake) {
  auto invalid = run_.passing();
  invalid.status = checks::RunStatus::invalid;
  invalid.because = "12 rows were dropped";
  for (const auto& verdict : {run_.failing(), run_.passing(), invalid})
    expect_junit(render(render_junit, verdict), 0);
}

TEST_F(ValidatedTest, JUnit_OfHostileNames_IsStillXml) {
  SampleRun run(60);
  run.hostile("\"'><![CDATA[x]]></failure>&\x1b\xff");
  const auto history = run.builder().build();
  const auto load = view_load(history);
  expect_junit(render_junit({"runs/x", run.plan(), history, run.failing(), load}), 0);
}

TEST_F(ValidatedTest, JUnit_WithoutCounts_IsRefused) {
  auto xml = render(render_junit, run_.failing());
  xml.replace(xml.find("failures="), 9, "failing=\"\" x=");
  expect_junit(xml, 3);
}

// As GitHub renders it.
TEST_F(ValidatedTest, Markdown_RendersAsTablesAndNothingElse) {
  SampleRun run(60);
  run.hostile("|<img src=x>|`**\n# x");
  const auto history = run.builder().build();
  const auto load = view_load(history);
  const auto text = render_markdown({"runs/x", run.plan(), history, run.failing(), load});
  const auto html = this->run({"cmark-gfm", "-e", "table", "--unsafe", file(text)}, 0);
  EXPECT_THAT(html, HasSubstr("<td><strong>LOAD-02</strong> No request dropped"));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
  EXPECT_THAT(html, Not(HasSubstr("<h1>"))) << "a line end of a log line begins no heading";
  // Two headings of failures and inconclusives, each with a table whose rows have all their cells.
  std::size_t rows = 0;
  for (std::size_t at = 0; (at = html.find("<tr>\n<td><strong>", at)) != std::string::npos; ++at)
    ++rows;
  EXPECT_EQ(rows, 5U) << html;
}

}  // namespace
}  // namespace bhsim::report
