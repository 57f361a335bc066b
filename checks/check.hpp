#pragma once
// A check is a pure function of plan and history to a verdict. One file a family, one line each in table.cpp.

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

// Where the numbers come from: a table of the run store and a condition, so that anybody can look with sqlite3.
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
  bool counted = false;  // a failure that was counted (lost write, crash), not estimated: outranks an invalid run
};

struct Check {
  std::string_view id;         // "PERF-04"; never changes meaning
  std::string_view title;      // "Swap latency, mean"
  std::string_view source;     // where phase-9.2 or CIS asks for it
  std::string_view remediation;  // what to do about a failure, one sentence
  Verdict (*judge)(const config::Plan& plan, const history::History& history);
};

// All checks, in order of id. The explicit table: a new check is one function and one line.
std::span<const Check> all();
const Check* find(std::string_view id);

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
};

// Judges everything. A check that throws is inconclusive. Only required checks decide, by the precedence: counted failure >
// invalid run > statistical failure > inconclusive > pass.
RunVerdict judge(const config::Plan& plan, const history::History& history);

// 0 pass, 1 fail, 2 inconclusive or invalid.
int exit_code(RunStatus status);

}  // namespace bhsim::checks
