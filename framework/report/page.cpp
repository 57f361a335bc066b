#include "framework/report/page.hpp"

#include <algorithm>
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

std::string chart_figures(const std::vector<Chart>& charts) {
  std::string html =
      "<section><h2 id=\"charts\">Over time<small>drag to zoom all charts, double-click to see the "
      "whole run; phases are "
      "shaded, faults are bands, swaps are ticks</small></h2>\n"
      "<noscript><p class=\"lacking\">The charts are drawn by a script; the table of phases below "
      "says the same in "
      "numbers.</p></noscript>\n<div class=\"charts\">\n";
  std::string lacking;
  for (const auto& chart : charts) {
    if (chart.size() == 0) {
      lacking += (lacking.empty() ? "" : ", ") + escape(chart.title);
      continue;
    }
    html += fmt::format(
        "<figure><figcaption>{}<span>{}</span></figcaption><p class=\"chart-note\">{}</p>"
        "<div class=\"legend\" id=\"legend-{}\"></div>"
        "<div class=\"plot\" id=\"plot-{}\" role=\"img\" aria-label=\"{} over "
        "time\"></div></figure>\n",
        escape(chart.title), escape(chart.unit), escape(chart.note), chart.id, chart.id,
        escape(chart.title));
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
                  status, upper(status), escape(counts_line(verdict)));
  int named = 0;
  std::string list;
  for (const auto* judged : worst_first(verdict)) {
    if (standing(*judged) != Standing::failed && standing(*judged) != Standing::inconclusive)
      continue;
    if (++named > kMostNamed) continue;
    list += fmt::format("<li class=\"{}\"><a href=\"#{}\">{}</a>{}</li>\n",
                        status_id(judged->verdict.status), check_anchor(*judged->check),
                        escape(judged->check->id), escape(judged->verdict.because));
  }
  // The list says the same as the sentence where checks decide; the sentence alone knows of an
  // invalid run.
  if (list.empty() || verdict.status == checks::RunStatus::invalid)
    html += fmt::format("<p class=\"because\">{}</p>\n", escape(verdict.because));
  if (!list.empty()) html += "<ol>\n" + list + "</ol>\n";
  if (named > kMostNamed)
    html += fmt::format("<p class=\"because\">and {} more below</p>\n", named - kMostNamed);
  std::string started = started_at(material.history).substr(0, 16);  // to the minute
  std::replace(started.begin(), started.end(), 'T', ' ');
  const auto& plan = material.plan;
  html += fmt::format(
      "<p class=\"run\">{} · {} · agent {} · load {} for {} · seed {}{}</p>\n</header>\n",
      escape(plan.title.empty() ? plan.simulation : plan.title), escape(plan.app.name),
      escape(plan.agent.name), escape(plan.load.name), format_duration(plan.duration), plan.seed,
      started.empty() ? "" : " · started " + escape(started) + " UTC");
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
      policy(first, second), escape(title));
  html += "<style>" + library_style() + std::string(asset::page_css) +
          "</style>\n</head>\n<body>\n<main>\n";
  html += page_verdict(material);
  html += page_numbers(material);
  html += page_checks(material);
  html += chart_figures(charts);
  html += page_phases(material);
  html += page_swaps(material);
  html += page_faults(material);
  html += page_facts(material);
  html += page_artifacts(material);
  html += page_again(material);
  html += fmt::format(
      "<footer>bhsim {} · run {} · charts by dygraphs (MIT licence, © Dan Vanderkam and "
      "contributors)"
      "</footer>\n</main>\n",
      BHSIM_VERSION, escape(material.history.run_id()));
  html += "<script type=\"application/json\" id=\"data\">" + data + "</script>\n";
  html += "<script>" + first + "</script>\n<script>" + second + "</script>\n</body>\n</html>\n";
  return html;
}

}  // namespace bhsim::report
