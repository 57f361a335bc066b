// What a failed run is to be looked at for, and where the cost of a run is.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/report/console.hpp"
#include "framework/report/formats.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/page.hpp"
#include "tests/support/sample_run.hpp"

namespace bhsim::report {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kCrash =
    R"({"reasons": ["STAB-01: it ended"],
        "look_first": [{"what": "the JVM crashed <here>", "file": "artifacts/logs/hs_err.log"},
                       {"what": "what it said last", "file": ""}],
        "files": [{"path": "artifacts/logs/hs_err.log", "what": "its report", "bytes": 2048}],
        "missing": [{"what": "thread dumps", "why": "the JVM has ended"}]})";

class DiagnosisReport : public ::testing::Test {
 protected:
  std::string render(std::string (*part)(const Material&)) {
    const auto history = run_.builder().build_cut_short();
    const auto load = view_load(history);
    const auto verdict = run_.failing();
    return part({"runs/x", run_.plan(), history, verdict, load});
  }
  void crashed() { run_.builder().fact("diagnosis", kCrash); }

  SampleRun run_{60};
};

TEST_F(DiagnosisReport, OfACrash_LinksItsFilesAndSaysWhatLacks) {
  crashed();
  EXPECT_THAT(render(page_diagnosis),
              AllOf(HasSubstr("the JVM crashed &lt;here&gt;"),
                    HasSubstr("<a href=\"../artifacts/logs/hs_err.log\">"), HasSubstr("2 KB"),
                    HasSubstr("thread dumps: the JVM has ended")));
}

TEST_F(DiagnosisReport, StandsBeforeTheChecks) {
  crashed();
  const auto html = render(render_html);
  EXPECT_LT(html.find("id=\"diagnosis\""), html.find("id=\"checks\""));
}

TEST_F(DiagnosisReport, IsInTextAndJsonToo) {
  crashed();
  EXPECT_THAT(render(render_markdown), HasSubstr("### Look at first"));
  const auto json = nlohmann::json::parse(render(render_json));
  EXPECT_EQ(json["diagnosis"]["look_first"][0]["file"], "artifacts/logs/hs_err.log");
  const auto history = run_.builder().build_cut_short();
  EXPECT_THAT(end_block(run_.failing(), "runs/x", Colour::off, &history),
              AllOf(HasSubstr("look at first"), HasSubstr("runs/x/artifacts/logs/hs_err.log")));
}

TEST_F(DiagnosisReport, OfARunThatGaveNoReason_IsNotThere) {
  EXPECT_EQ(render(page_diagnosis), "");
  EXPECT_THAT(render(render_markdown), Not(HasSubstr("Look at first")));
  EXPECT_TRUE(nlohmann::json::parse(render(render_json))["diagnosis"].is_null());
}

TEST_F(DiagnosisReport, Costs_AreShownByKindWithTheirStacks) {
  run_.builder()
      .add(history::Cost{.kind = "cpu",
                         .rank = 1,
                         .what = "com.example.Orders.<init>",
                         .stack = "com.example.Orders.<init>:7\ncom.example.Main.main:3",
                         .samples = 30,
                         .agent_samples = 2,
                         .share = 0.25})
      .add(history::Cost{.kind = "pause",
                         .rank = 1,
                         .what = "G1New: G1 Evacuation Pause",
                         .samples = 1,
                         .share = 0.5,
                         .took = 12ms,
                         .t = history::at(5)});
  EXPECT_THAT(render(page_costs),
              AllOf(HasSubstr("Hottest methods"), HasSubstr("com.example.Orders.&lt;init&gt;"),
                    HasSubstr("25.0 %"), HasSubstr("2 of 30"), HasSubstr("Main.main:3"),
                    HasSubstr("Longest pauses"), HasSubstr("12.0 ms"), HasSubstr("0:00:05"),
                    Not(HasSubstr("Allocation by site"))));
  const auto costs = nlohmann::json::parse(render(render_json))["costs"];
  ASSERT_EQ(costs.size(), 2U);
  EXPECT_EQ(costs[1]["took_s"], 0.012);
}

TEST_F(DiagnosisReport, WithoutARecording_HasNoCosts) { EXPECT_EQ(render(page_costs), ""); }

}  // namespace
}  // namespace bhsim::report
