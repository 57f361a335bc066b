#pragma once
// Counts and orders of judged checks, as every report shows them.

#include <cstdint>
#include <string>
#include <vector>

#include "checks/check.hpp"

namespace bhsim::report {

// How a check counts for the run: what its status is, and whether it is required.
enum class Standing {
  failed,
  inconclusive,
  advisory_failed,
  advisory_inconclusive,
  passed,
  waived,
  not_applicable
};

Standing standing(const checks::Judged& judged);

struct Counts {
  std::int64_t all = 0;
  std::int64_t failed = 0;           // required
  std::int64_t advisory_failed = 0;  // not required
  std::int64_t inconclusive = 0;     // required or not
  std::int64_t passed = 0;
  std::int64_t waived = 0;
  std::int64_t not_applicable = 0;
};

// The status as a word for machines: "not_applicable".
std::string status_id(checks::Status status);

Counts count(const checks::RunVerdict& verdict);

// "2 of 74 checks failed, 3 advisory, 1 inconclusive, 6 not applicable": what is 0 is left out; a
// pass names how many passed.
std::string counts_line(const checks::RunVerdict& verdict);

// The value is on the wrong side of its limit: what an inconclusive check would have failed by.
bool beyond_limit(const checks::Verdict& verdict);

// "99 % of 1,200 requests ended within 128 ms (limit: at most 100 ms)": whoever reads that a check
// failed must see by how much.
std::string because_with_limit(const checks::Verdict& verdict);

// What the list of failed and inconclusive checks does not say about the run: that it is invalid,
// or cut short, and why; nothing when the checks speak for themselves.
std::vector<std::string> reasons_beside_checks(const checks::RunVerdict& verdict);

// What decides the run first, in the order of Standing; beyond its limit first, then by id within.
std::vector<const checks::Judged*> worst_first(const checks::RunVerdict& verdict);

}  // namespace bhsim::report
