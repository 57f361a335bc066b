#include <algorithm>
#include <cmath>

#include "framework/base/units.hpp"
#include "framework/report/console.hpp"
#include "framework/report/text.hpp"

namespace bhsim::report {
namespace {

constexpr Nanos kRedrawEvery = std::chrono::milliseconds(200);
constexpr Nanos kLineEvery = std::chrono::seconds(30);
constexpr int kBarCells = 30;
constexpr int kLabelWidth = 10;

constexpr std::string_view kDim = "\x1b[2m";
constexpr std::string_view kBold = "\x1b[1m";
constexpr std::string_view kRed = "\x1b[31m";
constexpr std::string_view kReset = "\x1b[0m";

// Visible text with its colour, so that lines can be cut by what is seen.
class TextLine {
 public:
  TextLine(int columns, Colour colour)
      : columns_(static_cast<std::size_t>(std::max(20, columns))), colour_(colour) {}

  void add(std::string_view text, std::string_view style = {}) {
    if (full_) return;
    std::string piece(text);
    if (used_ + width(piece) > columns_) {
      piece = cut(piece, columns_ - used_ - 1) + "…";
      full_ = true;
    }
    used_ += width(piece);
    const bool styled = colour_ == Colour::on && !style.empty();
    line_ += styled ? fmt::format("{}{}{}", style, piece, kReset) : piece;
  }
  [[nodiscard]] const std::string& text() const { return line_; }

 private:
  static std::string cut(std::string_view text, std::size_t cells) {
    std::size_t bytes = 0;
    std::size_t seen = 0;
    while (bytes < text.size()) {
      const bool starts = (static_cast<unsigned char>(text[bytes]) & 0xC0U) != 0x80U;
      if (starts && ++seen > cells) break;
      ++bytes;
    }
    return std::string(text.substr(0, bytes));
  }

  const std::size_t columns_;
  const Colour colour_;
  std::string line_;
  std::size_t used_ = 0;
  bool full_ = false;
};

double done_share(const history::LiveState& state) {
  if (state.total <= Nanos(0)) return 0;
  return std::clamp(to_seconds(state.elapsed) / to_seconds(state.total), 0.0, 1.0);
}

// "1 h 31 m", "4 m 05 s", "12 s": what is left is read, not computed with.
std::string left(const history::LiveState& state) {
  const auto seconds = static_cast<std::int64_t>(
      std::ceil(to_seconds(std::max(Nanos(0), state.total - state.elapsed))));
  if (seconds >= 3600) return fmt::format("{} h {:02} m", seconds / 3600, seconds / 60 % 60);
  if (seconds >= 60) return fmt::format("{} m {:02} s", seconds / 60, seconds % 60);
  return fmt::format("{} s", seconds);
}

std::string milliseconds(const std::optional<Nanos>& latency) {
  if (!latency) return "–";
  const double ms = to_seconds(*latency) * 1e3;
  return fmt::format("{:.{}f} ms", ms, ms < 100 ? 1 : 0);
}

// Never rounds a failure away: "0.000 %" only when there is none.
std::string error_share(const history::LiveState& state) {
  if (state.requests <= 0 || state.errors <= 0) return "0.000 %";
  const double percent =
      100.0 * static_cast<double>(state.errors) / static_cast<double>(state.requests);
  return percent < 0.001 ? "<0.001 %" : fmt::format("{:.3f} %", percent);
}

std::string rate(const history::LiveState& state) {
  return fmt::format("{}/s", format_number(std::round(state.rate_per_s)));
}

Nanos whole_seconds(Nanos d) { return std::chrono::floor<std::chrono::seconds>(d); }

std::string done_of(std::int64_t good, std::int64_t all) { return fmt::format("{}/{}", good, all); }

}  // namespace

std::string run_heading(std::string_view run_id, const config::Plan& plan) {
  std::string arrivals = plan.load.arrivals;
  if (!arrivals.empty() && arrivals == "poisson") arrivals = "Poisson";
  std::string heading =
      fmt::format("bhsim run {}   {} · {}: {}/s {}, {} connections · {} · seed {}\n", run_id,
                  plan.simulation, plan.load.name, format_number(plan.load.rate_per_s), arrivals,
                  plan.load.connections, format_duration(plan.duration), plan.seed);
  for (const auto& note : plan.notes) heading += fmt::format("  · {}\n", plain_line(note));
  for (const auto& [id, why] : plan.demoted)
    heading += fmt::format("  · {} is not required in this run: {}\n", id, plain_line(why));
  return heading;
}

std::string live_block(const history::LiveState& state, int columns, Colour colour) {
  const double share = done_share(state);
  TextLine first(columns, colour);
  first.add(fmt::format("  {:<{}}", plain_line(state.phase), kLabelWidth), kBold);
  if (state.total > Nanos(0)) {
    const int full = static_cast<int>(share * kBarCells);
    std::string bar;
    std::string rest;
    for (int i = 0; i < kBarCells; ++i) (i < full ? bar : rest) += i < full ? "█" : "░";
    first.add(bar);
    first.add(rest, kDim);
    first.add(fmt::format("  {} %   {} left", static_cast<int>(share * 100), left(state)));
  }
  TextLine second(columns, colour);
  second.add(fmt::format("  {:<{}}", rate(state), kLabelWidth));
  second.add(fmt::format("p50 {}  p99 {}", milliseconds(state.p50), milliseconds(state.p99)));
  second.add(fmt::format("   errors {}", error_share(state)), state.errors > 0 ? kRed : "");
  second.add(fmt::format("   swaps {}", done_of(state.swaps_ok, state.swaps)));
  if (state.faults > 0)
    second.add(fmt::format("   faults {}", done_of(state.faults_healed, state.faults)));
  if (state.heap_bytes) second.add(fmt::format("   heap {}", format_size(*state.heap_bytes)));
  if (state.cpu_share) second.add(fmt::format("   cpu {:.0f} %", *state.cpu_share * 100));
  std::string block = first.text() + "\n" + second.text() + "\n";
  if (!state.notice.empty()) {
    TextLine third(columns, colour);
    third.add("  " + plain_line(state.notice), kDim);
    block += third.text() + "\n";
  }
  return block;
}

std::string live_line(const history::LiveState& state) {
  // Whole seconds, and columns that stay in line as long as they can.
  std::string line = fmt::format("{}  {:<9}", format_offset(whole_seconds(state.elapsed)),
                                 plain_line(state.phase));
  if (state.total > Nanos(0))
    line += fmt::format(" {:>3.0f} %, {} left", done_share(state) * 100, left(state));
  line += fmt::format("  {:>7}  p50 {}  p99 {}  errors {}  swaps {}", rate(state),
                      milliseconds(state.p50), milliseconds(state.p99), error_share(state),
                      done_of(state.swaps_ok, state.swaps));
  if (state.faults > 0)
    line += fmt::format("  faults {}", done_of(state.faults_healed, state.faults));
  if (state.heap_bytes) line += fmt::format("  heap {}", format_size(*state.heap_bytes));
  if (state.cpu_share) line += fmt::format("  cpu {:.0f} %", *state.cpu_share * 100);
  if (!state.notice.empty()) line += "  " + plain_line(state.notice);
  return line;
}

Progress::Progress(std::ostream& out, bool terminal, const Clock& clock)
    : out_(out), terminal_(terminal), clock_(clock) {}

void Progress::erase() {
  // Up to the first line of the block, and clear from there to the end of the screen.
  if (lines_drawn_ > 0) out_ << fmt::format("\x1b[{}A\r\x1b[J", lines_drawn_);
  lines_drawn_ = 0;
}

void Progress::notice(std::string_view line) {
  const std::lock_guard lock(mutex_);
  const int lines = lines_drawn_;
  if (terminal_) erase();
  out_ << plain_line(line) << '\n';
  if (terminal_ && lines > 0) {
    out_ << block_;
    lines_drawn_ = lines;
  }
  out_.flush();
}

void Progress::show(const history::LiveState& state) {
  const std::lock_guard lock(mutex_);
  const Time now = clock_.now();
  const bool new_phase = state.phase != last_phase_;
  const Nanos every = terminal_ ? kRedrawEvery : kLineEvery;
  if (last_shown_ && !new_phase && now - *last_shown_ < every) return;
  last_shown_ = now;
  last_phase_ = state.phase;
  if (terminal_) {
    erase();
    block_ = live_block(state, terminal_columns(), Colour::on);
    lines_drawn_ = static_cast<int>(std::count(block_.begin(), block_.end(), '\n'));
    out_ << block_;
  } else {
    out_ << live_line(state) << '\n';
  }
  out_.flush();
}

void Progress::end() {
  const std::lock_guard lock(mutex_);
  if (terminal_) erase();
  out_.flush();
}

}  // namespace bhsim::report
