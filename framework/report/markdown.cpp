#include <algorithm>

#include "framework/base/units.hpp"
#include "framework/report/diagnosis.hpp"
#include "framework/report/evidence.hpp"
#include "framework/report/formats.hpp"
#include "framework/report/numbers.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

// An element, not backticks: those cannot be escaped inside each other.
std::string code(std::string_view text) { return "<code>" + escape_markdown(text) + "</code>"; }

std::string_view symbol(checks::RunStatus status) {
  switch (status) {
    case checks::RunStatus::pass:
      return "✅";
    case checks::RunStatus::fail:
      return "❌";
    case checks::RunStatus::inconclusive:
    case checks::RunStatus::invalid:
      return "⚠️";
  }
  return "";
}

void section(std::string& text, std::string_view title, std::initializer_list<Standing> which,
             const Material& material) {
  bool first = true;
  for (const auto* judged : worst_first(material.verdict)) {
    if (std::find(which.begin(), which.end(), standing(*judged)) == which.end()) continue;
    if (first)
      text += fmt::format(
          "\n### {}\n\n| check | why | value | limit | where |\n|---|---|---|---|---|\n", title);
    first = false;
    const auto& verdict = judged->verdict;
    text += fmt::format(
        "| **{}** {} | {} | {} | {} | {} |\n", escape_markdown(judged->check->id),
        escape_markdown(judged->check->title), escape_markdown(sentence(verdict.because)),
        verdict.value ? escape_markdown(format_quantity(*verdict.value, verdict.unit)) : "",
        escape_markdown(format_limit(verdict)),
        escape_markdown(where_of(verdict, material.history)));
  }
}

}  // namespace

std::string render_markdown(const Material& material) {
  const auto& verdict = material.verdict;
  const auto& plan = material.plan;
  std::string text =
      fmt::format("## {} {} · bhsim {}\n\n**{}**", symbol(verdict.status),
                  upper(checks::to_string(verdict.status)), escape_markdown(plan.simulation),
                  escape_markdown(counts_line(verdict)));
  if (!verdict.because.empty())
    text += fmt::format("  \n{}", escape_markdown(sentence(verdict.because)));
  text += fmt::format("\n\nRun {} · {} · agent {} · load {} for {} · seed {}\n\n",
                      code(material.history.run_id()), escape_markdown(plan.app.name),
                      escape_markdown(plan.agent.name), escape_markdown(plan.load.name),
                      format_duration(plan.duration), plan.seed);
  const auto numbers = key_numbers(material);
  if (!numbers.empty()) {
    text += "| | |\n|---|---|\n";
    for (const auto& n : numbers)
      text += fmt::format("| {} | **{}** {} |\n", escape_markdown(n.name), escape_markdown(n.value),
                          escape_markdown(n.note));
  }
  if (const auto diagnosis = view_diagnosis(material.history)) {
    text += "\n### Look at first\n\n";
    for (const auto& [what, file] : diagnosis->look_first)
      text += fmt::format("1. {}{}\n", file.empty() ? "" : code(file) + ": ",
                          escape_markdown(sentence(what)));
  }
  section(text, "Failed", {Standing::failed}, material);
  section(text, "Inconclusive", {Standing::inconclusive, Standing::advisory_inconclusive},
          material);
  section(text, "Advisory: failed, not decisive", {Standing::advisory_failed}, material);
  text += fmt::format("\nAgain: {}\n", code(how_to_repeat(material).run));
  return text;
}

}  // namespace bhsim::report
