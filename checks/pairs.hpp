#pragma once
// What pairs of JVMs say (tables pair and pair_window), for checks and reports.

#include <optional>

#include "framework/history/history.hpp"

namespace bhsim::checks {

// By how many percent a request costs more CPU on side a than on side b: the median of the ratios
// of the pair's windows. Nothing with fewer than twenty windows.
std::optional<double> cost_percent(const history::History& history, std::int64_t pair);

}  // namespace bhsim::checks
