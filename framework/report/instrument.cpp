#include <algorithm>

#include "checks/select.hpp"
#include "framework/base/units.hpp"
#include "framework/history/series.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/text.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::report {
namespace {

using history::History;
using Facts = std::vector<std::pair<std::string, std::string>>;

void add_generator(Facts& facts, const History& history, const LoadTotals& load) {
  stats::Histogram lag;
  double cpu = 0;
  double busiest = 0;
  std::int64_t reconnects = 0;
  for (const auto& second : history.generator()) {
    if (const auto decoded = stats::Histogram::decode(second.lag)) lag.merge(*decoded);
    cpu += second.cpu_share;
    busiest = std::max(busiest, second.cpu_share);
    reconnects += second.reconnects;
  }
  if (history.generator().empty()) return;
  if (const auto p = percentiles(lag))
    facts.emplace_back("Lag of sends",
                       fmt::format("p50 {}, p99 {}, p99.9 {}, highest {}: sent that late although "
                                   "a connection was free",
                                   format_latency((*p)[0]), format_latency((*p)[kP99]),
                                   format_latency((*p)[3]), format_latency(to_seconds(lag.max()))));
  facts.emplace_back("Waited for a connection",
                     fmt::format("{} of {} requests ({}): the application held all connections",
                                 format_number(static_cast<double>(load.blocked)),
                                 format_number(static_cast<double>(load.planned)),
                                 format_share(load.blocked, load.planned)));
  facts.emplace_back(
      "CPU of the generator",
      fmt::format("{:.1f} % of one core on average, {:.1f} % in the busiest second",
                  100 * cpu / static_cast<double>(history.generator().size()), 100 * busiest));
  facts.emplace_back("Connections opened again", format_number(static_cast<double>(reconnects)));
}

void add_own(Facts& facts, const History& history) {
  if (const auto percent = checks::percent_of_time(history.samples(history::series::kOwnCpu)))
    facts.emplace_back("CPU of bhsim, all of it",
                       fmt::format("{:.1f} % of one core on average", *percent));
  const auto lower = [](const history::Point& a, const history::Point& b) {
    return a.value < b.value;
  };
  const auto& memory = history.samples(history::series::kOwnRss);
  if (!memory.empty())
    facts.emplace_back(
        "Memory of bhsim",
        fmt::format("{} at the end, {} at most",
                    format_size(static_cast<std::int64_t>(memory.back().value)),
                    format_size(static_cast<std::int64_t>(
                        std::max_element(memory.begin(), memory.end(), lower)->value))));
  std::vector<double> spins;
  for (const auto& point : history.samples(history::series::kHostSpin))
    spins.push_back(point.value / 1e9);
  if (spins.empty()) return;
  std::sort(spins.begin(), spins.end());
  const auto at = [&](double q) {
    return format_latency(
        spins[static_cast<std::size_t>(q * static_cast<double>(spins.size() - 1))]);
  };
  facts.emplace_back("Speed of the host",
                     fmt::format("a fixed piece of work took {} (median), {} (p5) to {} (p95)",
                                 at(0.5), at(0.05), at(0.95)));
  if (const auto percent = checks::percent_of_time(history.samples(history::series::kHostStolen)))
    facts.emplace_back("Taken by the hypervisor",
                       fmt::format("{:.1f} % of the CPU, for other machines", *percent));
}

}  // namespace

std::vector<std::pair<std::string, std::string>> instrument_facts(const Material& material) {
  Facts facts;
  add_generator(facts, material.history, material.load.whole);
  add_own(facts, material.history);
  return facts;
}

}  // namespace bhsim::report
