#pragma once
// Making verdicts, so that a check reads as its own statement:
//
//   return compare(proportion(landed, tried), limit)
//       .because("{} of {} valid swaps were served", landed, tried)
//       .evidence("swap", "valid = 1 AND outcome = 'lost'");

#include <fmt/format.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "checks/check.hpp"

namespace bhsim::checks {

using config::Limit;
using config::Plan;
using history::History;
using history::Span;

// Fewer trials than this say nothing of a share, nor of a mean or a percentile that is held against
// a limit.
inline constexpr std::int64_t kFewestTrials = 21;
inline constexpr double kConfidence = 0.95;

// A verdict in the making. Every setter hands the object on; it converts to the Verdict at the end.
class Finding {
 public:
  explicit Finding(Status status) { verdict_.status = status; }
  explicit Finding(Verdict verdict) : verdict_(std::move(verdict)) {}

  template <typename... Args>
  Finding because(fmt::format_string<Args...> format, Args&&... args) && {
    verdict_.because = fmt::format(format, std::forward<Args>(args)...);
    return std::move(*this);
  }
  // The sentence where none was said so far.
  template <typename... Args>
  Finding or_because(fmt::format_string<Args...> format, Args&&... args) && {
    if (verdict_.because.empty())
      verdict_.because = fmt::format(format, std::forward<Args>(args)...);
    return std::move(*this);
  }
  // More to the sentence, after what it says already.
  template <typename... Args>
  Finding also(fmt::format_string<Args...> format, Args&&... args) && {
    verdict_.because += fmt::format(format, std::forward<Args>(args)...);
    return std::move(*this);
  }
  // `where` is a condition in SQL that holds for the rows of `table` (docs/run-store.md) on which
  // the verdict rests.
  Finding evidence(std::string table, std::string where = "1") && {
    verdict_.evidence.push_back({std::move(table), std::move(where)});
    return std::move(*this);
  }
  Finding samples(std::int64_t count) && {
    verdict_.samples = count;
    return std::move(*this);
  }
  Finding interval(Interval interval) && {
    verdict_.interval = interval;
    return std::move(*this);
  }
  Finding window(Span window) && {
    verdict_.window = window;
    return std::move(*this);
  }
  // A failure of this kind was counted, not estimated, and does not depend on the generator: it
  // outranks an invalid run.
  Finding counted() && {
    verdict_.counted = verdict_.status == Status::fail;
    return std::move(*this);
  }
  // The same numbers, but they do not suffice (or do not decide).
  Finding but(Status status) && {
    verdict_.status = status;
    return std::move(*this);
  }
  // A pass that rests on incomplete data is none: `gap` says what lacks. A failure stands: more
  // data would not undo it.
  Finding unless(const std::optional<std::string>& gap) && {
    if (!gap || verdict_.status != Status::pass) return std::move(*this);
    return std::move(*this).but(Status::inconclusive).because("{}", *gap);
  }
  [[nodiscard]] Status status() const { return verdict_.status; }
  // NOLINTNEXTLINE(google-explicit-constructor): a check ends in `return compare(…)…;`
  operator Verdict() && { return std::move(verdict_); }

 private:
  Verdict verdict_;
};

template <typename... Args>
Finding inconclusive(fmt::format_string<Args...> format, Args&&... args) {
  return Finding(Status::inconclusive).because(format, std::forward<Args>(args)...);
}
template <typename... Args>
Finding not_applicable(fmt::format_string<Args...> format, Args&&... args) {
  return Finding(Status::not_applicable).because(format, std::forward<Args>(args)...);
}
// A signal that should be in the store is not: never a success. `get` says how the next run has it.
Finding missing(std::string_view signal, std::string_view get);

// True when value stands to the limit as its relation says ("=" up to rounding).
bool holds(double value, const Limit& limit);

// Pass or fail by one number.
Finding compare(double value, const Limit& limit);

// A share in percent with its Wilson interval (95 %).
struct Share {
  std::int64_t successes = 0;
  std::int64_t trials = 0;
  double percent = 0;
  Interval interval;
};
Share proportion(std::int64_t successes, std::int64_t trials);
// By the point estimate; inconclusive below kFewestTrials.
Finding compare(const Share& share, const Limit& limit);

// Of several parts of one check, the one that decides it: fail, then inconclusive, then the pass
// nearest to its limit. The sentences of all parts that have the same status are joined, their
// evidence as well.
Verdict worst(std::vector<Verdict> parts);

}  // namespace bhsim::checks
