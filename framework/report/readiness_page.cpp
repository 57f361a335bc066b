// The readiness report as one page that opens offline and needs no script.

#include <algorithm>

#include "framework/base/units.hpp"
#include "framework/report/assets.hpp"
#include "framework/report/page.hpp"
#include "framework/report/readiness.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using checks::Part;
using checks::Status;

// The report of a run, from the page's folder; empty when its path would need quoting.
std::string report_of(const Path& folder, const checks::CountedRun& run) {
  const auto path =
      (run.directory.lexically_proximate(folder) / "report" / "index.html").generic_string();
  const bool plain = std::all_of(path.begin(), path.end(), [](unsigned char c) {
    return std::isalnum(c) != 0 ||
           std::string_view("._-/").find(static_cast<char>(c)) != std::string_view::npos;
  });
  return plain ? path : std::string();
}

std::string linked(const std::string& target, std::string_view words) {
  return target.empty() ? escape(words)
                        : fmt::format("<a href=\"{}\">{}</a>", target, escape(words));
}

std::string status_cell(std::string_view id, std::string_view words) {
  return fmt::format("<td class=\"{}\"><span class=\"status\">{}</span></td>", id,
                     escape(upper(words)));
}

// --- runs --------------------------------------------------------------------------------------

std::string run_row(const Path& folder, std::string_view section, const checks::CountedRun& run) {
  std::string started = run.started.substr(0, 16);  // to the minute
  std::replace(started.begin(), started.end(), 'T', ' ');
  return fmt::format(
      "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td class=\"n\">{}</td><td>{}</td>{}"
      "<td>{}</td></tr>\n",
      section, escape(run.plan.simulation), linked(report_of(folder, run), run.id), escape(started),
      format_duration(run.plan.duration), escape(run.plan.load.name),
      status_cell(to_string(run.verdict.status), to_string(run.verdict.status)),
      escape(remarks(run)));
}

std::string runs_section(const Path& folder, const Readiness& readiness) {
  std::string html =
      "<section><h2 id=\"runs\">Runs<small>the newest valid one of each simulation; each was "
      "judged again from its store</small></h2>\n<div class=\"card\"><table><thead><tr>";
  for (const auto* name : {"Section", "Simulation", "Run", "Started (UTC)"})
    html += fmt::format("<th scope=\"col\">{}</th>", name);
  html +=
      "<th scope=\"col\" class=\"n\">Load for</th><th scope=\"col\">Load</th><th "
      "scope=\"col\">Verdict</th><th scope=\"col\">To know</th></tr></thead><tbody>\n";
  for (const auto& [simulation, section] : checks::sections()) {
    if (const auto* run = run_of(readiness, simulation); run != nullptr)
      html += run_row(folder, section, *run);
    else
      html += fmt::format("<tr><td>{}</td><td>{}</td><td colspan=\"6\">no valid run</td></tr>\n",
                          section, simulation);
  }
  for (const auto& run : readiness.runs)
    if (std::ranges::find(checks::sections(), run.plan.simulation, &checks::Section::simulation) ==
        checks::sections().end())
      html += run_row(folder, "", run);
  html += "</tbody></table></div>\n";
  if (!readiness.left_out.empty()) {
    html += "<p class=\"lacking\">Left out:</p>\n<ul class=\"lacking\">\n";
    for (const auto& [what, why] : readiness.left_out)
      html += fmt::format("<li>{}: {}</li>\n", escape(what), escape(why));
    html += "</ul>\n";
  }
  return html + "</section>\n";
}

// --- criteria ----------------------------------------------------------------------------------

std::string part_row(const Path& folder, const Readiness& readiness, const Part& part) {
  const auto* run = part.run.empty() ? nullptr : run_of(readiness, part.simulation);
  std::string target = run == nullptr ? std::string() : report_of(folder, *run);
  if (!target.empty()) target += "#" + part.check;
  std::string value, limit;
  if (part.verdict && part.verdict->value)
    value = format_quantity(*part.verdict->value, part.verdict->unit);
  if (part.verdict) limit = format_limit(*part.verdict);
  return fmt::format(
      "<tr><td>{}</td>{}<td>{}</td><td class=\"n\">{}</td><td "
      "class=\"n\">{}</td><td>{}</td></tr>\n",
      linked(target, part.check), status_cell(status_id(part.status), to_string(part.status)),
      escape(part.simulation), escape(value), escape(limit), escape(sentence(part.because)));
}

std::string parts_table(const Path& folder, const Readiness& readiness,
                        const std::vector<Part>& parts) {
  std::string html =
      "<table><thead><tr><th scope=\"col\">Check</th><th scope=\"col\">Verdict</th><th "
      "scope=\"col\">Simulation</th><th scope=\"col\" class=\"n\">Value</th><th scope=\"col\" "
      "class=\"n\">Limit</th><th scope=\"col\">Why</th></tr></thead><tbody>\n";
  for (const auto& part : parts) html += part_row(folder, readiness, part);
  return html + "</tbody></table>\n";
}

std::string simulations_of(const checks::Criterion& criterion) {
  std::vector<std::string_view> names;
  for (const auto& demand : criterion.demands)
    for (const auto name : checks::words_of(demand.simulations))
      if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  return fmt::format("{}", fmt::join(names, ", "));
}

std::string criterion_element(const Path& folder, const Readiness& readiness,
                              const checks::JudgedCriterion& judged, int number) {
  const auto& criterion = *judged.criterion;
  const auto why = sentences(judged.parts, judged.status, 2);
  std::string html = fmt::format(
      "<details class=\"check {}\" id=\"{}\"{}>\n<summary><span class=\"status\">{}</span><span "
      "class=\"id\">{}</span><span class=\"title\">{}</span><span class=\"sum\">{}</span><span "
      "class=\"value\"><small>{}</small></span></summary>\n<div class=\"detail wide\">\n",
      status_id(judged.status), criterion.id, judged.status == Status::fail ? " open" : "",
      judged.status == Status::not_applicable ? "N/A" : upper(to_string(judged.status)), number,
      escape(criterion.text), escape(fmt::format("{}", fmt::join(why, "; "))),
      simulations_of(criterion));
  if (criterion.shown_by == checks::ShownBy::checks)
    html += parts_table(folder, readiness, judged.parts);
  else
    html += fmt::format("<p>{}</p>\n", escape(fmt::format("{}", fmt::join(why, "; "))));
  return html + "</div>\n</details>\n";
}

std::string criteria_sections(const Path& folder, const Readiness& readiness) {
  std::string html;
  std::string_view group;
  int number = 0;
  for (const auto& judged : readiness.assessment.criteria) {
    if (judged.criterion->group != group) {
      if (!group.empty()) html += "</div></section>\n";
      group = judged.criterion->group;
      html += fmt::format("<section><h2>{}</h2>\n<div class=\"checks criteria\">\n", group);
    }
    html += criterion_element(folder, readiness, judged, ++number);
  }
  return html + "</div></section>\n";
}

std::string beside_section(const Path& folder, const Readiness& readiness) {
  if (readiness.assessment.beside.empty()) return {};
  return "<section><h2 id=\"beside\">Beside the criteria<small>required by a run, named by no "
         "criterion, and not passed: it counts all the same</small></h2>\n<div class=\"card\">" +
         parts_table(folder, readiness, readiness.assessment.beside) + "</div></section>\n";
}

std::string tasks_section(const Readiness& readiness) {
  const auto tasks = tasks_of(readiness.assessment);
  if (tasks.empty()) return {};
  std::string html =
      "<section><h2 id=\"tasks\">What would give the evidence that lacks</h2>\n<div "
      "class=\"card\"><table><thead><tr><th scope=\"col\">Command</th><th scope=\"col\">Waited "
      "for by</th></tr></thead><tbody>\n";
  for (const auto& task : tasks) {
    std::vector<std::string> links;
    for (const auto& id : task.criteria)
      links.push_back(id.find(' ') == std::string::npos
                          ? fmt::format("<a href=\"#{0}\">{0}</a>", escape(id))
                          : escape(id));
    html += fmt::format("<tr><td><code>{}</code></td><td>{}</td></tr>\n", escape(task.command),
                        fmt::join(links, ", "));
  }
  return html + "</tbody></table></div></section>\n";
}

std::string readiness_verdict(const Readiness& readiness) {
  const auto& assessment = readiness.assessment;
  const auto status = to_string(assessment.status);
  std::string html =
      fmt::format("<header class=\"verdict {}\">\n<h1>{}</h1>\n<p class=\"counts\">{}</p>\n",
                  status, upper(status), escape(assessment.because));
  for (const auto& judged : assessment.criteria)
    if (judged.status == Status::fail)
      html += fmt::format(
          "<p class=\"because\"><a href=\"#{}\">{}</a>: {}</p>\n", judged.criterion->id,
          escape(judged.criterion->text),
          escape(fmt::format("{}", fmt::join(sentences(judged.parts, judged.status, 3), "; "))));
  return html + fmt::format("<p class=\"run\">Production readiness of {}</p>\n</header>\n",
                            escape(subject_line(readiness.subject)));
}

}  // namespace

std::string readiness_html(const Path& folder, const Readiness& readiness) {
  const auto status = upper(to_string(readiness.assessment.status));
  std::string html = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
      "'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      "<title>{} · bhsim readiness</title>\n<style>{}</style>\n</head>\n<body>\n<main>\n",
      status, asset::page_css);
  html += readiness_verdict(readiness) + criteria_sections(folder, readiness) +
          beside_section(folder, readiness) + tasks_section(readiness) +
          runs_section(folder, readiness);
  return html + fmt::format(
                    "<footer>bhsim {} · the success criteria of phase 9.2</footer>\n"
                    "</main>\n</body>\n</html>\n",
                    BHSIM_VERSION);
}

}  // namespace bhsim::report
