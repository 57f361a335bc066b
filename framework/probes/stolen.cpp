#include "framework/probes/stolen.hpp"

#include <sstream>
#include <string>

namespace bhsim::probes {

std::optional<Nanos> parse_stolen(std::string_view proc_stat, long ticks_per_second) {
  std::istringstream lines{std::string(proc_stat)};
  std::optional<std::int64_t> stolen;
  std::int64_t cores = 0;
  for (std::string line; std::getline(lines, line) && line.starts_with("cpu");) {
    std::istringstream words(line);
    std::string name;
    std::int64_t user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0,
                 of_all = 0;
    words >> name >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> of_all;
    if (name != "cpu")
      ++cores;
    else if (words)
      stolen = of_all;
  }
  if (!stolen || cores == 0 || ticks_per_second <= 0) return std::nullopt;
  return Nanos(std::chrono::seconds(*stolen)) / ticks_per_second / cores;
}

}  // namespace bhsim::probes
