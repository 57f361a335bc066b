#pragma once
// A run as the reports see it: rows of every kind over `seconds`, and a verdict in which every
// standing of a check occurs. For tests of reports, and to look at one. Nothing is measured: shapes
// are drawn from a fixed seed.

#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "checks/check.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/histogram.hpp"
#include "tests/support/history_builder.hpp"

namespace bhsim::report {

using history::at;

class SampleRun {
 public:
  explicit SampleRun(int seconds) : seconds_(seconds) {
    phases();
    for (int s = 0; s < seconds_; ++s) second(s);
    swaps();
    faults();
    facts();
  }

  // Text of others, as an application or an attacker may log it: stands in a class name and in a
  // verdict.
  void hostile(const std::string& text) {
    builder_.add(history::Swap{.generation = 999'999,
                               .class_name = text,
                               .variant = text,
                               .t_write = at(1),
                               .outcome = history::SwapOutcome::lost,
                               .detail = text});
    builder_.window(history::WindowKind::phase, text, seconds_, seconds_ + 1);
    builder_.add(history::Fault{
        .id = 99, .kind = text, .target = text, .t_intent = at(2), .acted_proof = text});
    builder_.add(history::Artifact{text, text, text, 1});
    hostile_ = text;
  }

  history::HistoryBuilder& builder() { return builder_; }

  [[nodiscard]] config::Plan plan() const {
    config::Plan plan;
    plan.simulation = "production";
    plan.title = "Production simulation";
    plan.seed = 42;
    plan.duration = std::chrono::seconds(seconds_);
    plan.app.name = "ProductionSimulationApp";
    plan.agent.name = hostile_.empty() ? "reference" : hostile_;
    plan.load.name = "high";
    plan.jvm = {"-Xms1g", "-Xmx4g", "-XX:+UseG1GC"};
    plan.production.file = "configs/production-config.yml";
    plan.production.sha256 = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";
    plan.demoted["PERF-09"] = "10 minutes are too short for a trend";
    return plan;
  }

  // As a run of a bad evening: two required failures, and one check of every other standing.
  [[nodiscard]] checks::RunVerdict failing() const;
  // Everything required passed.
  [[nodiscard]] checks::RunVerdict passing() const;

 private:
  static std::string histogram(std::mt19937_64& random, std::int64_t count, double median_ms,
                               double slow_share) {
    stats::Histogram h;
    std::lognormal_distribution<double> fast(std::log(median_ms), 0.45);
    std::uniform_real_distribution<double> chance(0, 1);
    // A hundredth of the requests are drawn and stand for the others, so that four hours are made
    // in seconds.
    const std::int64_t weight = count > 100 ? 10 : 1;
    for (std::int64_t i = 0; i < count / weight; ++i) {
      const double ms = chance(random) < slow_share ? 20 + 60 * chance(random) : fast(random);
      h.record(Nanos(static_cast<std::int64_t>(ms * 1e6)), static_cast<std::uint64_t>(weight));
    }
    return h.encode();
  }

  void phases() {
    const double n = seconds_;
    builder_.phase("warm-up", 0, 0.05 * n)
        .phase("baseline", 0.05 * n, 0.2 * n)
        .phase("steady", 0.2 * n, 0.8 * n);
    builder_.phase("disrupt", 0.8 * n, 0.95 * n).phase("recover", 0.95 * n, n);
  }

  void second(int s) {
    const bool down = s > kill_at() && s < kill_at() + 6;
    const bool warm = s < seconds_ / 20;
    std::poisson_distribution<std::int64_t> arrivals(500);
    for (const char* operation : {"quote", "order"}) {
      history::LoadSecond row{.t = at(s), .operation = operation, .planned = arrivals(random_)};
      const std::int64_t failed = down ? row.planned * 9 / 10 : 0;
      row.outcomes[0] = row.planned - failed;
      row.outcomes[static_cast<std::size_t>(history::Outcome::refused)] = failed / 3;
      row.outcomes[static_cast<std::size_t>(history::Outcome::timeout)] = failed - failed / 3;
      row.within_slo = row.outcomes[0];
      row.corrected =
          histogram(random_, row.outcomes[0], warm ? 2.6 : 1.1, s % 60 == 0 ? 0.05 : 0.003);
      row.uncorrected = histogram(random_, row.outcomes[0], 0.9, 0.001);
      builder_.add(std::move(row));
    }
    if (!down) gauges(s);
    builder_.add(history::GeneratorSecond{.t = at(s),
                                          .lag = histogram(random_, 1000, 0.05, 0),
                                          .lag_max = Nanos(static_cast<std::int64_t>(2e6 * unit())),
                                          .cpu_share = 0.06 + 0.01 * unit()});
    for (const char* endpoint : {"live", "ready"})
      builder_.add(history::Health{at(s + 0.5), endpoint, !down, down ? 0 : 200,
                                   Nanos(static_cast<std::int64_t>(2e6 * (1 + unit())))});
    if (s % 3 == 0) {
      const bool forced = s % 300 == 0;
      builder_.add(history::GcPause{
          .t = at(s + 0.4),
          .id = s,
          .kind = "Pause Young (Normal)",
          .cause = "G1 Evacuation Pause",
          .pause = Nanos(static_cast<std::int64_t>((forced ? 38e6 : 2.2e6) * (1 + 0.4 * unit()))),
          .forced = forced});
    }
    builder_.add(
        history::ClockPoint{at(s), wall_from_ns(1'795'572'664'000'000'000 + s * 1'000'000'000LL)});
  }

  void gauges(int s) {
    namespace series = history::series;
    const double mb = 1024 * 1024;
    const auto add = [&](std::string_view name, double value) {
      builder_.add(history::Sample{std::string(name), at(s), value});
    };
    add(series::kHeapUsed, (90 + 14 * (s % 11) + 6 * unit()) * mb);
    add(series::kHeapCommitted, 1024 * mb);
    add(series::kMetaspaceUsed, (31 + 3.0 * s / seconds_ + 0.1 * unit()) * mb);
    add(series::kRss, (640 + 40 * std::min(1.0, 8.0 * s / seconds_) + 3 * unit()) * mb);
    cpu_ += (0.16 + 0.03 * unit() + (s % 32 < 20 ? 0.02 : 0)) * 1e9;
    add(series::kCpuApp, cpu_);
    own_cpu_ += 0.06e9 * (1 + 0.1 * unit());
    add(series::kOwnCpu, own_cpu_);
    add(series::kThreads, 41 + (s % 97 == 0 ? 1 : 0));
    add(series::kDescriptors, 118 + std::round(3 * unit()));
    add(series::kClassesLoaded, 1830 + std::round(12.0 * s / seconds_));
    if (s % 300 == 0) add(series::kHeapLive, (48 + 0.4 * unit()) * mb);
  }

  void swaps() {
    std::int64_t generation = 0;
    for (double s = 0.2 * seconds_; s < 0.8 * seconds_; s += 2) {
      if (std::fmod(s, 32) >= 20) continue;
      ++generation;
      const bool lost = generation % 97 == 0;
      history::Swap swap{
          .generation = generation,
          .class_name = "PricingService",
          .variant = "valid",
          .phase = "steady",
          .t_write = at(s),
          .outcome = lost ? history::SwapOutcome::lost : history::SwapOutcome::landed};
      if (!lost) swap.t_served = at(s + 0.35 + 0.2 * unit());
      if (generation % 10 == 0) {
        swap.variant = generation % 20 == 0 ? "truncated" : "schema-change";
        swap.valid = false;
        swap.outcome = history::SwapOutcome::refused;
        swap.t_served.reset();
        swap.detail = "java.lang.ClassFormatError: Truncated class file";
      }
      builder_.add(std::move(swap));
    }
  }

  void faults() {
    const double kill = kill_at();
    builder_.window(history::WindowKind::fault, "kill", kill, kill + 9);
    builder_.add(history::Fault{1, "kill", "load-1", history::FaultState::healed, at(kill - 0.1),
                                at(kill), at(kill + 0.2), at(kill + 5.1), at(kill + 6.4),
                                "exit code 137 seen", "ready again"});
    builder_.window(history::WindowKind::fault, "pause", kill + 30, kill + 36);
    builder_.add(history::Fault{2, "pause", "load-2", history::FaultState::healed, at(kill + 29.9),
                                at(kill + 30), at(kill + 35), at(kill + 35.1), at(kill + 35.6),
                                "cgroup frozen", "answers"});
    builder_.add(
        history::JvmSegment{.segment = 0, .container = "c1", .role = "load", .t_start = at(-4)});
    builder_.add(history::JvmSegment{
        .segment = 1, .container = "c2", .role = "load", .t_start = at(kill + 1)});
    builder_.add(history::LedgerCheck{.t = at(seconds_),
                                      .reason = "end",
                                      .acknowledged = 96'204,
                                      .verified = 96'204,
                                      .complete = true});
  }

  void facts() {
    builder_.fact(
        history::fact::kEngineInfo,
        R"json({"NCPU": 2, "MemTotal": 8589934592, "OperatingSystem": "Debian GNU/Linux 12 (bookworm)", "Architecture": "x86_64"})json");
    builder_.fact(
        history::fact::kEngineVersion,
        R"({"Version": "20.10.24", "ApiVersion": "1.41", "Os": "linux", "KernelVersion": "6.1.0"})");
    builder_.fact(history::fact::kVersions,
                  R"({"bhsim": "0.1.0", "jvm": "17.0.12", "image": "sha256:9c1e8a"})");
    builder_.add(history::Artifact{"artifacts/gc.log", "gc-log",
                                   "6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49", 1'204'331});
    builder_.add(history::Artifact{"artifacts/recording.jfr", "jfr",
                                   "d4735e3a265e16eee03f59718b9b5d03019c07d8b6c51f90", 48'112'004});
  }

  [[nodiscard]] double kill_at() const { return std::floor(0.85 * seconds_); }
  double unit() { return std::uniform_real_distribution<double>(0, 1)(random_); }

  const int seconds_;
  std::mt19937_64 random_{42};
  history::HistoryBuilder builder_;
  double cpu_ = 0;
  double own_cpu_ = 0;
  std::string hostile_;
};

// A check that is not judged here: the verdicts below are given.
inline checks::Verdict not_judged(const config::Plan&, const history::History&) { return {}; }

inline const std::vector<checks::Check>& sample_checks() {
  static const std::vector<checks::Check> table = {
      {"CONC-03", "Generations never go back", "phase-9.2 \"Concurrency Testing\"",
       "Look at the class loader that served the old version.", not_judged,
       "The served-version oracle's violations."},
      {"HLTH-01", "Live and ready answer within 1 s", "phase-9.2 \"Health Checks\"",
       "Give health checks a thread of their own.", not_judged, "The slowest probe under load."},
      {"LOAD-01", "Error rate", "phase-9.2 \"Load Testing\"", "Look at the failures by outcome.",
       not_judged, "Requests that did not end ok, outside faults."},
      {"LOAD-02", "No request dropped by a redefinition", "phase-9.2 \"Load Testing\"",
       "Do not close connections while classes are redefined.", not_judged,
       "Outcomes of requests in flight at a swap."},
      {"PERF-04", "Swap latency, mean", "phase-9.2 \"Performance Metrics\"",
       "Shorten the agent's polling.", not_judged,
       "File write starts until the first response by the new version."},
      {"PERF-07", "Throughput kept", "phase-9.2 \"Performance Metrics\"", "Look for stalls.",
       not_judged, "Goodput over planned."},
      {"PERF-09", "No degradation over time", "phase-9.2 \"Stability\"", "Compare flame graphs.",
       not_judged, "Theil-Sen on windowed p99."},
      {"REL-05", "Mean time to recovery", "phase-9.2 \"Reliability\"",
       "Look at the start of the JVM.", not_judged, "Undo until five good windows in a row."},
      {"REL-07", "Swap success, valid changes", "phase-9.2 \"Reliability Metrics\"",
       "Look at the agent's log around the lost swaps.", not_judged,
       "A proportion with at least 21 trials."},
      {"ROLL-02", "Rolled back within two health-check-intervals", "phase-9.2 \"Rollback\"",
       "Shorten the interval.", not_judged, "From the swap to the old version."},
      {"SEC-06", "Read-only root", "CIS Docker Benchmark 1.6, 5.13", "Run with --read-only.",
       not_judged, "Inspect."},
      {"STAB-02", "No heap leak", "phase-9.2 \"Stability Testing\"",
       "Take a heap dump after a full collection.", not_judged,
       "Theil-Sen on the floor after forced collections."},
  };
  return table;
}

inline checks::Judged sample(std::string_view id, checks::Verdict verdict, bool required = true) {
  for (const auto& check : sample_checks()) {
    if (check.id == id) return {&check, std::move(verdict), required};
  }
  throw std::invalid_argument(std::string(id));
}

inline checks::RunVerdict SampleRun::passing() const {
  using checks::Status;
  checks::RunVerdict run{checks::RunStatus::pass, "every required check passed", {}};
  const auto add = [&](std::string_view id, checks::Verdict v, bool required = true) {
    run.checks.push_back(sample(id, std::move(v), required));
  };
  add("CONC-03",
      {.status = Status::pass,
       .because = "no class served an older generation after a newer one, 204,118 responses",
       .value = 0,
       .limit = 0,
       .unit = "violations",
       .relation = "=",
       .samples = 204'118,
       .evidence = {{"violation", "kind = 'went_back'"}}});
  add("HLTH-01", {.status = Status::pass,
                  .because = "the slowest of 6,120 probes took 38 ms",
                  .value = 0.038,
                  .limit = 1,
                  .unit = "s",
                  .relation = "<=",
                  .samples = 6120,
                  .evidence = {{"health", "latency > 1000000000"}}});
  add("LOAD-01", {.status = Status::pass,
                  .because = "0 of 512,010 requests failed outside faults",
                  .value = 0,
                  .limit = 0.1,
                  .unit = "%",
                  .relation = "<",
                  .samples = 512'010,
                  .interval = checks::Interval{0, 0.0007},
                  .evidence = {{"failure", "1"}}});
  add("PERF-04", {.status = Status::pass,
                  .because = "112 swaps took 0.45 s on average",
                  .value = 0.4512,
                  .limit = 2,
                  .unit = "s",
                  .relation = "<",
                  .samples = 112,
                  .interval = checks::Interval{0.43, 0.47},
                  .window = history::Span{at(0), at(100)},
                  .evidence = {{"swap", "valid = 1 AND outcome = 'landed'"}}});
  add("PERF-07", {.status = Status::pass,
                  .because = "99.93 % of planned requests were ok and in time",
                  .value = 99.93,
                  .limit = 99,
                  .unit = "%",
                  .relation = ">=",
                  .samples = 600'000,
                  .evidence = {{"load_second", "within_slo < planned"}}});
  add("SEC-06", {.status = Status::pass, .because = "the root file system is mounted read-only"});
  return run;
}

inline checks::RunVerdict SampleRun::failing() const {
  using checks::Status;
  checks::RunVerdict run = passing();
  run.status = checks::RunStatus::fail;
  run.because = "2 required checks failed";
  const auto add = [&](std::string_view id, checks::Verdict v, bool required = true) {
    run.checks.push_back(sample(id, std::move(v), required));
  };
  add("REL-07", {.status = Status::fail,
                 .because = "92 of 101 valid swaps were served within 15 s" + hostile_,
                 .value = 91.09,
                 .limit = 95,
                 .unit = "%",
                 .relation = ">",
                 .samples = 101,
                 .interval = checks::Interval{83.9, 95.2},
                 .evidence = {{"swap", "valid = 1 AND outcome = 'lost'"}}});
  add("LOAD-02", {.status = Status::fail,
                  .because = "3 requests failed while PricingService was redefined",
                  .value = 3,
                  .limit = 0,
                  .unit = "requests",
                  .relation = "=",
                  .samples = 101,
                  .evidence = {{"swap", "generation IN (17, 88, 203)"}},
                  .counted = true});
  add("PERF-09",
      {.status = Status::inconclusive,
       .because = "the slope of p99 lies between -2 and 14 % a run",
       .value = 6,
       .limit = 5,
       .unit = "%",
       .relation = "<",
       .samples = 40,
       .interval = checks::Interval{-2, 14}},
      false);
  add("STAB-02", {.status = Status::inconclusive,
                  .because = "only 3 forced collections; 8 needed",
                  .samples = 3});
  add("REL-05",
      {.status = Status::fail,
       .because = "recovery took 41 s on average",
       .value = 41,
       .limit = 30,
       .unit = "s",
       .relation = "<",
       .samples = 2,
       .evidence = {{"fault", "1"}}},
      false);
  add("ROLL-02", {.status = Status::not_applicable,
                  .because = "the agent profile does not claim rollback" + hostile_});
  run.checks.push_back(sample(
      "SEC-06",
      {.status = Status::waived, .because = "waived until 2027-01-31 by ops: legacy volume"}));
  return run;
}

}  // namespace bhsim::report
