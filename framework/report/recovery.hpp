#pragma once
// What came of faults, by kind and of all together: how soon each was noticed and recovered from,
// and what it reached. Each figure has its distribution over the faults.

#include <cstdint>
#include <string>
#include <vector>

#include "framework/report/report.hpp"
#include "framework/stats/intervals.hpp"

namespace bhsim::report {

struct RecoveryRow {
  std::string kind;                  // "all" of the last row, when there is more than one kind
  std::int64_t faults = 0;           // that acted and were undone
  std::int64_t judged = 0;           // of them, those that were watched for long enough
  std::int64_t recovered = 0;        // of the judged, within the limit of REL-05
  stats::Interval rate;              // of recovered, 95 %
  std::vector<double> detection_s;   // from the begin to the first alarm; ascending, as below
  std::vector<double> error_rate_s;  // from the begin until clients met too many errors
  std::vector<double> recovery_s;    // from the undo to five good windows in a row
  std::int64_t requests = 0;         // from the begin to the recovery
  std::int64_t failed = 0;           // of them
  std::vector<std::int64_t> reach;   // operations touched, of each fault
  std::int64_t operations = 0;       // of the load, at most
  std::vector<std::string> touched;  // by any of them, by name
};
// By name of the kind.
std::vector<RecoveryRow> recovery_rows(const Material& material);

}  // namespace bhsim::report
