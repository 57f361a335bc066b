// The readiness report for the console and for a pipeline's summary.

#include <algorithm>

#include "framework/base/units.hpp"
#include "framework/report/readiness.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

using checks::Status;

// The report has them all.
constexpr std::size_t kMostReasons = 4;

// As many as decide; of a pass, one is enough to see what it rests on.
std::size_t most_reasons(Status status) { return status == Status::pass ? 1 : kMostReasons; }

class ReadinessBlock {
 public:
  explicit ReadinessBlock(Colour colour)
      : colour_(colour),
        columns_(colour == Colour::on ? static_cast<std::size_t>(terminal_columns()) : 0) {}

  void add_verdict(const Readiness& readiness) {
    const auto& assessment = readiness.assessment;
    text_ += fmt::format(
        "\n  {}   {}\n",
        painted(upper(to_string(assessment.status)), style_of(assessment.status), colour_),
        assessment.because);
    text_ += wrapped(plain_line(subject_line(readiness.subject)), 2, columns_);
  }

  void add_runs(const Readiness& readiness) {
    title("runs");
    for (const auto& [simulation, section] : checks::sections())
      if (run_of(readiness, simulation) == nullptr)
        text_ += fmt::format("    {:<14} none\n", simulation);
      else
        add_run(*run_of(readiness, simulation));
    for (const auto& run : readiness.runs)
      if (std::ranges::find(checks::sections(), run.plan.simulation,
                            &checks::Section::simulation) == checks::sections().end())
        add_run(run);
    if (!readiness.left_out.empty()) title("left out");
    for (const auto& [what, why] : readiness.left_out)
      text_ += wrapped(plain_line(fmt::format("{}: {}", what, why)), 4, columns_);
  }

  void add_criteria(const checks::Assessment& assessment) {
    std::string_view group;
    for (const auto& judged : assessment.criteria) {
      if (judged.criterion->group != group) title(judged.criterion->group);
      group = judged.criterion->group;
      add_status(judged.status, judged.criterion->text);
      for (const auto& line : sentences(judged.parts, judged.status, most_reasons(judged.status)))
        add_reason(line);
    }
    if (assessment.beside.empty()) return;
    title("Beside the criteria");
    for (const auto& part : assessment.beside) {
      add_status(part.status, fmt::format("{} in {}", part.check, part.simulation));
      add_reason(part.because);
    }
  }

  void add_tasks(const checks::Assessment& assessment) {
    const auto tasks = tasks_of(assessment);
    if (tasks.empty()) return;
    title("what would give the evidence that lacks");
    for (const auto& task : tasks) text_ += fmt::format("    {}\n", plain_line(task.command));
  }

  void add_folder(const Path& folder) {
    text_ += fmt::format("\n  report  {}/index.html\n", folder.generic_string());
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void title(std::string_view words) {
    text_ += fmt::format("\n  {}\n", painted(words, "2", colour_));
  }

  void add_run(const checks::CountedRun& run) {
    const auto status = upper(to_string(run.verdict.status));
    text_ += fmt::format("    {:<14} {}  {:<6} {:<7} {}\n", plain_line(run.plan.simulation),
                         plain_line(run.id), format_duration(run.plan.duration),
                         plain_line(run.plan.load.name),
                         painted(status, style_of(run.verdict.status), colour_));
    if (const auto words = remarks(run); !words.empty())
      text_ += wrapped(plain_line(words), 19, columns_);
  }

  void add_status(Status status, std::string_view words) {
    const std::string name = fmt::format("{:<14}", upper(to_string(status)));
    text_ +=
        fmt::format("    {} {}\n", painted(name, style_of(status), colour_), plain_line(words));
  }

  void add_reason(std::string_view words) { text_ += wrapped(plain_line(words), 19, columns_); }

  const Colour colour_;
  const std::size_t columns_;
  std::string text_;
};

std::string_view sign(Status status) {
  switch (status) {
    case Status::pass:
      return "✅";
    case Status::fail:
      return "❌";
    case Status::inconclusive:
      return "❔";
    case Status::waived:
      return "⚠️";
    case Status::not_applicable:
      return "➖";
  }
  return "";
}

}  // namespace

std::string readiness_block(const Readiness& readiness, const Path& folder, Colour colour) {
  ReadinessBlock block(colour);
  block.add_verdict(readiness);
  block.add_runs(readiness);
  block.add_criteria(readiness.assessment);
  block.add_tasks(readiness.assessment);
  block.add_folder(folder);
  return block.text();
}

std::string readiness_markdown(const Path& /*folder*/, const Readiness& readiness) {
  const auto& assessment = readiness.assessment;
  std::string text = fmt::format(
      "## {} · production readiness\n\n**{}**  \n{}\n\n| | criterion | why |\n|---|---|---|\n",
      upper(to_string(assessment.status)), escape_markdown(assessment.because),
      escape_markdown(subject_line(readiness.subject)));
  for (const auto& judged : assessment.criteria)
    text += fmt::format(
        "| {} {} | {} | {} |\n", sign(judged.status), to_string(judged.status),
        escape_markdown(judged.criterion->text),
        escape_markdown(fmt::format(
            "{}",
            fmt::join(sentences(judged.parts, judged.status, most_reasons(judged.status)), "; "))));
  for (const auto& part : assessment.beside)
    text += fmt::format("| {} {} | {} in {} | {} |\n", sign(part.status), to_string(part.status),
                        escape_markdown(part.check), escape_markdown(part.simulation),
                        escape_markdown(part.because));
  return text;
}

}  // namespace bhsim::report
