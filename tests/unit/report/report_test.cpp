#include "framework/report/report.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/report/chart_data.hpp"
#include "tests/support/sample_run.hpp"

namespace bhsim::report {
namespace {

using ::testing::HasSubstr;

// Without a copy of the whole page in the message.
bool has(const std::string& text, std::string_view part) {
  return text.find(part) != std::string::npos;
}

struct Written {
  std::string html, json, junit, markdown;
};

Written write(SampleRun& run, const checks::RunVerdict& verdict) {
  const auto history = run.builder().build();
  const auto& folder = run.builder().directory();
  const auto written = write_reports(folder, run.plan(), history, verdict);
  EXPECT_TRUE(written) << written.error().message;
  const auto read = [&](const char* file) { return *read_file(folder / "report" / file); };
  return {read("index.html"), read("report.json"), read("junit.xml"), read("summary.md")};
}

std::string between(const std::string& text, std::string_view from, std::string_view to) {
  const auto begin = text.find(from);
  EXPECT_NE(begin, std::string::npos) << from;
  return text.substr(begin + from.size(), text.find(to, begin) - begin - from.size());
}

TEST(Html, VerdictStandsFirst_ThenChecks_ThenCharts) {
  SampleRun run(120);
  const auto html = write(run, run.failing()).html;
  const auto verdict = html.find("<h1>FAIL</h1>");
  const auto checks = html.find("id=\"checks\"");
  const auto charts = html.find("id=\"charts\"");
  ASSERT_NE(verdict, std::string::npos);
  EXPECT_LT(verdict, checks);
  EXPECT_LT(checks, charts);
  EXPECT_TRUE(has(html, "2 of 13 checks failed"));
}

TEST(Html, FailedCheck_SaysValueLimitIntervalSamplesEvidenceSourceAndRemedy) {
  SampleRun run(120);
  const auto html = write(run, run.failing()).html;
  const auto check = between(html, "id=\"REL-07\"", "</details>");
  for (const char* part : {"92 of 101 valid swaps", "91.09 %", "over 95 %", "83.9 to 95.2 %", "101",
                           "SELECT * FROM swap WHERE valid = 1 AND outcome = &#39;lost&#39;",
                           "phase-9.2", "Look at the agent&#39;s log"}) {
    EXPECT_TRUE(has(check, part));
  }
}

TEST(Html, EverythingIsInTheFile) {
  SampleRun run(120);
  const auto html = write(run, run.failing()).html;
  const auto before_scripts = html.substr(0, html.find("<script"));
  EXPECT_FALSE(has(before_scripts, "src="));
  EXPECT_FALSE(has(before_scripts, "<link"));
  EXPECT_FALSE(has(before_scripts, "url("));
  EXPECT_TRUE(has(html, "default-src 'none'"));
}

TEST(Html, ChartData_IsJsonWithEveryChart) {
  SampleRun run(120);
  const auto html = write(run, run.failing()).html;
  const auto data = nlohmann::json::parse(between(html, "id=\"data\">", "</script>"));
  std::vector<std::string> ids;
  for (const auto& chart : data.at("charts")) ids.push_back(chart.at("id"));
  EXPECT_THAT(ids, ::testing::ElementsAre("throughput", "errors", "latency", "latency-uncorrected",
                                          "swaps", "gc", "memory", "live-set", "cpu", "threads",
                                          "health", "generator", "descriptors", "classes"));
  EXPECT_EQ(data.at("phases").size(), 5U);
  EXPECT_EQ(data.at("faults").size(), 2U);
  EXPECT_FALSE(data.at("swaps").empty());
}

TEST(Html, TimeWithoutSamples_BreaksTheLine) {
  SampleRun run(120);
  for (const double s : {200.0, 201.0, 202.0})
    run.builder().add(history::Sample{std::string(history::series::kThreads), at(s), 40});
  const auto html = write(run, run.failing()).html;
  const auto data = nlohmann::json::parse(between(html, "id=\"data\">", "</script>"));
  for (const auto& chart : data.at("charts")) {
    if (chart.at("id") != "threads") continue;
    const auto& y = chart.at("series")[0].at("y");
    EXPECT_EQ(std::count(y.begin(), y.end(), nullptr), 2) << "the outage, and the end: " << y;
  }
}

TEST(Html, EveryCheckHasItsOwnAddressAndAPlaceOnTheMap) {
  SampleRun run(120);
  const auto html = write(run, run.failing()).html;
  for (const auto& judged : run.failing().checks) {
    EXPECT_TRUE(has(html, fmt::format("id=\"{}\"", judged.check->id))) << judged.check->id;
    EXPECT_TRUE(has(html, fmt::format("href=\"#{}\"", judged.check->id))) << judged.check->id;
  }
}

TEST(Html, LinksOfThePage_LeadSomewhere) {
  SampleRun run(120);
  const auto html = write(run, run.failing()).html;
  for (std::size_t at = 0; (at = html.find("href=\"#", at)) != std::string::npos; ++at) {
    const auto id = html.substr(at + 7, html.find('"', at + 7) - at - 7);
    EXPECT_TRUE(has(html, fmt::format("id=\"{}\"", id))) << id;
  }
}

TEST(Html, EmptyHistory_IsAReportToo) {
  history::HistoryBuilder builder;
  const auto history = builder.build();
  const checks::RunVerdict verdict{
      checks::RunStatus::inconclusive, "the run ended before the load", {}};
  ASSERT_TRUE(write_reports(builder.directory(), {}, history, verdict));
  const auto html = *read_file(builder.directory() / "report" / "index.html");
  EXPECT_TRUE(has(html, "The run ended before the load"));
  EXPECT_TRUE(has(html, "Nothing to draw: Throughput"));
}

// Texts that end elements, attributes and scripts, on whatever page they stand.
TEST(Html, HostileNames_AreTextAndNothingElse) {
  const std::string payload =
      "\"'><script>alert(1)</script><img src=x onerror=alert(1)>]]></script><!--${7*7}\x1b[2J\xff";
  SampleRun run(120);
  run.hostile(payload);
  const auto written = write(run, run.failing());
  EXPECT_FALSE(has(written.html, "<script>alert"));
  EXPECT_FALSE(has(written.html, "<img"));
  // The page's own: the data and two scripts.
  std::size_t scripts = 0;
  for (std::size_t at = 0; (at = written.html.find("<script", at)) != std::string::npos; ++at)
    ++scripts;
  EXPECT_EQ(scripts, 3U);
  EXPECT_FALSE(has(written.junit, "<script"));
  EXPECT_FALSE(has(written.junit, "\x1b"));
  EXPECT_FALSE(has(written.markdown, "<script"));
  EXPECT_FALSE(nlohmann::json::parse(written.json, nullptr, false).is_discarded());
  EXPECT_THAT(between(written.html, "id=\"artifacts\"", "</section>"),
              Not(HasSubstr("href=\"../&quot;")));
}

TEST(Reports, SameRunTwice_IsByteForByteTheSame) {
  SampleRun run(60);
  const auto history = run.builder().build();
  const auto folder = run.builder().directory();
  std::vector<std::string> first;
  for (int round = 0; round < 2; ++round) {
    ASSERT_TRUE(write_reports(folder, run.plan(), history, run.failing()));
    for (const auto& reporter : all()) {
      const auto digest = *sha256_file(folder / "report" / reporter.file);
      if (round == 0) {
        first.push_back(digest);
      } else {
        EXPECT_EQ(digest, first[static_cast<std::size_t>(&reporter - all().data())])
            << reporter.name;
      }
    }
  }
  EXPECT_TRUE(history::verify_manifest(folder)) << "reports must not touch what is sealed";
}

TEST(Reports, FolderThatCannotBeWritten_IsAnError) {
  SampleRun run(60);
  const auto history = run.builder().build();
  const auto written = write_reports("/dev/null/x", run.plan(), history, run.passing());
  ASSERT_FALSE(written);
  EXPECT_TRUE(has(written.error().message, "/dev/null/x"));
}

TEST(Reports, HistogramThatIsDamaged_IsCountedAndSaid) {
  SampleRun run(60);
  run.builder().add(
      history::LoadSecond{.t = history::at(5), .operation = "x", .corrected = "garbage"});
  EXPECT_THAT(write(run, run.passing()).html, HasSubstr("Unreadable histograms"));
}

}  // namespace
}  // namespace bhsim::report
