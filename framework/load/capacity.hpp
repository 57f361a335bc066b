#pragma once
// Capacity: the knee of a target, which is the highest rate at which it keeps the limits. Which
// rate is tried next and what a trial says are pure functions; capacity_command.hpp runs the
// trials.
//
// The rate is doubled from the lowest until one does not hold; what lies between the two is halved
// until it is as narrow as the precision; the answer is confirmed by longer trials. One trial that
// did not hold may be noise, so a rate does not hold when two trials of it did not (the exceed
// ratio of one half of RFC 9971). Every rate that counts as held lies below every one that did not,
// so a lucky trial above the knee is forgotten once a rate below it did not hold.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/load/engine.hpp"

namespace bhsim::load {

// The start of each trial, which is not judged: connections are new, and the rate is.
constexpr Nanos kWarmUp = kSecond;

struct CapacityOptions {
  double from_per_s = 100;      // tried first; nothing below it is
  double to_per_s = 1'000'000;  // nothing above it is tried
  double precision = 0.05;      // of the answer: the next rate that does not hold is nearer
  Nanos max_p99 = std::chrono::milliseconds(100);  // from the planned start
  double max_error_share = 0.01;                   // of the judged requests
  Nanos duration = std::chrono::seconds(10);       // of what is judged of a trial, at least
  // Judged requests of a trial, at least. Of 1,000 the p99 leaves ten above it: when ten are above
  // a limit, 0.48 to 1.83 % of all are, with 95 % confidence (Clopper and Pearson).
  double least_requests = 1000;
};

// What is wrong with them, in a sentence.
Result<void> validate(const CapacityOptions& options);

enum class TrialVerdict : std::uint8_t {
  held,     // all limits were kept
  broke,    // the target did not keep one
  invalid,  // bhsim or its machine was not able to load the target as planned
};

enum class Purpose : std::uint8_t { climb, narrow, confirm };

// One trial to run.
struct TrialStep {
  double rate_per_s = 0;
  Purpose purpose = Purpose::climb;
  int attempt = 1;  // 2: the first did not hold
};

// How much of a trial is judged: `duration`; or as long as `least_requests` take; or until waiting
// shows. At a rate that is too high by a share, the wait grows by that share of a second each
// second, and passes `max_p99` only after max_p99 / share. A trial that confirms is three times as
// long.
Nanos judged_length(const CapacityOptions& options, double rate_per_s, Purpose purpose);

// At most, however the target behaves.
struct SearchBound {
  int trials = 0;
  Nanos judged{};  // of all trials together, without warm-up and what is between them
};
SearchBound bound_of(const CapacityOptions& options);

// What keeps the answer from being higher.
enum class KneeLimit : std::uint8_t { unknown, target, generator, range };

struct Knee {
  std::optional<double> held_per_s;      // the highest rate that held, below `not_held_per_s`
  std::optional<double> not_held_per_s;  // the lowest that did not
  KneeLimit limit = KneeLimit::unknown;
  // By a longer trial at `held_per_s`; false also when the search has not come that far.
  bool confirmed = false;
};

class CapacitySearch {
 public:
  // `options` are valid.
  explicit CapacitySearch(const CapacityOptions& options);

  // The trial to run; nothing when the search has ended.
  [[nodiscard]] const std::optional<TrialStep>& next() const { return next_; }
  // What that trial said. Nothing happens when there is none.
  void take(TrialVerdict verdict);
  // What is known so far.
  [[nodiscard]] Knee knee() const;

 private:
  void take_held(const TrialStep& step);
  void take_not_held(const TrialStep& step, KneeLimit limit);
  void advance();

  const CapacityOptions options_;
  std::optional<TrialStep> next_;
  TrialVerdict first_attempt_ = TrialVerdict::held;
  std::vector<double> held_;  // rising, all below not_held_per_s_
  std::optional<double> not_held_per_s_;
  KneeLimit limit_ = KneeLimit::unknown;
  int failed_confirmations_ = 0;
  bool confirmed_ = false;
};

// What a trial says about its rate, and why it did not hold, a phrase each.
struct TrialJudgement {
  TrialVerdict verdict = TrialVerdict::invalid;
  std::vector<std::string> why;
};
// `judged` is what was planned after the warm-up; `summary` is the whole trial's.
TrialJudgement judge_trial(const CapacityOptions& options, const OperationTotals& judged,
                           const Summary& summary);

}  // namespace bhsim::load
