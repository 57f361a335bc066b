// The readiness report in every format.

#include "framework/report/readiness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/child_process.hpp"

namespace bhsim::report {
namespace {

using checks::Status;
using nlohmann::json;
using ::testing::HasSubstr;
using ::testing::Not;

checks::CountedRun run_of_hotswap(std::string text_of_others = "") {
  checks::CountedRun run;
  run.id = "20260101-000000-abcd";
  run.directory = "runs/20260101-000000-abcd";
  run.started = "2026-01-01T00:00:12.345Z";
  run.plan.simulation = "hotswap";
  run.plan.duration = std::chrono::minutes(5);
  run.plan.load.name = "high";
  run.plan.production.text = "bytehot: {}";
  run.plan.settings = {"load.rate=10/s" + text_of_others};
  run.verdict.status = checks::RunStatus::fail;
  const auto add = [&run](const char* id, Status status, std::string because) {
    run.verdict.checks.push_back({checks::find(id),
                                  {.status = status,
                                   .because = std::move(because),
                                   .value = 1.5,
                                   .limit = 2,
                                   .unit = "s",
                                   .relation = "<"},
                                  true});
  };
  add("PERF-04", Status::pass, "1.5 s on average");
  add("PERF-05", Status::pass, "95 % within 1.5 s");
  add("PERF-08", Status::fail, "bimodal" + text_of_others);
  add("COMP-01", Status::inconclusive, "no audit log");
  return run;
}

Readiness sample(const std::string& text_of_others = "") {
  Readiness readiness;
  readiness.subject = {{"HotSwapBenchmarkApp" + text_of_others},
                       "sha256:721911cef8e3765b",
                       "reference",
                       "b0f8302c422bd074",
                       ""};
  readiness.runs.push_back(run_of_hotswap(text_of_others));
  readiness.left_out.push_back({"20260102-000000-abcd", "it was cut short" + text_of_others});
  readiness.assessment = checks::assess(
      readiness.runs, checks::TestResults{"junit.xml" + text_of_others, 10, 0, 1, {}}, "");
  return readiness;
}

TEST(ReadinessBlock, TellsVerdictRunsCriteriaAndWhatIsMissing) {
  const auto text = readiness_block(sample(), "runs/readiness", Colour::off);
  EXPECT_THAT(text, HasSubstr("  FAIL   2 of 20 criteria passed, 1 failed, 17 inconclusive\n"));
  EXPECT_THAT(text, HasSubstr("HotSwapBenchmarkApp (image sha256:721911cef8e3) with agent "
                              "reference (sha256:b0f8302c422b)"));
  EXPECT_THAT(text, HasSubstr("    load           none\n"));
  EXPECT_THAT(text, HasSubstr("    hotswap        20260101-000000-abcd  5m     high    FAIL\n"));
  EXPECT_THAT(text, HasSubstr("set load.rate=10/s"));
  EXPECT_THAT(text, HasSubstr("20260102-000000-abcd: it was cut short"));
  EXPECT_THAT(text, HasSubstr("    PASS           Hot-swap latency < 2 seconds"));
  EXPECT_THAT(text, HasSubstr("    FAIL           Stable performance under varying load\n"
                              "                   PERF-08: bimodal\n"));
  EXPECT_THAT(text, HasSubstr("10 passed, 0 failed, 1 skipped (junit.xml)"));
  EXPECT_THAT(text, HasSubstr("COMP-01 in hotswap"));
  EXPECT_THAT(text, HasSubstr("    bhsim run stability --duration=24h\n"));
  EXPECT_THAT(text, HasSubstr("report  runs/readiness/index.html"));
}

TEST(ReadinessBlock, OfTextsOfOthers_LetsNoControlCharacterThrough) {
  EXPECT_THAT(readiness_block(sample("\x1b[2J\n"), "runs/readiness", Colour::off),
              Not(HasSubstr("\x1b")));
}

TEST(ReadinessPage, LeadsFromACriterionToTheCheckInTheReportOfItsRun) {
  const auto html = readiness_html("runs/readiness", sample());
  EXPECT_THAT(html, HasSubstr("<a href=\"../20260101-000000-abcd/report/index.html#PERF-05\">"));
  EXPECT_THAT(html, HasSubstr("id=\"swap-latency\""));
  EXPECT_THAT(html, HasSubstr("<h1>FAIL</h1>"));
  EXPECT_THAT(html, Not(HasSubstr("<script")));
}

TEST(ReadinessPage, OfTextsOfOthers_HoldsNoMarkupOfTheirs) {
  const auto html = readiness_html("runs/readiness", sample("\"'><img src=x>"));
  EXPECT_THAT(html, Not(HasSubstr("<img")));
}

TEST(WriteReadiness, MakesEveryFormat) {
  const auto folder = TemporaryDirectory::create("bhsim-readiness");
  ASSERT_TRUE(write_readiness(folder->path() / "readiness", sample()));
  for (const auto* file : {"index.html", "readiness.json", "junit.xml", "summary.md"})
    EXPECT_TRUE(std::filesystem::exists(folder->path() / "readiness" / file)) << file;
}

// By programs of others (scripts/packages-test): what they refuse, a reader may refuse.
class ReadinessFormats : public ::testing::Test {
 protected:
  // What `command` says of the text, which is the file between the two halves of it.
  void expect(std::vector<std::string> command, const std::vector<std::string>& behind,
              const std::string& text, int code) {
    const Path file = folder_.path() / "file";
    ASSERT_TRUE(write_file(file, text));
    command.push_back(file.string());
    command.insert(command.end(), behind.begin(), behind.end());
    const auto child = test::ChildProcess::start(std::move(command));
    ASSERT_TRUE(child);
    child->close_input();
    std::string output;
    while (const auto bytes = child->read(std::chrono::seconds(30))) output += *bytes;
    EXPECT_EQ(child->wait(), code) << output;
  }
  void expect_json(const std::string& text, int code) {
    expect({"/usr/bin/python3", "-m", "jsonschema", "-i"},
           {std::string(BHSIM_SOURCE_DIR) + "/configs/schema/readiness.schema.json"}, text, code);
  }
  void expect_junit(const std::string& text) {
    expect({"xmllint", "--noout", "--nonet", "--schema",
            std::string(BHSIM_SOURCE_DIR) + "/tests/unit/report/junit.xsd"},
           {}, text, 0);
  }
  const TemporaryDirectory folder_ = *TemporaryDirectory::create("bhsim-readiness-formats");
};

TEST_F(ReadinessFormats, Json_FollowsItsSchema) {
  expect_json(readiness_json("runs/readiness", sample()), 0);
  Readiness nothing;
  nothing.assessment = checks::assess({}, std::nullopt, "");
  expect_json(readiness_json("runs/readiness", nothing), 0);
}

TEST_F(ReadinessFormats, Json_ThatLacksAField_IsRefused) {
  auto report = json::parse(readiness_json("runs/readiness", sample()));
  report["criteria"][0].erase("parts");
  expect_json(report.dump(), 1);
}

TEST_F(ReadinessFormats, JUnit_IsWhatItsReadersTake) {
  const auto xml = readiness_junit("runs/readiness", sample());
  expect_junit(xml);
  expect_junit(readiness_junit("runs/readiness", sample("\"'><![CDATA[x]]>&\x1b\xff")));
  EXPECT_THAT(xml, HasSubstr("tests=\"21\" failures=\"1\" errors=\"18\" skipped=\"0\""));
}

TEST_F(ReadinessFormats, Markdown_IsOneTableWithARowACriterion) {
  const auto text = readiness_markdown("runs/readiness", sample("|<b>`\n# x"));
  EXPECT_THAT(text, HasSubstr("## FAIL · production readiness"));
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5 + 2 + 20 + 1) << text;
}

}  // namespace
}  // namespace bhsim::report
