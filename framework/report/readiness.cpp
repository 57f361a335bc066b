#include "framework/report/readiness.hpp"

#include <algorithm>
#include <array>

#include "framework/base/units.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

struct ReadinessFormat {
  std::string_view file;
  std::string (*render)(const Path& folder, const Readiness& readiness);
};
constexpr std::array kFormats = {
    ReadinessFormat{"index.html", readiness_html},
    ReadinessFormat{"readiness.json", readiness_json},
    ReadinessFormat{"junit.xml", readiness_junit},
    ReadinessFormat{"summary.md", readiness_markdown},
};

// "sha256:721911cef8e3"
std::string short_digest(std::string_view digest) {
  constexpr std::size_t kDigits = 12;
  if (digest.starts_with("sha256:")) digest.remove_prefix(7);
  return fmt::format("sha256:{}", digest.substr(0, kDigits));
}

}  // namespace

Result<void> write_readiness(const Path& folder, const Readiness& readiness) {
  BHSIM_TRY(make_directories(folder));
  for (const auto& [file, render] : kFormats)
    BHSIM_TRY(write_file(folder / file, render(folder, readiness)));
  return {};
}

std::string subject_line(const Subject& subject) {
  if (subject.applications.empty()) return "no run counts, so there is nothing to assess";
  std::string line = fmt::format("{}", fmt::join(subject.applications, ", "));
  if (!subject.image.empty()) line += fmt::format(" (image {})", short_digest(subject.image));
  line += fmt::format(" with agent {}", subject.agent);
  if (!subject.agent_sha256.empty())
    line += fmt::format(" ({})", short_digest(subject.agent_sha256));
  return line;
}

std::string remarks(const checks::CountedRun& run) {
  const auto& plan = run.plan;
  std::vector<std::string> words;
  if (!run.cut_short.empty()) words.push_back("cut short: " + run.cut_short);
  if (!run.verdict.invalid.empty())
    words.push_back(fmt::format("invalid besides: {}", fmt::join(run.verdict.invalid, "; ")));
  if (!plan.settings.empty()) words.push_back(fmt::format("set {}", fmt::join(plan.settings, " ")));
  if (!plan.thresholds.empty() && plan.thresholds != "production")
    words.push_back("limits: " + plan.thresholds);
  for (const auto& waiver : plan.waivers)
    words.push_back(
        fmt::format("{} waived by {} until {}", waiver.check, waiver.owner, waiver.expires));
  if (plan.production.text.empty()) words.emplace_back("no configuration was asked of the agent");
  if (!plan.demoted.empty())
    words.push_back(fmt::format("{} advisory: too short or too quiet for them",
                                counted(static_cast<std::int64_t>(plan.demoted.size()),
                                        "required check", "required checks")));
  return fmt::format("{}", fmt::join(words, "; "));
}

std::vector<std::string> sentences(std::span<const checks::Part> parts, checks::Status status,
                                   std::size_t most) {
  std::vector<std::string> lines;
  const auto reasons = checks::reasons_of(parts, status);
  for (const auto& reason : reasons) {
    if (lines.size() == most) break;
    lines.push_back(reason.checks.empty()
                        ? sentence(reason.because)
                        : fmt::format("{}: {}", fmt::join(reason.checks, ", "), reason.because));
  }
  if (reasons.size() > most) lines.push_back(fmt::format("and {} more", reasons.size() - most));
  return lines;
}

const checks::CountedRun* run_of(const Readiness& readiness, std::string_view simulation) {
  const auto found =
      std::find_if(readiness.runs.begin(), readiness.runs.end(),
                   [&](const auto& run) { return run.plan.simulation == simulation; });
  return found == readiness.runs.end() ? nullptr : &*found;
}

}  // namespace bhsim::report
