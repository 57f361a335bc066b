#pragma once
// The words of `bhsim load` turned into a spec. Pure, but for files that are named (`replay:FILE`,
// `@FILE`).

#include <string_view>

#include "framework/base/result.hpp"
#include "framework/load/capacity.hpp"
#include "framework/load/command.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

struct Url {
  Target target;     // without path_prefix
  std::string path;  // with query, "/" when there is none
};
// "http://host[:port][/path]" (80) or "https://…" (443), "[::1]" for IPv6.
Result<Url> parse_url(std::string_view text);

Result<LoadSpec> to_spec(const LoadCommandOptions& options);

// "search", "search:FROM..TO", "search:FROM..", "search:..TO": a capacity search. The spec of such
// words has everything but the rate.
bool is_search(const LoadCommandOptions& options);
// FROM is, when it is not said, the lowest rate at which --duration has enough requests to judge.
Result<CapacityOptions> to_search(const LoadCommandOptions& options);

}  // namespace bhsim::load
