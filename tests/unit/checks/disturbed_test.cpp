// What a pause or a kill of bhsim's own does to the signals must not look like a defect; and a
// defect must not hide behind it.

#include <gtest/gtest.h>

#include <algorithm>

#include "clean_run.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

struct Case {
  std::string name;
  std::string check;
  Status status;
  std::function<void(CleanRun&)> set;
};
void PrintTo(const Case& one, std::ostream* out) { *out << one.name; }

double second_of(Time t) { return to_seconds(t - kBuilderStart); }

// Rows of the endpoint in [from, to) say so.
void says(CleanRun& run, std::string_view endpoint, bool up, double from_s, double to_s) {
  for (auto& row : run.health)
    if (row.endpoint == endpoint && row.t >= at(from_s) && row.t < at(to_s)) row.up = up;
}

// The engine does not look between the two instants: its view is that of its last look.
void looks_not(CleanRun& run, double from_s, double to_s) {
  for (auto& row : run.health)
    if (row.endpoint == "container" && row.t >= at(from_s) && row.t < at(to_s))
      row.latency = row.t - at(from_s);
}

void engine_asks(CleanRun& run, const char* path) {
  run.facts["container.inspect"]["Config"]["Healthcheck"]["Test"] = {"CMD", "/bhsim-helper",
                                                                     "health", path, "8080"};
}

// A pause from 500 that was recovered from at that second.
void pause_lasts_to(CleanRun& run, double to_s) {
  run.faults[0].t_recovered = at(to_s);
  for (auto& window : run.windows)
    if (window.kind == WindowKind::fault && window.id == 1) window.t1 = at(to_s);
}

void without_kill(CleanRun& run) {
  run.faults.resize(1);
  std::erase_if(run.windows, [](const Window& window) {
    return window.kind == WindowKind::fault && window.id > 1;
  });
  run.jvms.pop_back();
  run.first_life().t_end = at(605);
  for (const auto* endpoint : {"live", "ready", "uptime", "container"})
    says(run, endpoint, true, 540, 543);
}

// --- HLTH-04: the engine's view and ours -------------------------------------------------------

const std::vector<Case>& engine_view() {
  static const std::vector<Case> all = {
      // A pause stops the engine's monitor, which leaves its view at "unhealthy" until the next
      // look: an interval and a look after the end of the pause, later on a busy host.
      {"UnhealthyByThePauseUntilTheNextLook", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         looks_not(run, 499, 535);
         says(run, "container", false, 502, 535);
       }},
      {"UnhealthyAfterAPauseAndANewLook", "HLTH-04", Status::fail,
       [](CleanRun& run) { says(run, "container", false, 502, 538); }},
      {"NoLookForAMinuteAfterAPause", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         without_kill(run);
         looks_not(run, 470, 561);
       }},
      {"NoLookForMoreThanAMinuteAfterAPause", "HLTH-04", Status::fail,
       [](CleanRun& run) {
         without_kill(run);
         looks_not(run, 499, 570);
       }},
      {"UnhealthyAfterARestartThatNobodyPlanned", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         run.end_first_life_at(300);
         for (const auto* endpoint : {"live", "ready", "container"})
           says(run, endpoint, false, 300, 303);
         looks_not(run, 299, 330);
         says(run, "container", false, 303, 330);
       }},
      {"UnhealthyWithoutAnyReason", "HLTH-04", Status::fail,
       [](CleanRun& run) { says(run, "container", false, 200, 215); }},
      {"HealthyWhileTheApplicationIsDown", "HLTH-04", Status::fail,
       [](CleanRun& run) {
         says(run, "live", false, 200, 260);
         says(run, "ready", false, 200, 260);
       }},
      // Three looks of five seconds between and two of patience each.
      {"HangThatTheEngineLearnsOfByTimeouts", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         says(run, "live", false, 200, 260);
         says(run, "ready", false, 200, 260);
         says(run, "container", false, 226, 266);
       }},
      {"ApplicationThatWentDownAfterTheLastLook", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         looks_not(run, 200, 250);
         says(run, "live", false, 201, 250);
         says(run, "ready", false, 201, 250);
         says(run, "container", false, 250, 251);
       }},
      {"NotReadyIsUnhealthyWhenTheEngineAsksForReady", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         engine_asks(run, "/health/ready");
         says(run, "ready", false, 200, 260);
         says(run, "container", false, 215, 265);
       }},
      {"NotReadyIsUnhealthyWhenTheEngineAsksForLive", "HLTH-04", Status::fail,
       [](CleanRun& run) {
         engine_asks(run, "/health/live");
         says(run, "ready", false, 200, 260);
         says(run, "container", false, 215, 265);
       }},
      {"NotReadyMayBeEitherWhenNobodyKnowsWhatTheEngineAsks", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         says(run, "ready", false, 200, 260);
         says(run, "container", false, 215, 265);
       }},
      {"PathThatBeginsTheOther", "HLTH-04", Status::pass,
       [](CleanRun& run) {
         run.plan.app.live_path = "/health";
         engine_asks(run, "/health/ready");
         says(run, "ready", false, 200, 260);
         says(run, "container", false, 215, 265);
       }},
  };
  return all;
}

// --- the others --------------------------------------------------------------------------------

// Of the prober of uptime: a request at `from_s` that was given up a second later.
void prober_waits(CleanRun& run, double from_s) {
  std::erase_if(run.health, [&](const Health& row) {
    return row.endpoint == "uptime" && row.t > at(from_s - 0.01) && row.t < at(from_s + 0.999);
  });
  run.health.push_back({at(from_s), "uptime", false, 0, 1s, "load"});
  std::ranges::stable_sort(run.health, {}, &Health::t);
}

void long_collections(CleanRun& run, double s) {
  for (int i = 0; i < 3; ++i)
    run.gc.push_back({at(s + 0.01 * i), 9000 + i, "Pause Young (Normal)", "G1 Evacuation Pause",
                      160 << 20, 100 << 20, 256 << 20, 1900ms, false});
}

void throttled(CleanRun& run, double from_s) {
  run.change(series::kThrottledPeriods,
             [=](double s, double) { return 0.3 * s + 10 * std::clamp(s - from_s, 0.0, 19.0); });
}

void many_threads(CleanRun& run, double from_s, double to_s) {
  for (auto& phase : run.plan.phases)
    if (phase.name == "disrupt") phase.swaps = true;
  run.change(series::kThreads,
             [=](double s, double value) { return value + (s >= from_s && s < to_s ? 40 : 0); });
}

const std::vector<Case>& other_signals() {
  static const std::vector<Case> all = {
      {"HealthProbeSentJustBeforeAPause", "HLTH-01", Status::pass,
       [](CleanRun& run) {
         for (auto& row : run.health)
           if (row.endpoint == "live" && second_of(row.t) > 499.05 && second_of(row.t) < 502)
             row.status = 0, row.latency = 1s;
       }},
      {"UptimeProbeThatAPauseMet", "REL-08", Status::pass,
       [](CleanRun& run) { prober_waits(run, 499.3); }},
      {"UptimeProbeOfAPauseGivenUpAfterIt", "REL-08", Status::pass,
       [](CleanRun& run) { prober_waits(run, 501.95); }},
      {"UptimeProbeOfASecondAfterAPause", "REL-08", Status::fail,
       [](CleanRun& run) { prober_waits(run, 502.1); }},
      {"DownAfterAPauseThatWasRecoveredFrom", "REL-08", Status::fail,
       [](CleanRun& run) { says(run, "uptime", false, 502, 504); }},
      {"CollectionThatAPauseFellInto", "LOAD-04", Status::pass,
       [](CleanRun& run) { long_collections(run, 502.05); }},
      {"CollectionsThatTakeSecondsByThemselves", "LOAD-04", Status::fail,
       [](CleanRun& run) { long_collections(run, 300); }},
      {"ThrottledWhileANewJvmWarmsUp", "RES-07", Status::pass,
       [](CleanRun& run) { throttled(run, 543); }},
      {"ThrottledAsMuchAtAnotherTime", "RES-07", Status::fail,
       [](CleanRun& run) { throttled(run, 300); }},
      {"ThreadsForWhatAPausePiledUp", "RES-03", Status::pass,
       [](CleanRun& run) {
         pause_lasts_to(run, 512);
         many_threads(run, 500, 512);
       }},
      {"ThreadsThatStayAfterAPause", "RES-03", Status::fail,
       [](CleanRun& run) {
         pause_lasts_to(run, 512);
         many_threads(run, 500, 540);
       }},
      {"KillIsAPlannedEnd", "STAB-01", Status::pass,
       [](CleanRun& run) {
         run.events.push_back({at(540.1), "c-load", "die", "exitCode=137"});
       }},
      {"DeathAfterTheRecoveryFromAKill", "STAB-01", Status::fail,
       [](CleanRun& run) {
         run.events.push_back({at(543.5), "c-load", "die", "exitCode=1"});
       }},
      {"LogLinesOfAKillAreNoConcurrencyTrouble", "CONC-07", Status::pass,
       [](CleanRun& run) {
         run.log_lines.push_back(
             {at(540.6), "app", "EXCEPTION",
              "java.net.SocketException: Connection reset\n\tat a.B.c(D.java:1)"});
       }},
      {"CsvOfARunWithFaultsIsComplete", "RES-06", Status::pass,
       [](CleanRun& run) {
         for (auto& [name, rows] : run.samples)
           std::erase_if(rows, [](const Sample& row) {
             const double s = second_of(row.t);
             return (s >= 500 && s < 502) || (s >= 540 && s < 543);
           });
       }},
  };
  return all;
}

class Disturbed : public ::testing::TestWithParam<Case> {};

TEST_P(Disturbed, IsJudgedByWhatTheApplicationDid) {
  CleanRun run;
  GetParam().set(run);
  const auto judged = judge(run);
  const auto& verdict = judged.of(GetParam().check);
  EXPECT_EQ(verdict.status, GetParam().status) << verdict.because;
}

INSTANTIATE_TEST_SUITE_P(EngineView, Disturbed, ::testing::ValuesIn(engine_view()),
                         [](const auto& one) { return one.param.name; });
INSTANTIATE_TEST_SUITE_P(Signals, Disturbed, ::testing::ValuesIn(other_signals()),
                         [](const auto& one) { return one.param.name; });

}  // namespace
}  // namespace bhsim::checks
