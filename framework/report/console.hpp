#pragma once
// What a person sees while a run goes on and when it has ended. The functions are pure; Progress
// alone writes.

#include <mutex>
#include <optional>
#include <ostream>
#include <string>
#include <string_view>

#include "checks/check.hpp"
#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/config/plan.hpp"
#include "framework/history/live.hpp"
#include "framework/report/terminal.hpp"

namespace bhsim::report {

// "bhsim run ID   production · high: 1,000/s Poisson, 50 connections · 4 h · seed 42", then a line
// for each thing that a person should know before it starts.
std::string run_heading(std::string_view run_id, const config::Plan& plan);

// The live block of a terminal: two or three lines (a notice is the third), none longer than
// `columns`.
std::string live_block(const history::LiveState& state, int columns, Colour colour);
// The same in one line, for a pipe; without a line end.
std::string live_line(const history::LiveState& state);

// The verdict: one line with the counts, then each failed check with its sentence, its limit and,
// when the history is given, where; then what is inconclusive and what failed without deciding;
// then where the report lies and how to judge again. With colour, for a terminal: wrapped to its
// width.
std::string end_block(const checks::RunVerdict& verdict, const Path& run_directory, Colour colour,
                      const history::History* history = nullptr);

// Keeps a terminal's live block at the bottom, with notices above it; on a pipe, notices as they
// come and a line every 30 s. Thread-safe.
class Progress {
 public:
  Progress(std::ostream& out, bool terminal, const Clock& clock);

  // One line that stays.
  void notice(std::string_view line);
  // The state of this moment: a terminal is redrawn at most five times a second.
  void show(const history::LiveState& state);
  // Removes the live block; nothing is drawn after it until the next show().
  void end();

 private:
  void erase();

  std::mutex mutex_;
  std::ostream& out_;
  const bool terminal_;
  const Clock& clock_;
  std::optional<Time> last_shown_;
  std::string last_phase_;
  int lines_drawn_ = 0;
  std::string block_;
};

}  // namespace bhsim::report
