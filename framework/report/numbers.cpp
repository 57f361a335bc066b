#include "framework/report/numbers.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/names.hpp"
#include "framework/history/series.hpp"
#include "framework/report/evidence.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using history::History;
using history::SwapOutcome;

std::string thousands(std::int64_t n) { return format_number(static_cast<double>(n)); }

void add_load(std::vector<KeyNumber>& numbers, const LoadView& load) {
  const auto& whole = load.whole;
  if (whole.planned == 0) return;
  numbers.push_back({"Requests planned", thousands(whole.planned),
                     fmt::format("{} ok", format_share(whole.ok(), whole.planned))});
  numbers.push_back(
      {"Failed requests", thousands(whole.not_ok()), format_share(whole.not_ok(), whole.planned)});
  numbers.push_back({"Goodput", format_share(whole.within_slo, whole.planned),
                     "ok and in time, from the planned start"});
  if (const auto p = percentiles(whole.corrected)) {
    numbers.push_back(
        {"p99 latency", format_latency((*p)[2]),
         fmt::format("p50 {}, p99.9 {}", format_latency((*p)[0]), format_latency((*p)[3]))});
  }
}

void add_swaps(std::vector<KeyNumber>& numbers, const History& history) {
  std::int64_t valid = 0, landed = 0, invalid = 0, refused = 0;
  std::vector<double> latencies;
  for (const auto& row : swap_rows(history)) {
    const auto outcome = [&](SwapOutcome o) { return row.outcomes[static_cast<std::size_t>(o)]; };
    if (row.valid) {
      valid += row.all - outcome(SwapOutcome::superseded);
      landed += outcome(SwapOutcome::landed);
      latencies.insert(latencies.end(), row.latencies_s.begin(), row.latencies_s.end());
    } else {
      invalid += row.all;
      refused += outcome(SwapOutcome::refused);
    }
  }
  if (valid + invalid == 0) return;
  numbers.push_back(
      {"Valid swaps served", fmt::format("{} of {}", thousands(landed), thousands(valid)),
       invalid > 0 ? fmt::format("{} of {} bad ones refused", refused, invalid) : ""});
  if (latencies.empty()) return;
  std::sort(latencies.begin(), latencies.end());
  double sum = 0;
  for (const double s : latencies) sum += s;
  numbers.push_back({"Swap latency, mean",
                     format_latency(sum / static_cast<double>(latencies.size())),
                     fmt::format("slowest {}", format_latency(latencies.back()))});
}

void add_ledger(std::vector<KeyNumber>& numbers, const History& history) {
  std::int64_t lost = 0, altered = 0, acknowledged = 0;
  for (const auto& check : history.ledger_checks()) {
    lost += check.lost;
    altered += check.altered;
    acknowledged = std::max(acknowledged, check.acknowledged);
  }
  if (history.ledger_checks().empty()) return;
  numbers.push_back({"Lost writes", thousands(lost + altered),
                     fmt::format("of {} acknowledged", thousands(acknowledged))});
}

void add_faults(std::vector<KeyNumber>& numbers, const History& history) {
  if (history.faults().empty()) return;
  std::int64_t healed = 0, down = 0;
  std::optional<Nanos> slowest;
  for (const auto& fault : history.faults()) {
    if (fault.state == history::FaultState::healed) ++healed;
    if (fault.t_recovered && fault.t_undo)
      slowest = std::max(slowest.value_or(Nanos(0)), *fault.t_recovered - *fault.t_undo);
    else if (fault.state == history::FaultState::healed)
      ++down;
  }
  std::vector<std::string> recovery;
  if (down > 0) recovery.push_back(fmt::format("{} not recovered from", down));
  if (slowest)
    recovery.push_back(fmt::format("slowest recovery {}", format_latency(to_seconds(*slowest))));
  numbers.push_back({"Faults healed", fmt::format("{} of {}", healed, history.faults().size()),
                     fmt::format("{}", fmt::join(recovery, ", "))});
}

void add_scenarios(std::vector<KeyNumber>& numbers, const History& history) {
  for (const auto& one : scenario_counts(history))
    if (one.brought > 0)
      numbers.push_back({one.scenario,
                         fmt::format("{} / {}", thousands(one.errors), thousands(one.recovered)),
                         fmt::format("ERROR / RECOVERED, of {} brought", thousands(one.brought))});
}

void add_gauges(std::vector<KeyNumber>& numbers, const History& history) {
  const auto highest = [&](std::string_view name) -> std::optional<double> {
    const auto& points = history.samples(name);
    if (points.empty()) return std::nullopt;
    return std::max_element(points.begin(), points.end(),
                            [](auto& a, auto& b) { return a.value < b.value; })
        ->value;
  };
  if (const auto heap = highest(history::series::kHeapUsed))
    numbers.push_back({"Heap, highest", format_size(static_cast<std::int64_t>(*heap)), ""});
  double longest = 0;
  for (const auto& pause : history.gc()) {
    if (!pause.forced) longest = std::max(longest, to_seconds(pause.pause));
  }
  if (!history.gc().empty()) numbers.push_back({"Longest GC pause", format_latency(longest), ""});
}

// {"a": {"b_c": 1}} → ("A, b c", "1").
void flatten(const nlohmann::json& json, const std::string& prefix,
             std::vector<std::pair<std::string, std::string>>& facts) {
  if (!json.is_object()) {
    std::string text = json.is_string()
                           ? json.get<std::string>()
                           : json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
    text.erase(text.find_last_not_of(" \n") + 1);
    if (!text.empty()) facts.emplace_back(sentence(prefix), std::move(text));
    return;
  }
  for (const auto& [key, value] : json.items())
    flatten(value, fmt::format("{}{}{}", prefix, prefix.empty() ? "" : ", ", spaced(key)), facts);
}

std::string text_at(const std::optional<nlohmann::json>& json, const char* key) {
  if (!json || !json->is_object()) return {};
  const auto found = json->find(key);
  return found != json->end() && found->is_string() ? found->get<std::string>() : std::string();
}

// "2 CPUs, 23.5 GB, Debian GNU/Linux 12 (bookworm), x86_64": of the machine that the engine runs
// on.
void add_host(std::vector<std::pair<std::string, std::string>>& facts, const History& history) {
  const auto info = history.fact(history::fact::kEngineInfo);
  if (!info || !info->is_object()) return;
  std::string words;
  const auto add = [&](const std::string& word) {
    if (!word.empty()) words += (words.empty() ? "" : ", ") + word;
  };
  const auto whole = [&](const char* key) -> std::int64_t {
    const auto found = info->find(key);
    return found != info->end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
  };
  if (const auto cpus = whole("NCPU"); cpus > 0) add(counted(cpus, "CPU", "CPUs"));
  if (const auto memory = whole("MemTotal"); memory > 0) add(format_size(memory));
  add(text_at(info, "OperatingSystem"));
  add(text_at(info, "Architecture"));
  if (!words.empty()) facts.emplace_back("Host", words);
}

}  // namespace

std::string format_latency(double seconds) {
  const double size = std::abs(seconds);
  const auto digits = [](double v) { return v >= 100 ? 0 : (v >= 10 ? 1 : 2); };
  if (size >= 1) return fmt::format("{:.{}f} s", seconds, digits(size));
  if (size >= 1e-3) return fmt::format("{:.{}f} ms", seconds * 1e3, digits(size * 1e3));
  return fmt::format("{:.0f} µs", seconds * 1e6);
}

std::string format_share(std::int64_t part, std::int64_t whole) {
  if (whole <= 0) return "–";
  if (part == whole) return "100 %";
  if (part == 0) return "0 %";
  const double percent = 100.0 * static_cast<double>(part) / static_cast<double>(whole);
  if (percent > 99.999) return ">99.999 %";
  if (percent < 0.001) return "<0.001 %";
  return fmt::format("{:.3f} %", percent);
}

std::vector<SwapRow> swap_rows(const History& history) {
  std::map<std::string, SwapRow> by_variant;
  for (const auto& swap : history.swaps()) {
    if (swap.role != "load") continue;
    auto& row = by_variant[fmt::format("{}{}", swap.valid ? 0 : 1, swap.variant)];
    row.variant = swap.variant;
    row.valid = swap.valid;
    row.outcomes.resize(history::names_of(SwapOutcome{}).size());
    ++row.all;
    ++row.outcomes[static_cast<std::size_t>(swap.outcome)];
    if (swap.t_served) row.latencies_s.push_back(to_seconds(*swap.t_served - swap.t_write));
  }
  std::vector<SwapRow> rows;
  for (auto& [key, row] : by_variant) {
    std::sort(row.latencies_s.begin(), row.latencies_s.end());
    rows.push_back(std::move(row));
  }
  return rows;
}

std::vector<ScenarioCount> scenario_counts(const History& history) {
  const auto fact = history.fact(history::fact::kScenarios);
  if (!fact || !fact->is_object()) return {};
  std::vector<ScenarioCount> counts;
  for (const auto& [scenario, one] : fact->items())
    counts.push_back({.scenario = scenario,
                      .brought = one.value("brought", std::int64_t{0}),
                      .errors = one.value("errors", std::int64_t{0}),
                      .recovered = one.value("recovered", std::int64_t{0}),
                      .log = one.value("log", "")});
  return counts;
}

std::vector<KeyNumber> key_numbers(const Material& material) {
  std::vector<KeyNumber> numbers;
  add_load(numbers, material.load);
  add_swaps(numbers, material.history);
  add_ledger(numbers, material.history);
  add_faults(numbers, material.history);
  add_scenarios(numbers, material.history);
  add_gauges(numbers, material.history);
  return numbers;
}

std::vector<std::pair<std::string, std::string>> run_facts(const Material& material) {
  const auto& plan = material.plan;
  const auto& history = material.history;
  std::vector<std::pair<std::string, std::string>> facts = {
      {"Run", history.run_id()},
      {"Simulation",
       plan.title.empty() ? plan.simulation : fmt::format("{} ({})", plan.title, plan.simulation)},
      {"Load phases", format_duration(plan.duration)},
      {"Load",
       fmt::format("{}: {}/s {}, {} connections, timeout {}, SLO {}", plan.load.name,
                   format_number(plan.load.rate_per_s), plan.load.arrivals, plan.load.connections,
                   format_duration(plan.load.timeout), format_duration(plan.load.slo))},
      {"Application", plan.app.name},
      {"Agent", plan.agent.name},
      {"Seed", std::to_string(plan.seed)}};
  std::string flags;
  for (const auto& flag : plan.jvm) flags += (flags.empty() ? "" : " ") + flag;
  if (!flags.empty()) facts.emplace_back("JVM flags", flags);
  if (!plan.production.sha256.empty())
    facts.emplace_back(
        "Configuration",
        fmt::format("{} sha256:{}", plan.production.file.generic_string(), plan.production.sha256));
  const auto engine = history.fact(history::fact::kEngineVersion);
  if (const auto version = text_at(engine, "Version"); !version.empty())
    facts.emplace_back("Engine",
                       fmt::format("{} (API {}), {} {}", version, text_at(engine, "ApiVersion"),
                                   text_at(engine, "Os"), text_at(engine, "KernelVersion")));
  add_host(facts, history);
  if (const auto versions = history.fact(history::fact::kVersions)) flatten(*versions, "", facts);
  for (const auto& note : plan.notes) facts.emplace_back("To know", note);
  facts.emplace_back("Store",
                     history.sealed() ? "sealed in order" : "cut short: the evidence ends early");
  if (history.dropped_rows() > 0)
    facts.emplace_back("Rows dropped", thousands(history.dropped_rows()));
  if (material.load.unreadable > 0)
    facts.emplace_back("Unreadable histograms", thousands(material.load.unreadable));
  return facts;
}

Again how_to_repeat(const Material& material) {
  const auto& plan = material.plan;
  std::string run = fmt::format(
      "bhsim run {} --duration={} --load={} --agent={} --seed={}", shell_word(plan.simulation),
      format_duration(plan.duration), shell_word(plan.load.name),
      shell_word(plan.agent.jar.empty() ? plan.agent.name : plan.agent.jar), plan.seed);
  if (!plan.app.image_ref.empty()) run += " --image=" + shell_word(plan.app.image_ref);
  const std::string directory = shell_word(material.run_directory.generic_string());
  return {std::move(run), "bhsim check " + directory, "bhsim report " + directory};
}

std::string started_at(const History& history) {
  return history.clock().empty() ? "" : format_wall(history.wall(load_start(history)));
}

}  // namespace bhsim::report
