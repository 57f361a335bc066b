#pragma once
// What a hypervisor gave to other machines of the CPU that this one would have used.

#include <optional>
#include <string_view>

#include "framework/base/clock.hpp"

namespace bhsim::probes {

// Since the start of the machine, of a core on average: one second a second is all of it. From the
// text of /proc/stat (proc(5)), in ticks of which `ticks_per_second` are one second
// (sysconf(_SC_CLK_TCK)). Nothing for a text without such a line, or with no core.
std::optional<Nanos> parse_stolen(std::string_view proc_stat, long ticks_per_second);

}  // namespace bhsim::probes
