#include "framework/report/console.hpp"

#include <algorithm>

#include "framework/report/evidence.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

constexpr std::size_t kSentenceWidth = 86;

std::string painted(std::string_view text, std::string_view style, Colour colour) {
  return colour == Colour::on ? fmt::format("\x1b[{}m{}\x1b[0m", style, text) : std::string(text);
}

std::string_view style_of(checks::RunStatus status) {
  switch (status) {
    case checks::RunStatus::pass:
      return "1;32";
    case checks::RunStatus::fail:
      return "1;31";
    case checks::RunStatus::inconclusive:
    case checks::RunStatus::invalid:
      return "1;33";
  }
  return "1";
}

std::string check_line(const checks::Judged& judged, const history::History* history, Colour colour,
                       std::string_view style) {
  std::string sentence = plain_line(judged.verdict.because);
  std::string where = history != nullptr ? where_of(judged.verdict, *history) : "";
  if (!where.empty() && width(sentence) < kSentenceWidth)
    sentence += std::string(kSentenceWidth - width(sentence), ' ');
  if (!where.empty()) sentence += "  " + painted(plain_line(where), "2", colour);
  return fmt::format("   {}  {}\n", painted(fmt::format("{:<8}", judged.check->id), style, colour),
                     sentence);
}

}  // namespace

std::string end_block(const checks::RunVerdict& verdict, const Path& run_directory, Colour colour,
                      const history::History* history) {
  const std::string status = upper(checks::to_string(verdict.status));
  std::string block = fmt::format(
      "\n  {}   {}\n", painted(status, style_of(verdict.status), colour), counts_line(verdict));
  // Why, where the list below does not say it: an invalid or interrupted run.
  const bool says_more = verdict.status == checks::RunStatus::invalid ||
                         verdict.status == checks::RunStatus::inconclusive;
  if (says_more && !verdict.because.empty())
    block += fmt::format("   {}\n", plain_line(verdict.because));

  const auto section = [&](std::initializer_list<Standing> which, std::string_view title,
                           std::string_view style) {
    bool first = true;
    for (const auto* judged : worst_first(verdict)) {
      if (std::find(which.begin(), which.end(), standing(*judged)) == which.end()) continue;
      if (first && !title.empty()) block += fmt::format("  {}\n", painted(title, "2", colour));
      first = false;
      block += check_line(*judged, history, colour, style);
    }
  };
  section({Standing::failed}, "", "1;31");
  section({Standing::inconclusive, Standing::advisory_inconclusive}, "inconclusive", "33");
  section({Standing::advisory_failed}, "advisory: reported, not decisive", "31");

  const std::string directory = run_directory.generic_string();
  block += fmt::format("  report  {}/report/index.html      again: bhsim check {}\n", directory,
                       directory);
  return block;
}

}  // namespace bhsim::report
