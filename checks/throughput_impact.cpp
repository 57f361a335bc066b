// PERF-06 · criteria "Performance": throughput impact below 5 % during hot-swaps.

#include <algorithm>
#include <cmath>

#include "checks/families.hpp"
#include "checks/limits.hpp"
#include "checks/over_time.hpp"
#include "framework/stats/intervals.hpp"

namespace bhsim::checks {
namespace {

// Seconds beside swaps are judged in pieces: single ones vary by chance, and a piece is short
// enough for what the machine does meanwhile to be the same as right beside it.
constexpr std::size_t kPiece = 5;
constexpr std::size_t kFewestPieces = 5;
// A piece is held against the nearest quiet seconds on either side, as many as this, none of them
// further away than this.
constexpr std::size_t kQuietOnASide = 5;
constexpr Nanos kNear = std::chrono::seconds(60);

struct Sides {
  std::vector<Second> swaps, quiet;
};

// Seconds that a swap touches, and those that none does. A second that begins in the wake of a
// collection that was forced or of a fault is neither.
Sides sides_of(const Plan& plan, const History& history, Span span) {
  const auto all = seconds_of(history, undisturbed_and_warm(plan, history, span));
  const auto swaps = swap_spans(plan, history);
  const auto touched = [&](const Second& second) {
    return std::ranges::any_of(swaps, [&](const Span& swap) {
      return swap.from < second.t + kSecond && second.t < swap.to;
    });
  };
  Sides sides;
  for (const auto& second : all)
    if (second.planned > 0) (touched(second) ? sides.swaps : sides.quiet).push_back(second);
  return sides;
}

// Neighbouring seconds, as far as they lie close together.
std::vector<std::vector<Second>> pieces_of(const std::vector<Second>& seconds) {
  std::vector<std::vector<Second>> pieces;
  for (const auto& second : seconds) {
    const bool next = pieces.empty() || pieces.back().size() == kPiece ||
                      second.t - pieces.back().front().t > kNear / 2;
    if (next) pieces.emplace_back();
    pieces.back().push_back(second);
  }
  return pieces;
}

std::vector<Second> quiet_beside(const std::vector<Second>& quiet,
                                 const std::vector<Second>& piece) {
  std::vector<Second> beside;
  const auto after = std::ranges::lower_bound(quiet, piece.front().t, {}, &Second::t);
  auto before = after;
  for (std::size_t i = 0; i < kQuietOnASide && before != quiet.begin(); ++i) {
    --before;
    if (piece.front().t - before->t > kNear) break;
    beside.push_back(*before);
  }
  auto next = after;
  for (std::size_t i = 0; i < kQuietOnASide && next != quiet.end(); ++i, ++next) {
    if (next->t - piece.back().t > kNear) break;
    beside.push_back(*next);
  }
  return beside;
}

double kept(const std::vector<Second>& seconds) {
  std::int64_t planned = 0;
  std::int64_t within_slo = 0;
  for (const auto& second : seconds) {
    planned += second.planned;
    within_slo += second.within_slo;
  }
  return planned == 0 ? 0 : static_cast<double>(within_slo) / static_cast<double>(planned);
}

// What each piece lost against the quiet beside it, in percent of that; below 0 where swaps had the
// better luck.
std::vector<double> losses(const Sides& sides) {
  std::vector<double> percent;
  for (const auto& piece : pieces_of(sides.swaps)) {
    const double quiet = kept(quiet_beside(sides.quiet, piece));
    if (quiet > 0) percent.push_back(100 * (1 - kept(piece) / quiet));
  }
  return percent;
}

}  // namespace

// PERF-06. A share of what was planned, so that it holds for any rate.
Verdict throughput_impact(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  const auto span = swapping(plan, history);
  if (!span) return missing("phase with swaps", "the load has to reach one");
  const auto sides = sides_of(plan, history, *span);
  const auto percent = losses(sides);
  if (percent.size() < kFewestPieces) {
    const double longer = static_cast<double>(kFewestPieces) /
                          static_cast<double>(std::max<std::size_t>(1, percent.size()));
    return inconclusive(
               "{} seconds beside swaps and {} quiet ones make {} comparisons; {} are needed, "
               "about {} of the same, with pauses between the swaps",
               sides.swaps.size(), sides.quiet.size(), percent.size(), kFewestPieces,
               spoken(std::chrono::duration_cast<Nanos>(span->length() * longer)))
        .window(*span);
  }
  const auto mean = stats::mean_interval(percent, kConfidence);
  const auto limit = limit_of(plan, "PERF-06");
  auto finding = compare(mean.value, limit)
                     .because(
                         "goodput beside swaps was {:.2f} % below that of the quiet seconds "
                         "around them ({:.2f} to {:.2f}; {} and {} s)",
                         mean.value, mean.interval.low, mean.interval.high, sides.swaps.size(),
                         sides.quiet.size())
                     .samples(static_cast<std::int64_t>(percent.size()))
                     .interval({mean.interval.low, mean.interval.high})
                     .window(*span)
                     .evidence("load_second", within("t", *span));
  const bool decided = holds(mean.interval.low, limit) == holds(mean.interval.high, limit);
  if (decided) {
    const auto spans = undisturbed_and_warm(plan, history, *span);
    return std::move(finding).unless(gap(plan, totals(load_in(history, spans), spans)));
  }
  const double half = (mean.interval.high - mean.interval.low) / 2;
  const double margin = std::max(std::abs(limit.value - mean.value), half / 10);
  return std::move(finding)
      .but(Status::inconclusive)
      .also(": too uneven to tell from the limit; about {} would do",
            spoken(std::chrono::duration_cast<Nanos>(span->length() *
                                                     std::max(1.1, std::pow(half / margin, 2)))));
}

}  // namespace bhsim::checks
