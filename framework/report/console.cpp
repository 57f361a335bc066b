#include "framework/report/console.hpp"

#include <algorithm>

#include "framework/report/diagnosis.hpp"
#include "framework/report/evidence.hpp"
#include "framework/report/summary.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

// The rest is named; the report has it all.
constexpr int kMostFailed = 30;
constexpr int kMostOthers = 10;

class EndBlock {
 public:
  EndBlock(const history::History* history, Colour colour)
      : history_(history),
        colour_(colour),
        columns_(colour == Colour::on ? static_cast<std::size_t>(terminal_columns()) : 0) {}

  void add_verdict(const checks::RunVerdict& verdict) {
    const std::string status = upper(checks::to_string(verdict.status));
    text_ += fmt::format("\n  {}   {}\n", painted(status, style_of(verdict.status), colour_),
                         counts_line(verdict));
    // Why, where the list below does not say it: an invalid or interrupted run.
    for (const auto& reason : reasons_beside_checks(verdict))
      text_ += wrapped(plain_line(sentence(reason)), 2, columns_);
  }

  // The checks of these standings, at most `most` with their sentences, the others by their ids.
  void add_section(const checks::RunVerdict& verdict, std::initializer_list<Standing> which,
                   std::string_view title, std::string_view style, int most) {
    int count = 0;
    std::string others;
    for (const auto* judged : worst_first(verdict)) {
      if (std::find(which.begin(), which.end(), standing(*judged)) == which.end()) continue;
      if (count == 0) text_ += fmt::format("\n  {}\n", painted(title, "2", colour_));
      if (++count > most) {
        others += fmt::format("{}{}", others.empty() ? "" : ", ", judged->check->id);
      } else {
        add_check(*judged, style);
      }
    }
    if (count > most)
      text_ += wrapped(fmt::format("and {} more: {}", count - most, others), 4, columns_);
  }

  void add_diagnosis(const Path& directory) {
    if (history_ == nullptr) return;
    const auto view = view_diagnosis(*history_);
    if (!view || view->look_first.empty()) return;
    text_ += fmt::format("\n  {}\n", painted("look at first", "2", colour_));
    for (const auto& [what, file] : view->look_first) {
      text_ += wrapped(plain_line(sentence(what)), 4, columns_);
      if (!file.empty()) text_ += "      " + plain_line((directory / file).generic_string()) + "\n";
    }
  }

  void add_directory(const std::string& directory) {
    text_ +=
        fmt::format("\n  report  {0}/report/index.html\n  again   bhsim check {0}\n", directory);
  }

  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void add_check(const checks::Judged& judged, std::string_view style) {
    // The id is painted after wrapping, so that colour takes no columns.
    const std::string id = fmt::format("{:<8}", judged.check->id);
    std::string lines = wrapped(plain_line(because_with_limit(judged.verdict)), 14, columns_);
    lines.replace(4, 8, painted(id, style, colour_));
    text_ += lines;
    if (history_ == nullptr) return;
    const std::string where = where_of(judged.verdict, *history_);
    if (!where.empty()) text_ += "              " + painted(plain_line(where), "2", colour_) + "\n";
  }

  const history::History* history_;
  const Colour colour_;
  const std::size_t columns_;
  std::string text_;
};

}  // namespace

std::string end_block(const checks::RunVerdict& verdict, const Path& run_directory, Colour colour,
                      const history::History* history) {
  EndBlock block(history, colour);
  block.add_verdict(verdict);
  block.add_section(verdict, {Standing::failed}, "failed", "1;31", kMostFailed);
  block.add_section(verdict, {Standing::inconclusive, Standing::advisory_inconclusive},
                    "inconclusive", "33", kMostOthers);
  block.add_section(verdict, {Standing::advisory_failed}, "advisory: reported, not decisive", "31",
                    kMostOthers);
  block.add_diagnosis(run_directory);
  block.add_directory(run_directory.generic_string());
  return block.text();
}

}  // namespace bhsim::report
