#include "framework/report/console.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"
#include "tests/support/sample_run.hpp"

namespace bhsim::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

history::LiveState steady() {
  history::LiveState state;
  state.phase = "steady";
  state.total = std::chrono::hours(4);
  state.elapsed = std::chrono::minutes(149);
  state.rate_per_s = 1000.2;
  state.p50 = std::chrono::microseconds(1100);
  state.p99 = std::chrono::microseconds(4800);
  state.requests = 8'940'000;
  state.swaps = state.swaps_ok = 412;
  state.heap_bytes = 231LL << 20;
  state.cpu_share = 0.18;
  return state;
}

TEST(LiveBlock, ShowsTheRunInTwoLines) {
  EXPECT_EQ(live_block(steady(), 120, Colour::off),
            "  steady    ██████████████████░░░░░░░░░░░░  62 %   1 h 31 m left\n"
            "  1,000/s   p50 1.1 ms  p99 4.8 ms   errors 0.000 %   swaps 412/412   heap 231 MB   "
            "cpu 18 %\n");
}

TEST(LiveBlock, NarrowTerminal_CutsEveryLine) {
  auto state = steady();
  state.notice = std::string(300, 'x');
  for (const int columns : {20, 40, 79}) {
    std::istringstream lines(live_block(state, columns, Colour::on));
    for (std::string line; std::getline(lines, line);) {
      std::string seen;
      for (std::size_t i = 0; i < line.size(); ++i) {
        if (line[i] == '\x1b')
          i = line.find('m', i);
        else
          seen += line[i];
      }
      EXPECT_LE(width(seen), static_cast<std::size_t>(columns)) << line;
    }
  }
}

TEST(LiveBlock, OneFailureInMillions_IsNotRoundedAway) {
  auto state = steady();
  state.errors = 1;
  EXPECT_THAT(live_block(state, 120, Colour::off), HasSubstr("errors <0.001 %"));
}

TEST(LiveBlock, BeforeTheLoad_HasNoBar) {
  history::LiveState state;
  state.phase = "getting ready";
  EXPECT_THAT(live_block(state, 120, Colour::off), Not(HasSubstr("left")));
  EXPECT_THAT(live_block(state, 120, Colour::off), HasSubstr("p99 –"));
}

TEST(LiveLine, IsOneLineWithoutColour) {
  const auto line = live_line(steady());
  EXPECT_EQ(
      line,
      "2:29:00  steady     62 %, 1 h 31 m left  1,000/s  p50 1.1 ms  p99 4.8 ms  errors 0.000 % "
      " swaps 412/412  "
      "heap 231 MB  cpu 18 %");
}

TEST(RunHeading, SaysWhatRuns) {
  config::Plan plan;
  plan.simulation = "production";
  plan.load.name = "high";
  plan.duration = std::chrono::hours(4);
  plan.seed = 42;
  EXPECT_EQ(run_heading("20261125-021104-7f3a", plan),
            "bhsim run 20261125-021104-7f3a   production · high: 1,000/s Poisson, 50 connections · "
            "4h · seed 42\n");
}

TEST(EndBlock, FailedFirst_ThenInconclusive_ThenAdvisory) {
  SampleRun run(60);
  const auto history = run.builder().build();
  const auto block = end_block(run.failing(), "runs/x", Colour::off, &history);
  EXPECT_THAT(block, HasSubstr("\n  FAIL   2 of 13 checks failed, 1 advisory, 2 inconclusive, 1 "
                               "waived, 1 not applicable\n"));
  EXPECT_THAT(
      block, HasSubstr("    LOAD-02   3 requests failed while PricingService was redefined (limit: "
                       "exactly 0 requests)\n"));
  const auto failed = block.find("REL-07");
  const auto inconclusive = block.find("STAB-02");
  const auto advisory = block.find("REL-05");
  EXPECT_LT(failed, inconclusive);
  EXPECT_LT(inconclusive, advisory);
  EXPECT_THAT(block,
              HasSubstr("  report  runs/x/report/index.html\n  again   bhsim check runs/x\n"));
  EXPECT_THAT(block, Not(HasSubstr("PERF-04"))) << "what passed is not listed";
  EXPECT_THAT(block, Not(HasSubstr("\x1b")));
}

TEST(EndBlock, WithTheHistory_NamesTheSwaps) {
  SampleRun run(200);
  const auto history = run.builder().build();
  EXPECT_THAT(end_block(run.failing(), "runs/x", Colour::off, &history), HasSubstr("swap 17\n"));
  EXPECT_THAT(end_block(run.failing(), "runs/x", Colour::off), Not(HasSubstr("swap 17")));
}

TEST(EndBlock, Pass_SaysHowManyPassed) {
  SampleRun run(60);
  EXPECT_THAT(end_block(run.passing(), "runs/x", Colour::on),
              HasSubstr("\x1b[1;32mPASS\x1b[0m   6 of 6 checks passed\n"));
}

TEST(EndBlock, InvalidRun_SaysWhy) {
  checks::RunVerdict verdict{checks::RunStatus::invalid, "the generator was late", {}};
  const auto block = end_block(verdict, "runs/x", Colour::off);
  EXPECT_THAT(block, HasSubstr("The generator was late"));
  EXPECT_THAT(block, HasSubstr("neither a pass nor a failure"));
}

TEST(EndBlock, InvalidRunByAFailedCheck_SaysItOnce) {
  SampleRun run(60);
  auto verdict = run.failing();
  verdict.status = checks::RunStatus::invalid;
  verdict.because = "the run is invalid: REL-07: 92 of 101 valid swaps were served within 15 s";
  const auto block = end_block(verdict, "runs/x", Colour::off);
  const auto first = block.find("92 of 101");
  ASSERT_NE(first, std::string::npos);
  EXPECT_EQ(block.find("92 of 101", first + 1), std::string::npos);
}

TEST(EndBlock, ManyInconclusive_TheWorstWithSentencesTheOthersByName) {
  SampleRun run(60);
  checks::RunVerdict verdict{checks::RunStatus::inconclusive, "the run was cut short: killed", {}};
  for (const auto& check : sample_checks())
    verdict.checks.push_back({&check, {.because = fmt::format("until then: {}", check.id)}, true});
  verdict.checks.back().verdict.value = 3;
  verdict.checks.back().verdict.limit = 1;
  verdict.checks.back().verdict.relation = "<=";
  const auto block = end_block(verdict, "runs/x", Colour::off);
  EXPECT_THAT(block, HasSubstr("The run was cut short: killed"));
  EXPECT_THAT(block, HasSubstr("and 2 more: ROLL-02, SEC-06"));
  EXPECT_LT(block.find("STAB-02"), block.find("CONC-03")) << "what is beyond its limit comes first";
}

TEST(EndBlock, EscapeSequencesOfALogLine_DoNotReachTheTerminal) {
  SampleRun run(60);
  run.hostile("\x1b[2J\x1b]0;owned\x07");
  const auto history = run.builder().build();
  EXPECT_THAT(end_block(run.failing(), "runs/x", Colour::off, &history), Not(HasSubstr("\x1b")));
}

TEST(Progress, Pipe_HasALineEach30SecondsAndAtEachPhase) {
  std::ostringstream out;
  FakeClock clock;
  Progress progress(out, false, clock);
  auto state = steady();
  for (int s = 0; s < 65; ++s) {
    progress.show(state);
    clock.advance(std::chrono::seconds(1));
  }
  state.phase = "disrupt";
  progress.show(state);
  progress.notice("kill of load-1");
  progress.end();
  const std::string text = out.str();
  EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 5)
      << text;  // 0, 30, 60, the phase, the notice
  EXPECT_THAT(text, Not(HasSubstr("\x1b")));
}

TEST(Progress, Terminal_RedrawsInPlaceAndLeavesOnlyNotices) {
  std::ostringstream out;
  FakeClock clock;
  Progress progress(out, true, clock);
  progress.show(steady());
  EXPECT_THAT(out.str(), Not(HasSubstr("\x1b[2A"))) << "there is nothing to erase yet";
  progress.show(steady());  // too soon: not drawn
  const auto once = out.str();
  clock.advance(std::chrono::seconds(1));
  progress.show(steady());
  EXPECT_THAT(out.str().substr(once.size()), ::testing::StartsWith("\x1b[2A\r\x1b[J"));
  progress.notice("engine 20.10.24");
  EXPECT_THAT(out.str(), HasSubstr("\x1b[Jengine 20.10.24\n"));
  progress.end();
  EXPECT_THAT(out.str(), ::testing::EndsWith("\x1b[2A\r\x1b[J"));
}

}  // namespace
}  // namespace bhsim::report
