#include "framework/load/capacity.hpp"

#include <algorithm>
#include <cmath>

#include "framework/load/report.hpp"

namespace bhsim::load {
namespace {

constexpr double kLowestSearched = 0.01;
constexpr double kHighestSearched = 10'000'000;
constexpr double kFinest = 0.005;
constexpr double kCoarsest = 0.5;
constexpr int kAttempts = 2;
constexpr int kMostConfirmations = 3;
constexpr int kConfirmIsLonger = 3;
// What a rate is changed by when it is written in four digits, at most.
constexpr double kDigits = 1.001;

// To four significant digits, so that the rate that is shown is the rate that was tried.
template <typename F>
double in_four_digits(double rate, F&& whole) {
  const double digits = 3 - std::floor(std::log10(rate));
  const double scale = std::pow(10.0, std::abs(digits));
  return digits >= 0 ? whole(rate * scale) / scale : whole(rate / scale) * scale;
}

double four_digits(double rate) {
  return in_four_digits(rate, [](double x) { return std::round(x); });
}

double middle_of(double low, double high) { return four_digits(std::sqrt(low * high)); }

double step_up(double rate, double highest) { return std::min(four_digits(rate * 2), highest); }

// The rate to which `rate` is too high by the precision, or a little more than it.
double step_down(double rate, double precision) {
  return in_four_digits(rate / (1 + precision), [](double x) { return std::ceil(x); });
}

int most_halvings(double precision) {
  int halvings = 0;
  for (double ratio = 2 * kDigits; ratio > 1 + precision; ratio = std::sqrt(ratio) * kDigits) {
    ++halvings;
  }
  return halvings;
}

}  // namespace

Result<void> validate(const CapacityOptions& o) {
  if (!(o.from_per_s >= kLowestSearched) || !(o.to_per_s <= kHighestSearched) ||
      o.from_per_s > o.to_per_s) {
    return fail(ErrorCode::usage, "--rate=search: from {:g}/s to {:g}/s; possible is {:g} to {:g}",
                o.from_per_s, o.to_per_s, kLowestSearched, kHighestSearched);
  }
  if (!(o.precision >= kFinest) || o.precision > kCoarsest) {
    return fail(ErrorCode::usage, "--precision: {:g} %; possible is {:g} to {:g} %",
                o.precision * 100, kFinest * 100, kCoarsest * 100);
  }
  if (o.max_p99 <= Nanos(0) || o.duration <= Nanos(0)) {
    return fail(ErrorCode::usage, "--rate=search: --max-p99 and --duration must be above 0");
  }
  if (!(o.max_error_share >= 0) || o.max_error_share >= 1) {
    return fail(ErrorCode::usage, "--rate=search: --max-errors must be below 100 %");
  }
  return {};
}

Nanos judged_length(const CapacityOptions& options, double rate_per_s, Purpose purpose) {
  const double seconds =
      std::max({to_seconds(options.duration), options.least_requests / rate_per_s,
                to_seconds(options.max_p99) / options.precision});
  const auto length = std::chrono::milliseconds(std::llround(std::ceil(seconds * 1e3)));
  return length * (purpose == Purpose::confirm ? kConfirmIsLonger : 1);
}

SearchBound bound_of(const CapacityOptions& options) {
  SearchBound bound;
  const auto add = [&](double rate, Purpose purpose, int rates) {
    bound.trials += kAttempts * rates;
    bound.judged += judged_length(options, rate, purpose) * (kAttempts * rates);
  };
  for (double rate = options.from_per_s; rate < options.to_per_s;
       rate = step_up(rate, options.to_per_s)) {
    add(rate, Purpose::climb, 1);
  }
  add(options.to_per_s, Purpose::climb, 1);
  add(options.from_per_s, Purpose::narrow, most_halvings(options.precision));
  add(options.from_per_s, Purpose::confirm, kMostConfirmations);
  return bound;
}

CapacitySearch::CapacitySearch(const CapacityOptions& options)
    : options_(options), next_(TrialStep{options.from_per_s, Purpose::climb}) {}

void CapacitySearch::take(TrialVerdict verdict) {
  if (!next_) return;
  const TrialStep step = *next_;
  if (verdict == TrialVerdict::held) return take_held(step);
  if (step.attempt < kAttempts) {
    first_attempt_ = verdict;
    ++next_->attempt;
    return;
  }
  // The target is blamed only when nothing but the target was in the way.
  const bool target = verdict == TrialVerdict::broke && first_attempt_ == TrialVerdict::broke;
  take_not_held(step, target ? KneeLimit::target : KneeLimit::generator);
}

void CapacitySearch::take_held(const TrialStep& step) {
  if (held_.empty() || step.rate_per_s > held_.back()) held_.push_back(step.rate_per_s);
  if (step.purpose == Purpose::confirm) {
    confirmed_ = true;
    next_.reset();
    return;
  }
  advance();
}

void CapacitySearch::take_not_held(const TrialStep& step, KneeLimit limit) {
  not_held_per_s_ = step.rate_per_s;
  limit_ = limit;
  while (!held_.empty() && held_.back() >= step.rate_per_s) held_.pop_back();
  if (step.purpose == Purpose::confirm) ++failed_confirmations_;
  if (held_.empty() || failed_confirmations_ == kMostConfirmations) {
    next_.reset();
  } else if (step.purpose == Purpose::confirm) {
    const double lower = std::max(held_.back(), step_down(step.rate_per_s, options_.precision));
    next_ = TrialStep{lower, Purpose::confirm};
  } else {
    advance();
  }
}

void CapacitySearch::advance() {
  const double held = held_.back();
  if (!not_held_per_s_ && held < options_.to_per_s) {
    next_ = TrialStep{step_up(held, options_.to_per_s), Purpose::climb};
  } else if (!not_held_per_s_ || *not_held_per_s_ <= held * (1 + options_.precision)) {
    next_ = TrialStep{held, Purpose::confirm};
  } else {
    next_ = TrialStep{middle_of(held, *not_held_per_s_), Purpose::narrow};
  }
}

Knee CapacitySearch::knee() const {
  Knee knee;
  knee.not_held_per_s = not_held_per_s_;
  knee.limit = limit_;
  knee.confirmed = confirmed_;
  if (!held_.empty()) knee.held_per_s = held_.back();
  if (!not_held_per_s_ && knee.held_per_s == options_.to_per_s) knee.limit = KneeLimit::range;
  return knee;
}

TrialJudgement judge_trial(const CapacityOptions& options, const OperationTotals& judged,
                           const Summary& summary) {
  TrialJudgement judgement;
  std::vector<std::string>& why = judgement.why;
  for (const InvalidReason& reason : summary.invalid) why.push_back(reason.text);
  if (summary.out_of_descriptors > 0) {
    why.push_back(fmt::format("this machine had no socket or local port left {} times",
                              summary.out_of_descriptors));
  }
  if (judged.planned == 0) why.emplace_back("nothing was planned");
  if (!why.empty()) return judgement;

  if (judged.corrected.empty()) {
    why.emplace_back("nothing was answered");
  } else if (const Nanos p99 = judged.corrected.percentile(99); p99 > options.max_p99) {
    why.push_back("p99 " + format_latency(p99));
  }
  const auto planned = static_cast<double>(judged.planned);
  const double error_share = static_cast<double>(errors(judged.outcomes)) / planned;
  if (error_share > options.max_error_share) {
    why.push_back(fmt::format("errors {:.3g} %", error_share * 100));
  }
  if (judged.sent < judged.planned) {
    why.push_back(fmt::format("{} of {} never sent", judged.planned - judged.sent, judged.planned));
  }
  judgement.verdict = why.empty() ? TrialVerdict::held : TrialVerdict::broke;
  return judgement;
}

}  // namespace bhsim::load
