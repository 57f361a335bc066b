#pragma once
// A check is a pure function of plan and history to a verdict. One file a family, one line each in
// table.cpp.

#include <fmt/format.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/config/plan.hpp"
#include "framework/history/history.hpp"

namespace bhsim::checks {

enum class Status { pass, fail, inconclusive, not_applicable, waived };
std::string_view to_string(Status status);

struct Interval {
  double low = 0;
  double high = 0;
};

// Where the numbers come from: a table of the run store and a condition, so that anybody can look
// with sqlite3.
struct Evidence {
  std::string table;
  std::string where;
};

struct Verdict {
  Status status = Status::inconclusive;
  std::string because;  // one sentence with the number
  std::optional<double> value;
  std::optional<double> limit;
  std::string unit;      // "s", "%", "requests", "MB/h" …
  std::string relation;  // "<", "<=", ">", ">=", "=": value must stand so to the limit
  std::int64_t samples = 0;
  std::optional<Interval> interval;
  std::optional<history::Span> window;
  std::vector<Evidence> evidence;
  bool counted = false;  // a failure that was counted (lost write, crash), not estimated: outranks
                         // an invalid run
};

// What a passing verdict rests on. A run that was cut short can still prove what was known at its
// start.
enum class Basis {
  whole_run,  // the signal over the run: not a pass when the evidence ends early
  facts,      // documents taken once; where one lacks, the check itself is inconclusive
};

struct Check {
  std::string_view id;           // "PERF-04"; never changes meaning
  std::string_view title;        // "Swap latency, mean"
  std::string_view source;       // where phase-9.2 or CIS asks for it
  std::string_view remediation;  // what to do about a failure, one sentence
  Verdict (*judge)(const config::Plan& plan, const history::History& history);
  std::string_view rule;  // how the value comes about and when there is none: docs/checks.md
  Basis basis = Basis::whole_run;
};

// All checks, in order of id. The explicit table: a new check is one function and one line.
std::span<const Check> all();
const Check* find(std::string_view id);

// One check as a run is judged by it: what throws is inconclusive, and what a run that was cut
// short cannot prove is not proven. Without waivers.
Verdict judge_one(const Check& check, const config::Plan& plan, const history::History& history);

struct Judged {
  const Check* check = nullptr;
  Verdict verdict;
  bool required = false;
};

enum class RunStatus { pass, fail, inconclusive, invalid };
std::string_view to_string(RunStatus status);

struct RunVerdict {
  RunStatus status = RunStatus::inconclusive;
  std::string because;
  std::vector<Judged> checks;
  // Why the measurement cannot be relied on; empty: it can. A run that counted a failure fails all
  // the same.
  std::vector<std::string> invalid;
};

// Judges everything. Only required checks that were not demoted decide, by the precedence: counted
// failure > invalid run > statistical failure > inconclusive > pass. Invalid: LOAD-06 failed, rows
// were dropped, or a fault could not be undone. Waivers hold until the end of their date, by the
// wall time of the run's own end; LOAD-06 cannot be waived, because that would waive the
// instrument.
RunVerdict judge(const config::Plan& plan, const history::History& history);

// 0 pass, 1 fail, 2 inconclusive or invalid.
int exit_code(RunStatus status);

// docs/checks.md, whole: generated from the table and the default limits, and held equal to it by a
// test.
std::string markdown_catalogue();

}  // namespace bhsim::checks
