#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <map>

#include "framework/report/evidence.hpp"
#include "framework/report/page.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using checks::Judged;
using checks::Status;
using checks::Verdict;

constexpr int kExcerptRows = 8;

std::string status_words(const Judged& judged) {
  std::string words = upper(checks::to_string(judged.verdict.status));
  if (judged.verdict.status == Status::not_applicable) words = "N/A";
  return words;
}

// Value, limit and interval on one axis, the side that passes shaded. Nothing when there is no
// scale to show.
std::string gauge(const Verdict& verdict) {
  if (!verdict.value || !verdict.limit || verdict.relation == "=") return {};
  double low = std::min(*verdict.value, *verdict.limit);
  double high = std::max(*verdict.value, *verdict.limit);
  const auto finite = verdict.interval && std::isfinite(verdict.interval->low) &&
                      std::isfinite(verdict.interval->high);
  if (finite) {
    low = std::min(low, verdict.interval->low);
    high = std::max(high, verdict.interval->high);
  }
  if (low >= 0 && low < 0.5 * high) low = 0;  // a scale that starts at nothing is the honest one
  if (!std::isfinite(low) || !std::isfinite(high) || high <= low) return {};
  const double pad = 0.08 * (high - low);
  const double from = low == 0 ? 0 : low - pad;
  const auto x = [&](double v) { return 10 + 400 * (v - from) / (high + pad - from); };
  const double at = x(*verdict.limit);
  const bool below_is_good = verdict.relation.starts_with("<");
  std::string svg = fmt::format(
      "<svg class=\"gauge\" viewBox=\"0 0 420 34\" role=\"img\" aria-label=\"value {} against "
      "limit {}\">"
      "<rect class=\"{}\" x=\"10\" y=\"6\" width=\"{:.1f}\" height=\"14\"/>"
      "<rect class=\"{}\" x=\"{:.1f}\" y=\"6\" width=\"{:.1f}\" height=\"14\"/>"
      "<line class=\"limit\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"3\" y2=\"23\"/>",
      escape_markup(format_quantity(*verdict.value, verdict.unit)),
      escape_markup(format_limit(verdict)), below_is_good ? "good" : "bad", at - 10,
      below_is_good ? "bad" : "good", at, 410 - at, at, at);
  if (finite)
    svg += fmt::format("<line class=\"whisker\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"13\" y2=\"13\"/>",
                       x(verdict.interval->low), x(verdict.interval->high));
  const double label = std::clamp(at, 40.0, 380.0);
  return svg + fmt::format(
                   "<circle class=\"dot\" cx=\"{:.1f}\" cy=\"13\" r=\"4.5\"/>"
                   "<text x=\"{:.1f}\" y=\"32\" text-anchor=\"middle\">limit {}</text></svg>\n",
                   x(*verdict.value), label,
                   escape_markup(format_quantity(*verdict.limit, verdict.unit)));
}

void row(std::string& html, std::string_view name, const std::string& value) {
  if (!value.empty()) html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, escape_markup(value));
}

std::string interval_words(const Verdict& verdict) {
  if (!verdict.interval) return {};
  return fmt::format("{} to {}{}{}", format_number(verdict.interval->low),
                     format_number(verdict.interval->high), verdict.unit.empty() ? "" : " ",
                     verdict.unit);
}

std::string window_words(const Verdict& verdict, const history::History& history) {
  if (!verdict.window) return {};
  const Time start = load_start(history);
  return fmt::format("{} to {} after the start of the load",
                     format_offset(verdict.window->from - start),
                     format_offset(verdict.window->to - start));
}

// "-12.5", "1837": aligned to the right.
bool is_number(const std::optional<std::string>& cell) {
  if (!cell || cell->empty()) return true;
  char* end = nullptr;
  std::strtod(cell->c_str(), &end);
  return *end == '\0';
}

// Histograms are excerpted as "(703 bytes)": nothing to read.
bool is_blob(std::string_view column) {
  return column == "corrected" || column == "uncorrected" || column == "lag";
}

// Without the columns in which no row says anything, or every row only a "0" that nobody asked for.
std::string excerpt_table(const history::Excerpt& excerpt, const std::string& sql) {
  struct Column {
    std::size_t index;
    bool numeric;
  };
  std::vector<Column> columns;
  const auto& rows = excerpt.rows;
  for (std::size_t i = 0; i < excerpt.columns.size(); ++i) {
    const std::string& name = excerpt.columns[i];
    const bool asked_for = name == "value" || sql.find(name) != std::string::npos;
    const auto says = [&](const auto& cells) {
      return cells[i] && !cells[i]->empty() && (asked_for || *cells[i] != "0");
    };
    const auto numeric = [i](const auto& cells) { return is_number(cells[i]); };
    if (is_blob(name) || std::none_of(rows.begin(), rows.end(), says)) continue;
    columns.push_back({i, std::all_of(rows.begin(), rows.end(), numeric)});
  }
  std::string html = "<div class=\"scroll\"><table class=\"excerpt\"><thead><tr>";
  const auto cell = [&](std::string_view element, const Column& column, std::string_view text) {
    html += fmt::format("<{}{}>{}</{}>", element, column.numeric ? " class=\"n\"" : "",
                        escape_markup(text), element.substr(0, 2));
  };
  for (const auto& column : columns)
    cell("th scope=\"col\"", column, excerpt.columns[column.index]);
  html += "</tr></thead><tbody>\n";
  for (const auto& cells : rows) {
    html += "<tr>";
    for (const auto& column : columns) cell("td", column, cells[column.index].value_or(""));
    html += "</tr>\n";
  }
  return html + "</tbody></table></div>\n";
}

// The condition for everybody; the rows themselves where the verdict needs an explanation.
std::string evidence(const Judged& judged, const Material& material) {
  const bool with_rows =
      judged.verdict.status != Status::pass && judged.verdict.status != Status::not_applicable;
  std::string html;
  for (const auto& table :
       evidence_tables(judged.verdict, material.history, with_rows ? kExcerptRows : 0)) {
    html +=
        fmt::format("<code class=\"sql\">sqlite3 run.db \"{}\"</code>\n", escape_markup(table.sql));
    if (!table.error.empty())
      html += fmt::format("<p>The rows cannot be read: {}</p>\n", escape_markup(table.error));
    if (table.excerpt.rows.empty()) continue;
    html += excerpt_table(table.excerpt, table.sql);
    const auto more = table.excerpt.total - static_cast<std::int64_t>(table.excerpt.rows.size());
    if (more > 0)
      html += fmt::format("<p class=\"more\">and {} more</p>\n", counted(more, "row", "rows"));
  }
  return html;
}

std::string detail(const Judged& judged, const Material& material) {
  const Verdict& verdict = judged.verdict;
  const checks::Check& check = *judged.check;
  std::string html = "<div class=\"detail\">\n<div class=\"how\">\n";
  html += gauge(verdict);
  html += "<dl>\n";
  if (verdict.value) row(html, "Value", format_quantity(*verdict.value, verdict.unit));
  row(html, "Limit", format_limit(verdict));
  row(html, "95 % interval", interval_words(verdict));
  if (verdict.samples > 0)
    row(html, "Samples", format_number(static_cast<double>(verdict.samples)));
  row(html, "Window", window_words(verdict, material.history));
  const auto demoted = material.plan.demoted.find(std::string(check.id));
  if (demoted != material.plan.demoted.end()) row(html, "Not required here", demoted->second);
  row(html, "How it is judged", std::string(check.rule));
  row(html, "Asked for by", std::string(check.source));
  if (verdict.status != Status::pass && verdict.status != Status::not_applicable)
    row(html, "What to do", std::string(check.remediation));
  html += fmt::format("<dt>Link</dt><dd><a href=\"#{0}\">#{0}</a></dd>\n", check_anchor(check));
  html += "</dl>\n</div>\n<div class=\"evidence\">\n";
  return html + evidence(judged, material) + "</div>\n</div>\n";
}

std::string check_element(const Judged& judged, const Material& material) {
  const Verdict& verdict = judged.verdict;
  const std::string status = status_id(verdict.status);
  const bool open = standing(judged) == Standing::failed;
  std::string html = fmt::format("<details class=\"check {}{}\" id=\"{}\"{}>\n<summary>", status,
                                 judged.required ? " required" : "", check_anchor(*judged.check),
                                 open ? " open" : "");
  html += fmt::format(
      "<span class=\"status\">{}</span><span class=\"id\">{}</span><span "
      "class=\"title\">{}{}</span>",
      status_words(judged), escape_markup(judged.check->id), escape_markup(judged.check->title),
      judged.required ? "" : "<small>advisory</small>");
  html += fmt::format("<span class=\"sum\">{}</span><span class=\"value\">",
                      escape_markup(sentence(verdict.because)));
  if (verdict.value) html += escape_markup(format_quantity(*verdict.value, verdict.unit));
  if (verdict.limit) html += fmt::format("<small>{}</small>", escape_markup(format_limit(verdict)));
  return html + "</span></summary>\n" + detail(judged, material) + "</details>\n";
}

// Not by colour alone.
std::string_view mark(Standing of) {
  switch (of) {
    case Standing::failed:
    case Standing::advisory_failed:
      return "✕";
    case Standing::inconclusive:
    case Standing::advisory_inconclusive:
      return "?";
    case Standing::passed:
      return "✓";
    case Standing::waived:
      return "~";
    case Standing::not_applicable:
      return "–";
  }
  return "";
}

// All checks at a glance, a line for each family, in order of id; each leads to its check.
std::string checks_map(const checks::RunVerdict& verdict) {
  std::map<std::string_view, std::string> families;
  for (const auto& judged : verdict.checks) {
    const std::string_view id = judged.check->id;
    const auto dash = std::min(id.find('-'), id.size());
    families[id.substr(0, dash)] += fmt::format(
        "<a class=\"{}{}\" href=\"#{}\" title=\"{} {}: {}\"><span aria-hidden=\"true\">{}</span>{}"
        "</a>",
        status_id(judged.verdict.status), judged.required ? "" : " advisory",
        check_anchor(*judged.check), escape_markup(id), escape_markup(judged.check->title),
        escape_markup(judged.verdict.because), mark(standing(judged)),
        escape_markup(id.substr(std::min(dash + 1, id.size()))));
  }
  std::string html = "<nav class=\"map\" aria-label=\"All checks by family\">\n";
  for (const auto& [family, links] : families)
    html += fmt::format("<div><b>{}</b>{}</div>\n", escape_markup(family), links);
  return html + "</nav>\n";
}

}  // namespace

std::string check_anchor(const checks::Check& check) { return escape_markup(check.id); }

std::string page_checks(const Material& material) {
  const Counts c = count(material.verdict);
  // The inputs are siblings of the list, so that the style sheet alone can filter.
  std::string inputs;
  std::string labels;
  const auto filter = [&](std::string_view id, std::string_view label, std::int64_t n) {
    if (n == 0) return;
    inputs += fmt::format("<input type=\"radio\" name=\"show\" id=\"show-{}\"{}>", id,
                          id == "all" ? " checked" : "");
    labels += fmt::format("<label for=\"show-{}\">{} {}</label>", id, label, n);
  };
  const auto required =
      std::count_if(material.verdict.checks.begin(), material.verdict.checks.end(),
                    [](const Judged& j) { return j.required; });
  filter("all", "All", c.all);
  filter("required", "Required", required);
  filter("failed", "Failed", c.failed + c.advisory_failed);
  filter("inconclusive", "Inconclusive", c.inconclusive);
  filter("passed", "Passed", c.passed);
  filter("other", "Not applicable or waived", c.not_applicable + c.waived);
  std::string html = fmt::format(
      "<section class=\"judged\"><h2 id=\"checks\">Checks<small>{}</small></h2>\n{}{}\n"
      "<div class=\"filters\">{}</div>\n<div class=\"checks\">\n",
      escape_markup(counts_line(material.verdict)), checks_map(material.verdict), inputs, labels);
  for (const auto* judged : worst_first(material.verdict)) html += check_element(*judged, material);
  return html + "</div></section>\n";
}

}  // namespace bhsim::report
