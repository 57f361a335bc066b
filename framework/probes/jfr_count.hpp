#pragma once
// How many events of some kinds a flight recording holds. No engine, no JVM, no clock.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"

namespace bhsim::probes::jfr {

// `names` as "bhsim.HotSwap"; 0 for one that the recording does not even describe. An Error for
// what is no recording or is cut short: what is missing there is not to be taken for nothing.
Result<std::map<std::string, std::int64_t>> count_events(std::string_view recording,
                                                         const std::vector<std::string>& names);

}  // namespace bhsim::probes::jfr
