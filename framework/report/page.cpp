#include "framework/report/page.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/report/assets.hpp"
#include "framework/report/chart_data.hpp"
#include "framework/report/load_view.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

constexpr int kMostNamed = 8;  // failed checks that stand in the verdict itself

std::string base64(std::string_view bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k)
      group = group << 8U | (i + k < bytes.size() ? static_cast<unsigned char>(bytes[i + k]) : 0U);
    for (std::size_t k = 0; k < 4; ++k)
      text += i + k <= bytes.size() ? kDigits[group >> (18U - 6U * k) & 0x3FU] : '=';
  }
  return text;
}

std::string from_hex(std::string_view hex) {
  std::string bytes;
  for (std::size_t i = 0; i + 1 < hex.size(); i += 2)
    bytes += static_cast<char>(std::stoi(std::string(hex.substr(i, 2)), nullptr, 16));
  return bytes;
}

// The chart library without the pointer to a file that is not there.
std::string library() {
  std::string_view code = asset::dygraph_js;
  if (const auto map = code.rfind("//# sourceMappingURL"); map != std::string_view::npos)
    code = code.substr(0, map);
  return std::string(code);
}

std::string library_style() {
  std::string_view css = asset::dygraph_css;
  if (const auto map = css.rfind("/*# sourceMappingURL"); map != std::string_view::npos)
    css = css.substr(0, map);
  return std::string(css);
}

// Only the two scripts of this page may run, known by their digests: should some text ever slip
// through unescaped, it is dead.
std::string policy(std::string_view first_script, std::string_view second_script) {
  return fmt::format(
      "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action "
      "'none'; "
      "script-src 'sha256-{}' 'sha256-{}'",
      base64(from_hex(sha256_hex(first_script))), base64(from_hex(sha256_hex(second_script))));
}

// Links to the sections that are there.
std::string contents(const std::string& sections) {
  struct Entry {
    std::string_view id, name;
  };
  constexpr std::array kEntries = {Entry{"diagnosis", "Look first"},
                                   Entry{"checks", "Checks"},
                                   Entry{"charts", "Over time"},
                                   Entry{"phases", "Phases"},
                                   Entry{"operations", "Operations"},
                                   Entry{"swaps", "Swaps"},
                                   Entry{"faults", "Faults"},
                                   Entry{"recovery", "Recovery"},
                                   Entry{"costs", "Where the cost is"},
                                   Entry{"instrument", "The instrument"},
                                   Entry{"facts", "What was run"},
                                   Entry{"artifacts", "Files"},
                                   Entry{"again", "Again"}};
  std::string html = "<nav class=\"contents\" aria-label=\"Contents\">";
  for (const auto& [id, name] : kEntries) {
    if (sections.find(fmt::format("<h2 id=\"{}\"", id)) != std::string::npos)
      html += fmt::format("<a href=\"#{}\">{}</a>", id, name);
  }
  return html + "</nav>\n";
}

std::string chart_figures(const std::vector<Chart>& charts) {
  std::string html =
      "<section><h2 id=\"charts\">Over time<small>drag over a chart to zoom all of them, "
      "double-click to see the whole run</small></h2>\n"
      "<p class=\"key\"><span class=\"k-phase\">every second phase</span>"
      "<span class=\"k-fault\">fault and recovery</span><span class=\"k-swap\">swap</span>"
      "<span class=\"k-bad\">swap lost, or accepted although bad</span>"
      "<span class=\"k-start\">start of a JVM</span>"
      "<span>a line breaks where nothing was seen; times count from the start of the load</span>"
      "</p>\n"
      "<noscript><p class=\"lacking\">The charts are drawn by a script; the table of phases below "
      "says the same in "
      "numbers.</p></noscript>\n<div class=\"charts\">\n";
  std::string lacking;
  for (const auto& chart : charts) {
    if (chart.size() == 0) {
      lacking += (lacking.empty() ? "" : ", ") + escape_markup(chart.title);
      continue;
    }
    html += fmt::format(
        "<figure id=\"chart-{0}\"><figcaption>{1}<span>{2}</span></figcaption>"
        "<div class=\"legend\" id=\"legend-{0}\"></div>"
        "<div class=\"plot\" id=\"plot-{0}\" role=\"img\" aria-label=\"{1} over time{3}\"></div>"
        "<p class=\"chart-note\">{4}</p></figure>\n",
        chart.id, escape_markup(chart.title), escape_markup(chart.unit),
        chart.unit.empty() ? "" : ", in " + escape_markup(chart.unit), escape_markup(chart.note));
  }
  html += "</div>\n";
  if (!lacking.empty())
    html += fmt::format("<p class=\"lacking\">Nothing to draw: {}.</p>\n", lacking);
  return html + "</section>\n";
}

}  // namespace

std::string page_verdict(const Material& material) {
  const auto& verdict = material.verdict;
  const std::string_view status = checks::to_string(verdict.status);
  std::string html =
      fmt::format("<header class=\"verdict {}\">\n<h1>{}</h1>\n<p class=\"counts\">{}</p>\n",
                  status, upper(status), escape_markup(counts_line(verdict)));
  int named = 0;
  std::string list;
  for (const auto* judged : worst_first(verdict)) {
    if (standing(*judged) != Standing::failed && standing(*judged) != Standing::inconclusive)
      continue;
    if (++named > kMostNamed) continue;
    list += fmt::format("<li class=\"{}\"><a href=\"#{}\">{}</a>{}</li>\n",
                        status_id(judged->verdict.status), check_anchor(*judged->check),
                        escape_markup(judged->check->id),
                        escape_markup(because_with_limit(judged->verdict)));
  }
  for (const auto& reason : reasons_beside_checks(verdict))
    html += fmt::format("<p class=\"because\">{}</p>\n", escape_markup(sentence(reason)));
  if (verdict.status == checks::RunStatus::pass)
    html += fmt::format("<p class=\"because\">{}</p>\n", escape_markup(sentence(verdict.because)));
  if (!list.empty()) html += "<ol>\n" + list + "</ol>\n";
  if (named > kMostNamed)
    html += fmt::format("<p class=\"because\">and {} more below</p>\n", named - kMostNamed);
  std::string started = started_at(material.history).substr(0, 16);  // to the minute
  std::replace(started.begin(), started.end(), 'T', ' ');
  const auto& plan = material.plan;
  html += fmt::format(
      "<p class=\"run\">{} · {} · agent {} · load {} for {} · seed {}{}</p>\n</header>\n",
      escape_markup(plan.title.empty() ? plan.simulation : plan.title),
      escape_markup(plan.app.name), escape_markup(plan.agent.name), escape_markup(plan.load.name),
      format_duration(plan.duration), plan.seed,
      started.empty() ? "" : " · started " + escape_markup(started) + " UTC");
  return html;
}

std::string render_html(const Material& material) {
  const auto charts = make_charts(material.history, material.load);
  const std::string data = escape_script_json(chart_json(charts, material.history).dump());
  const std::string first = library();
  const std::string second(asset::page_js);
  const std::string title =
      fmt::format("{} · bhsim {}", upper(checks::to_string(material.verdict.status)),
                  material.history.run_id());
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"{}\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, "
      "initial-scale=1\">\n<title>{}</title>\n",
      policy(first, second), escape_markup(title));
  html += "<style>" + library_style() + std::string(asset::page_css) +
          "</style>\n</head>\n<body>\n<main>\n";
  std::string sections = page_diagnosis(material) + page_checks(material) + chart_figures(charts);
  for (const auto section :
       {page_phases, page_operations, page_failures, page_swaps, page_faults, page_recovery,
        page_pairs, page_costs, page_instrument, page_facts, page_artifacts, page_again})
    sections += section(material);
  html += page_verdict(material) + page_numbers(material) + contents(sections) + sections;
  html += fmt::format(
      "<footer>bhsim {} · run {} · charts by dygraphs (MIT licence, © Dan Vanderkam and "
      "contributors)"
      "</footer>\n</main>\n",
      BHSIM_VERSION, escape_markup(material.history.run_id()));
  html += "<script type=\"application/json\" id=\"data\">" + data + "</script>\n";
  html += "<script>" + first + "</script>\n<script>" + second + "</script>\n</body>\n</html>\n";
  return html;
}

}  // namespace bhsim::report
