#pragma once
// Threads of a HotSpot thread dump that ask for a lock. Pure.

#include <string_view>
#include <vector>

#include "framework/history/records.hpp"

namespace bhsim::probes {

// Those that are BLOCKED on a monitor, or parked without a time limit on a lock of
// java.util.concurrent. Not those that wait to be told something (a condition, a queue, a latch):
// an idle worker looks like that for hours, and so does a second acceptor, which waits for its
// turn. At most history::kMostLockWaits; `t` is left to the caller.
std::vector<history::LockWait> lock_waits(std::string_view dump);

}  // namespace bhsim::probes
