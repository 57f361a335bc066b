#pragma once
// The JVM's counters in shared memory (hsperfdata, format 2.0), what jstat reads.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "docker/helper/args.hpp"

namespace bhsim::helper {

// All scalar counters of type long, by name; an Error when the bytes are not of this format. Total
// on any input.
Result<std::map<std::string, std::int64_t, std::less<>>> parse_perfdata(std::string_view bytes);

// The file of that process below `tmp`, the newest when several users have one; nothing when there
// is none.
std::optional<std::string> find_perfdata(const std::string& tmp, int pid);

// The counters that a tick carries, or null when there are none yet.
Json look_at_perfdata(const std::string& tmp, int pid);

}  // namespace bhsim::helper
