#pragma once
// The run in a dozen numbers, and its swaps and faults as tables: the same in every report.

#include <cstdint>
#include <string>
#include <vector>

#include "framework/history/history.hpp"
#include "framework/report/report.hpp"

namespace bhsim::report {

struct KeyNumber {
  std::string name;   // "p99 from the planned start"
  std::string value;  // "4.8 ms"
  std::string note;   // "p50 1.1 ms"; may be empty
};
std::vector<KeyNumber> key_numbers(const Material& material);

// Swaps of the application under load by what was delivered.
struct SwapRow {
  std::string variant;
  bool valid = true;
  std::int64_t all = 0;
  std::vector<std::int64_t> outcomes;  // in the order of history::SwapOutcome
  std::vector<double> latencies_s;     // of those that were served, ascending
};
std::vector<SwapRow> swap_rows(const history::History& history);

// What went wrong on purpose and was told, by the failure scenarios of section 9.2.5; empty when
// the simulation brought none of them.
struct ScenarioCount {
  std::string scenario;      // "corrupt-bytecode"
  std::int64_t brought = 0;  // failures of it
  std::int64_t errors = 0;   // of them, refused, or seen to act: lines with ERROR in `log`
  std::int64_t recovered = 0;
  std::string log;  // in the run directory
};
std::vector<ScenarioCount> scenario_counts(const history::History& history);

// "4.8 ms", "1.35 s": a latency for a reader, three digits.
std::string format_latency(double seconds);
// "99.987 %": never rounded up to 100, nor down to 0, unless it is so.
std::string format_share(std::int64_t part, std::int64_t whole);

// Name and value of what makes the run what it is: simulation, load, image, agent, engine, seed,
// versions.
std::vector<std::pair<std::string, std::string>> run_facts(const Material& material);

// How bhsim itself was doing: what of the figures may be its own.
std::vector<std::pair<std::string, std::string>> instrument_facts(const Material& material);

// The command lines to run the same again, to judge it again, and to write the reports again.
struct Again {
  std::string run, check, report;
};
Again how_to_repeat(const Material& material);

// Wall time of the start of the load; "" when the store has no clock rows.
std::string started_at(const history::History& history);

}  // namespace bhsim::report
