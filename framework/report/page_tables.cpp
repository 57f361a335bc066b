#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <map>

#include "checks/pairs.hpp"
#include "framework/base/units.hpp"
#include "framework/history/names.hpp"
#include "framework/report/evidence.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/page.hpp"
#include "framework/report/recovery.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using history::SwapOutcome;

constexpr std::size_t kMostFailureKinds = 20;

constexpr std::int64_t kMostCostRows = 10;  // of each kind

// A table in a card. Cells are HTML already.
class Table {
 public:
  // A name that ends in '#' heads a column of numbers.
  Table(std::string_view id, std::string_view title,
        std::initializer_list<std::string_view> columns) {
    html_ = fmt::format("<section><h2 id=\"{}\">{}</h2>\n<div class=\"card\"><table><thead><tr>",
                        id, title);
    for (std::string_view column : columns) {
      numeric_.push_back(column.ends_with('#'));
      if (numeric_.back()) column.remove_suffix(1);
      html_ +=
          fmt::format("<th scope=\"col\"{}>{}</th>", numeric_.back() ? " class=\"n\"" : "", column);
    }
    html_ += "</tr></thead><tbody>\n";
  }

  struct Cell {
    std::string html;
    bool bad = false;
  };
  void row(std::vector<Cell> cells) {
    html_ += "<tr>";
    for (std::size_t i = 0; i < cells.size(); ++i) {
      const std::string_view numeric = numeric_[i] ? "n" : "";
      const std::string_view bad = cells[i].bad ? " bad" : "";
      html_ += fmt::format("<td class=\"{}{}\">{}</td>", numeric, bad, cells[i].html);
    }
    html_ += "</tr>\n";
    ++rows_;
  }
  // Nothing when there are no rows.
  [[nodiscard]] std::string html() const {
    return rows_ == 0 ? std::string() : html_ + "</tbody></table></div></section>\n";
  }

 private:
  std::string html_;
  std::vector<bool> numeric_;
  int rows_ = 0;
};

Table::Cell number(std::int64_t n) { return {format_number(static_cast<double>(n))}; }
Table::Cell failures(std::int64_t n) { return {format_number(static_cast<double>(n)), n > 0}; }

Table::Cell moment(const std::optional<Time>& t, Time since) {
  return {t ? format_latency(to_seconds(*t - since)) : "–"};
}

// The engine's ids are 64 hexadecimal digits; it takes the first twelve itself.
std::string short_id(const std::string& id) {
  const bool hex = id.size() == 64 && id.find_first_not_of("0123456789abcdef") == std::string::npos;
  return hex ? id.substr(0, 12) : id;
}

// The innermost frame, behind which the others open.
std::string stack_html(std::string_view stack) {
  if (stack.empty()) return "–";
  return fmt::format("<details><summary>{}</summary><pre>{}</pre></details>",
                     escape_markup(stack.substr(0, stack.find('\n'))), escape_markup(stack));
}

void add_latencies(std::vector<Table::Cell>& cells, const LoadTotals& load) {
  const auto corrected = percentiles(load.corrected);
  for (std::size_t i = 0; i < kPercentiles.size(); ++i)
    cells.push_back({corrected ? format_latency((*corrected)[i]) : "–"});
  const auto uncorrected = percentiles(load.uncorrected);
  cells.push_back({uncorrected ? format_latency((*uncorrected)[kP99]) : "–"});
}

// "17,660 refused, 867 bad status".
std::string outcome_words(const LoadTotals& load) {
  std::string words;
  for (std::size_t i = 1; i < load.outcomes.size(); ++i) {
    if (load.outcomes[i] == 0) continue;
    words += fmt::format("{}{} {}", words.empty() ? "" : ", ",
                         format_number(static_cast<double>(load.outcomes[i])),
                         spaced(to_string(static_cast<history::Outcome>(i))));
  }
  return words;
}

// "1.2 s (0.4 s – 2.1 s)": the median, the least and the greatest.
std::string distribution(const std::vector<double>& ascending_s) {
  if (ascending_s.empty()) return "–";
  const auto median = format_latency(ascending_s[(ascending_s.size() - 1) / 2]);
  if (ascending_s.size() == 1) return median;
  return fmt::format("{} ({} – {})", median, format_latency(ascending_s.front()),
                     format_latency(ascending_s.back()));
}

// "12 of 12 (76 – 100 %)".
std::string recovery_rate(const RecoveryRow& row) {
  if (row.judged == 0) return "–";
  return fmt::format("{} of {} ({:.0f} – {:.0f} %)", row.recovered, row.judged, 100 * row.rate.low,
                     100 * row.rate.high);
}

// "2 (0 – 5) of 5".
std::string reach(const RecoveryRow& row) {
  const auto& each = row.reach;
  return fmt::format("{} ({} – {}) of {}", each[(each.size() - 1) / 2], each.front(), each.back(),
                     row.operations);
}

}  // namespace

bool is_plain_path(std::string_view path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string_view::npos &&
         std::all_of(path.begin(), path.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == '/';
         });
}

std::string page_numbers(const Material& material) {
  const auto numbers = key_numbers(material);
  if (numbers.empty()) return {};
  std::string html = "<dl class=\"numbers\">\n";
  for (const auto& n : numbers) {
    html += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n",
                        escape_markup(n.name), escape_markup(n.value), escape_markup(n.note));
  }
  return html + "</dl>\n";
}

std::string page_phases(const Material& material) {
  Table table("phases", "Phases",
              {"Phase", "From#", "Length#", "Planned#", "Failed#", "Goodput#", "Blocked#", "p50#",
               "p90#", "p99#", "p99.9#", "p99 from send#"});
  const Time start = load_start(material.history);
  for (const auto& phase : material.load.phases) {
    const auto& load = phase.load;
    std::vector<Table::Cell> cells = {{escape_markup(phase.name)},
                                      {format_offset(phase.span.from - start)},
                                      {format_duration(phase.span.length())},
                                      number(load.planned),
                                      failures(load.not_ok()),
                                      {escape_markup(format_share(load.within_slo, load.planned))},
                                      {escape_markup(format_share(load.blocked, load.planned))}};
    add_latencies(cells, load);
    table.row(std::move(cells));
  }
  return table.html();
}

std::string page_operations(const Material& material) {
  Table table("operations", "Operations",
              {"Operation", "Planned#", "Failed#", "How they failed", "Goodput#", "Blocked#",
               "p50#", "p90#", "p99#", "p99.9#", "p99 from send#"});
  for (const auto& operation : material.load.operations) {
    const auto& load = operation.load;
    std::vector<Table::Cell> cells = {{escape_markup(operation.name)},
                                      number(load.planned),
                                      failures(load.not_ok()),
                                      {escape_markup(outcome_words(load))},
                                      {escape_markup(format_share(load.within_slo, load.planned))},
                                      {escape_markup(format_share(load.blocked, load.planned))}};
    add_latencies(cells, load);
    table.row(std::move(cells));
  }
  return table.html();
}

std::string page_failures(const Material& material) {
  // What clients saw, with how often it was noted down: the same words of one outcome are one row.
  struct Kind {
    std::int64_t noted = 0;
    Time first, last;
  };
  std::map<std::pair<history::Outcome, std::string>, Kind> kinds;
  for (const auto& failure : material.history.failures()) {
    auto& kind = kinds[{failure.outcome, failure.detail}];
    if (kind.noted++ == 0) kind.first = failure.t_planned;
    kind.last = failure.t_planned;
  }
  std::vector<decltype(kinds)::const_iterator> order;
  for (auto it = kinds.cbegin(); it != kinds.cend(); ++it) order.push_back(it);
  std::stable_sort(order.begin(), order.end(),
                   [](auto a, auto b) { return a->second.noted > b->second.noted; });
  if (order.size() > kMostFailureKinds) order.resize(kMostFailureKinds);
  Table table("failures", "Failures as the clients saw them",
              {"Outcome", "Detail", "Noted down#", "First planned at#", "Last planned at#"});
  const Time start = load_start(material.history);
  for (const auto& it : order) {
    table.row({{escape_markup(spaced(to_string(it->first.first)))},
               {escape_markup(it->first.second)},
               number(it->second.noted),
               {format_offset(it->second.first - start)},
               {format_offset(it->second.last - start)}});
  }
  return table.html();
}

std::string page_instrument(const Material& material) {
  const auto facts = instrument_facts(material);
  if (facts.empty()) return {};
  std::string html =
      "<section><h2 id=\"instrument\">The instrument<small>how bhsim itself was doing: LOAD-06 "
      "judges it</small></h2>\n<div class=\"card\"><dl class=\"facts\">\n";
  for (const auto& [name, value] : facts)
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_markup(name), escape_markup(value));
  return html + "</dl></div></section>\n";
}

std::string page_swaps(const Material& material) {
  Table table("swaps", "Swaps under load",
              {"Delivered", "Swaps#", "Landed#", "Refused#", "Superseded#", "Lost#",
               "Wrongly accepted#", "Unseen#", "Median#", "p95#", "Slowest#"});
  for (const auto& row : swap_rows(material.history)) {
    const auto outcome = [&](SwapOutcome o) { return row.outcomes[static_cast<std::size_t>(o)]; };
    const auto at = [&](double q) -> Table::Cell {
      if (row.latencies_s.empty()) return {"–"};
      const auto i = static_cast<std::size_t>(
          std::lround(q * static_cast<double>(row.latencies_s.size() - 1)));
      return {format_latency(row.latencies_s[i])};
    };
    table.row({{escape_markup(row.variant) + (row.valid ? "" : " (invalid)")},
               number(row.all),
               number(outcome(SwapOutcome::landed)),
               number(outcome(SwapOutcome::refused)),
               number(outcome(SwapOutcome::superseded)),
               failures(outcome(SwapOutcome::lost)),
               failures(outcome(SwapOutcome::accepted)),
               number(outcome(SwapOutcome::unseen)),
               at(0.5),
               at(0.95),
               at(1)});
  }
  return table.html();
}

std::string page_faults(const Material& material) {
  Table table("faults", "Faults",
              {"Fault", "Target", "Applied#", "Held for#", "Healed after#", "Recovered after#",
               "State", "Proof"});
  const Time start = load_start(material.history);
  for (const auto& fault : material.history.faults()) {
    const Time applied = fault.t_active.value_or(fault.t_intent);
    const Time undone = fault.t_undo.value_or(applied);
    table.row({{fmt::format("{} {}", fault.id, escape_markup(fault.kind))},
               {escape_markup(short_id(fault.target))},
               {format_offset(applied - start)},
               moment(fault.t_undo, applied),
               moment(fault.t_healed, undone),
               moment(fault.t_recovered, undone),
               {escape_markup(spaced(history::to_string(fault.state))),
                fault.state == history::FaultState::undo_failed},
               {escape_markup(fault.acted_proof) +
                (fault.healed_proof.empty() ? "" : " → " + escape_markup(fault.healed_proof))}});
  }
  return table.html();
}

std::string page_recovery(const Material& material) {
  Table table(
      "recovery", "Recovery by kind of fault",
      {"Fault", "Faults#", "Served again#", "Noticed by health#", "After#", "By the error rate#",
       "After#", "Time to recovery#", "Requests failed#", "Operations touched#", "Which"});
  for (const auto& row : recovery_rows(material))
    table.row({{escape_markup(row.kind)},
               number(row.faults),
               {recovery_rate(row), row.recovered < row.judged},
               {fmt::format("{} of {}", row.detection_s.size(), row.faults)},
               {distribution(row.detection_s)},
               {fmt::format("{} of {}", row.error_rate_s.size(), row.faults)},
               {distribution(row.error_rate_s)},
               {distribution(row.recovery_s)},
               {escape_markup(format_share(row.failed, row.requests))},
               {reach(row)},
               {escape_markup(fmt::format("{}", fmt::join(row.touched, ", ")))}});
  return table.html();
}

std::string page_pairs(const Material& material) {
  Table table("pairs", "What the agent costs, pair by pair",
              {"Pair", "Sides", "CPU a request#", "Start a#", "Start b#", "Memory a#", "Memory b#",
               "p99 a#", "p99 b#", "Swaps seen#", "Trouble"});
  const auto& history = material.history;
  const auto side = [&](std::int64_t pair, std::string_view name) {
    for (const auto& jvm : history.pair_jvms())
      if (jvm.pair == pair && jvm.side == name) return jvm;
    return history::PairJvm();
  };
  const auto memory = [](const history::PairJvm& jvm) -> Table::Cell {
    if (!jvm.heap_live || !jvm.beside_heap) return {"–"};
    return {format_size(*jvm.heap_live + *jvm.beside_heap)};
  };
  for (const auto& pair : history.pairs()) {
    const auto a = side(pair.id, "a"), b = side(pair.id, "b");
    const auto cost = checks::cost_percent(history, pair.id);
    table.row({{std::to_string(pair.id)},
               {pair.floor ? "two without the agent" : "a with the agent, b without"},
               {cost ? fmt::format("{:+.2f} %", *cost) : "–"},
               {format_latency(to_seconds(a.start))},
               {format_latency(to_seconds(b.start))},
               memory(a),
               memory(b),
               {format_latency(to_seconds(a.p99))},
               {format_latency(to_seconds(b.p99))},
               {pair.floor ? "–" : fmt::format("{} of {}", pair.served, pair.swaps)},
               {escape_markup(pair.trouble), !pair.trouble.empty()}});
  }
  return table.html();
}

std::string page_costs(const Material& material) {
  struct Kind {
    std::string_view name, title, what, weight;
  };
  constexpr std::array kKinds = {
      Kind{"cpu", "Hottest methods", "Method", "Samples#"},
      Kind{"allocation", "Allocation by site", "What, and where", "About#"},
      Kind{"pause", "Longest pauses", "Pause", "Took#"},
      Kind{"lock", "Monitors waited for", "Monitor, and where", "Waited#"}};
  std::string tables;
  const Time start = load_start(material.history);
  for (const auto& kind : kKinds) {
    Table table("cost-" + std::string(kind.name), kind.title,
                {kind.what, kind.weight, "Share#", "The agent's threads#",
                 kind.name == "pause" ? "At#" : "Stack"});
    for (const auto& cost : material.history.costs()) {
      if (cost.kind != kind.name || cost.rank > kMostCostRows) continue;
      table.row({{escape_markup(cost.what)},
                 {cost.bytes  ? format_size(*cost.bytes)
                  : cost.took ? format_latency(to_seconds(*cost.took))
                              : format_number(static_cast<double>(cost.samples))},
                 {fmt::format("{:.1f} %", 100 * cost.share)},
                 {fmt::format("{} of {}", cost.agent_samples, cost.samples)},
                 {kind.name == "pause" ? (cost.t ? format_offset(*cost.t - start) : "–")
                                       : stack_html(cost.stack)}});
    }
    tables += table.html();
  }
  if (tables.empty()) return {};
  return fmt::format(
      "<section><h2 id=\"costs\">Where the cost is<small>by the JVM's flight recording, which "
      "samples: the dearest {} of each kind; table cost of the store has up to {}</small></h2>"
      "</section>\n{}",
      kMostCostRows, history::kMostCosts, tables);
}

std::string page_facts(const Material& material) {
  std::string html =
      "<section><h2 id=\"facts\">What was run</h2>\n<div class=\"card\"><dl class=\"facts\">\n";
  for (const auto& [name, value] : run_facts(material))
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape_markup(name), escape_markup(value));
  return html + "</dl></div></section>\n";
}

std::string page_artifacts(const Material& material) {
  Table table("artifacts", "Files beside this report", {"File", "Kind", "Size#", "SHA-256"});
  for (const auto& artifact : material.history.artifacts()) {
    const bool linked = is_plain_path(artifact.path);
    const std::string name = escape_markup(artifact.path);
    table.row({{linked ? fmt::format("<a href=\"../{}\">{}</a>", name, name) : name},
               {escape_markup(artifact.kind)},
               {format_size(artifact.bytes)},
               {fmt::format("<span class=\"mono\">{}</span>",
                            escape_markup(artifact.sha256.substr(0, 16)))}});
  }
  return table.html();
}

std::string page_again(const Material& material) {
  const Again again = how_to_repeat(material);
  return fmt::format(
      "<section><h2 id=\"again\">Again</h2>\n<pre># run the same again\n{}\n\n# judge this run "
      "again, offline\n{}\n\n"
      "# write these reports again\n{}</pre></section>\n",
      escape_markup(again.run), escape_markup(again.check), escape_markup(again.report));
}

}  // namespace bhsim::report
