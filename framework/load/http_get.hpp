#pragma once
// One GET, for the questions around a run (ledger ranges, versions); not for load.

#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"
#include "framework/load/ledger.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

struct HttpAnswer {
  int status = 0;
  std::string body;
};

// Connects, asks, reads until the response is complete. `path` follows target.path_prefix. The same
// guard as for load: loopback, or named in `allow`.
Result<HttpAnswer> http_get(const Target& target, std::string_view path, Nanos timeout,
                            const std::vector<std::string>& allow = {});

// Whether anything takes a connection there within the time, whatever it says then.
bool takes_connections(const Target& target, Nanos timeout);

// Asks `path` ("/ledger/{writer}?from={from}&to={to}") of a target, each question with this
// timeout, tried up to three times.
RangeFetch http_range_fetch(Target target, std::string path, Nanos timeout,
                            std::vector<std::string> allow = {});

}  // namespace bhsim::load
