#include "planted.hpp"

namespace bhsim::checks {

std::vector<Planted> joined(const std::vector<std::vector<Planted>>& families) {
  std::vector<Planted> all;
  for (const auto& family : families) all.insert(all.end(), family.begin(), family.end());
  return all;
}

void each_swap(CleanRun& run, const std::function<void(std::size_t, history::Swap&)>& visit) {
  std::size_t i = 0;
  for (auto& swap : run.swaps)
    if (swap.role == "load" && swap.valid) visit(i++, swap);
}

void lose(history::Swap& swap) {
  swap.outcome = history::SwapOutcome::lost;
  swap.t_served.reset();
}

std::function<double(double, double)> growing(double per_second) {
  return [=](double s, double value) { return s < 120 ? value : value + per_second * (s - 120); };
}

}  // namespace bhsim::checks
