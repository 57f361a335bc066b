#include "framework/probes/stolen.hpp"

#include <sstream>
#include <string>

namespace bhsim::probes {

std::optional<Nanos> parse_stolen(std::string_view proc_stat, long ticks_per_second) {
  constexpr int kStolenColumn = 8;
  std::istringstream lines{std::string(proc_stat)};
  std::optional<std::int64_t> stolen;
  std::int64_t cores = 0;
  for (std::string line; std::getline(lines, line) && line.starts_with("cpu");) {
    std::istringstream words(line);
    std::string name;
    words >> name;
    if (name != "cpu") {
      ++cores;
      continue;
    }
    std::int64_t ticks = 0;
    for (int column = 1; column <= kStolenColumn && words >> ticks; ++column)
      if (column == kStolenColumn) stolen = ticks;
  }
  if (!stolen || cores == 0 || ticks_per_second <= 0) return std::nullopt;
  return Nanos(std::chrono::seconds(*stolen)) / ticks_per_second / cores;
}

}  // namespace bhsim::probes
