#pragma once
// A healthy ten-minute run with every signal, as rows that a test may spoil before they become a
// history:
//
//   CleanRun run;
//   run.swaps[3].outcome = SwapOutcome::lost;
//   const JudgedRun judged = judge(run);
//
// Times are seconds since the start of the load: warm-up to 30, baseline to 120, steady to 480 (110
// swaps), disrupt to 570 (a pause at 500, a kill at 540), recover to 600; bad swaps and the drain
// follow on containers of their own, and eight pairs of JVMs.

#include <functional>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <ostream>
#include <string>
#include <vector>

#include "checks/check.hpp"
#include "tests/support/history_builder.hpp"

namespace bhsim::checks {

inline constexpr double kMb = 1024.0 * 1024.0;

// Histograms are written as the load engine writes them; this one holds `count` values around
// `latency` and, when given, `slow_share` of them at `slow`.
std::string histogram(std::int64_t count, Nanos latency, double slow_share = 0, Nanos slow = {});

// Since the start of the load.
inline double seconds(Time t) { return to_seconds(t - history::kBuilderStart); }

struct CleanRun {
  CleanRun();

  config::Plan plan;
  std::vector<history::Window> windows;
  std::vector<history::JvmSegment> jvms;
  std::map<std::string, std::vector<history::Sample>, std::less<>> samples;  // by series
  std::vector<history::LoadSecond> load;
  std::vector<history::GeneratorSecond> generator;
  std::vector<history::Failure> failures;
  std::vector<history::Swap> swaps;
  std::vector<history::Served> served;
  std::vector<history::Violation> violations;
  std::vector<history::Fault> faults;
  std::vector<history::GcPause> gc;
  std::vector<history::Redefinition> redefinitions;
  std::vector<history::LogLine> log_lines;
  std::vector<history::Health> health;
  std::vector<history::ThreadDump> dumps;
  std::vector<history::LockWait> lock_waits;
  std::vector<history::LedgerCheck> ledger;
  std::vector<history::AuditLine> audit;
  std::vector<history::EngineEvent> events;
  std::vector<history::Artifact> artifacts;
  std::vector<history::ClockPoint> clock;
  std::vector<history::Pair> pairs;
  std::vector<history::PairJvm> pair_jvms;
  std::vector<history::PairThread> pair_threads;
  std::vector<history::PairWindow> pair_windows;
  std::map<std::string, nlohmann::json, std::less<>> facts;
  bool sealed = true;

  // The value of a series at each sample becomes change(seconds since the start of the load,
  // value).
  void change(std::string_view series, const std::function<double(double, double)>& change);
  // So many megabytes more for each swap under load, as the JVM's look at its threads has it.
  void allocate_more(double megabytes_a_swap);
  // `count` requests of each second in [from, to) that were ok end otherwise instead, each with a
  // row.
  void fail_requests(double from_s, double to_s, std::int64_t count, history::Outcome outcome,
                     Nanos lasts = std::chrono::milliseconds(2));
  // The first start of the application under load, which the fault ends at 540.
  history::JvmSegment& first_life();
  // It ends by itself at that second instead, and another one begins.
  void end_first_life_at(double seconds);
  // Removes everything that the swaps and the agent leave behind, and takes the agent out of the
  // plan.
  void without_agent();
  // As if the runner had been killed at that second: later rows are not there, nothing is sealed.
  void cut_at(double seconds);
};

struct JudgedRun {
  std::unique_ptr<history::HistoryBuilder> builder;  // owns the directory
  std::unique_ptr<history::History> history;
  RunVerdict verdict;
  [[nodiscard]] const Verdict& of(std::string_view id) const;
  [[nodiscard]] std::vector<std::string> with(Status status) const;
};
JudgedRun judge(const CleanRun& run);

// For GoogleTest's messages.
inline void PrintTo(Status status, std::ostream* out) { *out << to_string(status); }
inline void PrintTo(RunStatus status, std::ostream* out) { *out << to_string(status); }

}  // namespace bhsim::checks
