#include <algorithm>
#include <cmath>

#include "framework/report/evidence.hpp"
#include "framework/report/page.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using checks::Judged;
using checks::Status;
using checks::Verdict;

constexpr int kExcerptRows = 12;

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
      escape(format_quantity(*verdict.value, verdict.unit)), escape(format_limit(verdict)),
      below_is_good ? "good" : "bad", at - 10, below_is_good ? "bad" : "good", at, 410 - at, at,
      at);
  if (finite)
    svg += fmt::format("<line class=\"whisker\" x1=\"{:.1f}\" x2=\"{:.1f}\" y1=\"13\" y2=\"13\"/>",
                       x(verdict.interval->low), x(verdict.interval->high));
  const double label = std::clamp(at, 40.0, 380.0);
  return svg + fmt::format(
                   "<circle class=\"dot\" cx=\"{:.1f}\" cy=\"13\" r=\"4.5\"/>"
                   "<text x=\"{:.1f}\" y=\"32\" text-anchor=\"middle\">limit {}</text></svg>\n",
                   x(*verdict.value), label, escape(format_quantity(*verdict.limit, verdict.unit)));
}

void row(std::string& html, std::string_view name, const std::string& value) {
  if (!value.empty()) html += fmt::format("<dt>{}</dt><dd>{}</dd>\n", name, escape(value));
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

// Without the columns in which no row says anything.
std::string excerpt_table(const history::Excerpt& excerpt) {
  std::vector<std::size_t> columns;
  for (std::size_t i = 0; i < excerpt.columns.size(); ++i) {
    const auto says = [i](const auto& cells) { return cells[i] && !cells[i]->empty(); };
    if (std::any_of(excerpt.rows.begin(), excerpt.rows.end(), says)) columns.push_back(i);
  }
  std::string html = "<div class=\"scroll\"><table class=\"excerpt\"><thead><tr>";
  for (const auto i : columns)
    html += fmt::format("<th scope=\"col\">{}</th>", escape(excerpt.columns[i]));
  html += "</tr></thead><tbody>\n";
  for (const auto& cells : excerpt.rows) {
    html += "<tr>";
    for (const auto i : columns) html += fmt::format("<td>{}</td>", escape(cells[i].value_or("")));
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
    html += fmt::format("<code class=\"sql\">sqlite3 run.db \"{}\"</code>\n", escape(table.sql));
    if (!table.error.empty())
      html += fmt::format("<p>The rows cannot be read: {}</p>\n", escape(table.error));
    if (table.excerpt.rows.empty()) continue;
    html += excerpt_table(table.excerpt);
    const auto more = table.excerpt.total - static_cast<std::int64_t>(table.excerpt.rows.size());
    if (more > 0) html += fmt::format("<p>and {} more</p>\n", counted(more, "row", "rows"));
  }
  return html;
}

std::string detail(const Judged& judged, const Material& material) {
  const Verdict& verdict = judged.verdict;
  const checks::Check& check = *judged.check;
  std::string html = "<div class=\"detail\">\n";
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
  html += "</dl>\n";
  return html + evidence(judged, material) + "</div>\n";
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
      status_words(judged), escape(judged.check->id), escape(judged.check->title),
      judged.required ? "" : "<small>advisory</small>");
  html +=
      fmt::format("<span class=\"sum\">{}</span><span class=\"value\">", escape(verdict.because));
  if (verdict.value) html += escape(format_quantity(*verdict.value, verdict.unit));
  if (verdict.limit) html += fmt::format("<small>{}</small>", escape(format_limit(verdict)));
  return html + "</span></summary>\n" + detail(judged, material) + "</details>\n";
}

}  // namespace

std::string check_anchor(const checks::Check& check) { return "check-" + escape(check.id); }

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
      "<section class=\"judged\"><h2 id=\"checks\">Checks<small>{}</small></h2>\n{}\n"
      "<div class=\"filters\">{}</div>\n<div class=\"checks\">\n",
      escape(counts_line(material.verdict)), inputs, labels);
  for (const auto* judged : worst_first(material.verdict)) html += check_element(*judged, material);
  return html + "</div></section>\n";
}

}  // namespace bhsim::report
