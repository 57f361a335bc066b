#include <algorithm>
#include <cctype>
#include <cmath>

#include "framework/base/units.hpp"
#include "framework/history/names.hpp"
#include "framework/report/evidence.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/page.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using history::SwapOutcome;

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

// A path below the run directory that needs no quoting anywhere: only such a one becomes a link.
bool is_plain_path(std::string_view path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string_view::npos &&
         std::all_of(path.begin(), path.end(), [](unsigned char c) {
           return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-' || c == '/';
         });
}

std::string spaced(std::string_view name) {
  std::string words(name);
  std::replace(words.begin(), words.end(), '_', ' ');
  return words;
}

}  // namespace

std::string page_numbers(const Material& material) {
  const auto numbers = key_numbers(material);
  if (numbers.empty()) return {};
  std::string html = "<dl class=\"numbers\">\n";
  for (const auto& n : numbers) {
    html += fmt::format("<div><dt>{}</dt><dd>{}<small>{}</small></dd></div>\n", escape(n.name),
                        escape(n.value), escape(n.note));
  }
  return html + "</dl>\n";
}

std::string page_phases(const Material& material) {
  Table table("phases", "Phases",
              {"Phase", "From#", "Length#", "Planned#", "Failed#", "Goodput#", "Blocked#", "p50#",
               "p90#", "p99#", "p99.9#"});
  const Time start = load_start(material.history);
  for (const auto& phase : material.load.phases) {
    const auto& load = phase.load;
    std::vector<Table::Cell> cells = {{escape(phase.name)},
                                      {format_offset(phase.span.from - start)},
                                      {format_duration(phase.span.length())},
                                      number(load.planned),
                                      failures(load.not_ok()),
                                      {escape(format_share(load.within_slo, load.planned))},
                                      {escape(format_share(load.blocked, load.planned))}};
    const auto values = percentiles(load.corrected);
    for (std::size_t i = 0; i < kPercentiles.size(); ++i)
      cells.push_back({values ? format_latency((*values)[i]) : "–"});
    table.row(std::move(cells));
  }
  return table.html();
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
    table.row({{escape(row.variant) + (row.valid ? "" : " (invalid)")},
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
    table.row({{fmt::format("{} {}", fault.id, escape(fault.kind))},
               {escape(fault.target)},
               {format_offset(applied - start)},
               moment(fault.t_undo, applied),
               moment(fault.t_healed, undone),
               moment(fault.t_recovered, undone),
               {escape(spaced(history::to_string(fault.state))),
                fault.state == history::FaultState::undo_failed},
               {escape(fault.acted_proof) +
                (fault.healed_proof.empty() ? "" : " → " + escape(fault.healed_proof))}});
  }
  return table.html();
}

std::string page_facts(const Material& material) {
  std::string html =
      "<section><h2 id=\"facts\">What was run</h2>\n<div class=\"card\"><dl class=\"facts\">\n";
  for (const auto& [name, value] : run_facts(material))
    html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", escape(name), escape(value));
  return html + "</dl></div></section>\n";
}

std::string page_artifacts(const Material& material) {
  Table table("artifacts", "Files beside this report", {"File", "Kind", "Size#", "SHA-256"});
  for (const auto& artifact : material.history.artifacts()) {
    const bool linked = is_plain_path(artifact.path);
    const std::string name = escape(artifact.path);
    table.row(
        {{linked ? fmt::format("<a href=\"../{}\">{}</a>", name, name) : name},
         {escape(artifact.kind)},
         {format_size(artifact.bytes)},
         {fmt::format("<span class=\"mono\">{}</span>", escape(artifact.sha256.substr(0, 16)))}});
  }
  return table.html();
}

std::string page_again(const Material& material) {
  const Again again = how_to_repeat(material);
  return fmt::format(
      "<section><h2 id=\"again\">Again</h2>\n<pre># run the same again\n{}\n\n# judge this run "
      "again, offline\n{}\n\n"
      "# write these reports again\n{}</pre></section>\n",
      escape(again.run), escape(again.check), escape(again.report));
}

}  // namespace bhsim::report
