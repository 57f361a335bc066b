#pragma once
// `bhsim load URL`, without the parsing of flags.

#include <optional>
#include <ostream>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

struct LoadCommandOptions {
  std::string url;                   // http://host:port/path, https://…
  std::string rate = "1000/s";       // or "max": closed loop; "search", "search:FROM..TO"
  std::string arrivals = "poisson";  // constant, poisson, stages:10s@500,10s@2000,
                                     // spikes:5000/s:every=10s:for=1s, replay:FILE
  int connections = 50;
  int threads = 1;
  Nanos duration = std::chrono::seconds(10);
  Nanos timeout = std::chrono::seconds(2);
  Nanos slo = std::chrono::milliseconds(100);
  std::string pacing = "100us";  // or "exact"
  std::uint64_t seed = 1;
  std::string method;                // empty: GET, or POST when there is data
  std::vector<std::string> headers;  // "Name: value"
  std::string data;                  // a template; "@FILE" reads it
  std::vector<std::string>
      expect;  // "status=201", "body=TEXT", "header=Name: value", "json=field:number"
  // Instead of method, headers, data and expect: the operations say that themselves, and the URL is
  // in front of their paths.
  std::optional<OperationMix> mix;
  std::vector<std::string> allow_targets;
  Path ca_file;             // https: PEM of whom to trust; empty: the system's authorities
  std::string server_name;  // https: wanted and verified; empty: the URL's host
  bool insecure = false;    // https: verify nothing
  Path json;                // the summary as JSON; empty: not written
  Path hlog;                // HdrHistogram log, a line a second and operation; empty: not written
  std::optional<Nanos> max_p99;  // from the planned start; above: fail. Of a search: `slo` if empty
  std::optional<double> max_error_share;  // of a search: 1 % if empty
  std::optional<double> precision;        // of a search only: 5 % if empty
  bool live = false;                      // a line a second on `err`
};

enum class LoadVerdict { pass, fail, invalid, interrupted };  // exit codes 0, 1, 2, 130

// Runs, writes the summary to `out` and the files, and says whether the thresholds hold. An Error:
// nothing was measured.
Result<LoadVerdict> load_command(const LoadCommandOptions& options, const Clock& clock,
                                 std::ostream& out, std::ostream& err, std::stop_token stop);

}  // namespace bhsim::load
