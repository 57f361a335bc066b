#pragma once
// Where a verdict's numbers come from, for people: rows of the store, found by the condition that
// the check names.

#include <optional>
#include <string>
#include <vector>

#include "checks/check.hpp"
#include "framework/history/history.hpp"

namespace bhsim::report {

// Start of the load: what offsets in reports count from. The first phase window, else the first row
// there is.
Time load_start(const history::History& history);

// "swaps 17, 88, 203", "12 rows of failure, from 0:31:04"; empty when there is no evidence, or none
// that can be read.
std::string where_of(const checks::Verdict& verdict, const history::History& history);

struct EvidenceTable {
  std::string sql;           // for sqlite3
  history::Excerpt excerpt;  // instants as offsets from the start of the load
  std::string error;         // why there is no excerpt; empty
};
std::vector<EvidenceTable> evidence_tables(const checks::Verdict& verdict,
                                           const history::History& history, int rows);

}  // namespace bhsim::report
