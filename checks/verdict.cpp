#include "checks/verdict.hpp"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "framework/stats/intervals.hpp"

namespace bhsim::checks {
namespace {

// Which of two parts decides; larger wins.
int weight(Status status) {
  switch (status) {
    case Status::fail:
      return 4;
    case Status::inconclusive:
      return 3;
    case Status::waived:
      return 2;
    case Status::pass:
      return 1;
    case Status::not_applicable:
      return 0;
  }
  return 0;
}

// How much of its limit a value has used up: 1 is at the limit.
double strain(const Verdict& verdict) {
  if (!verdict.value || !verdict.limit) return 0;
  const double value = *verdict.value;
  const double limit = *verdict.limit;
  if (verdict.relation.starts_with('>')) return value == 0 ? 1e9 : limit / value;
  return limit == 0 ? (value == 0 ? 0 : 1e9) : value / limit;
}

}  // namespace

Finding missing(std::string_view signal, std::string_view get) {
  return inconclusive("there is no {}: {}", signal, get);
}

bool holds(double value, const Limit& limit) {
  if (limit.relation == "<") return value < limit.value;
  if (limit.relation == "<=") return value <= limit.value;
  if (limit.relation == ">") return value > limit.value;
  if (limit.relation == ">=") return value >= limit.value;
  if (limit.relation == "=")
    return std::abs(value - limit.value) <= 1e-9 * std::max(1.0, std::abs(limit.value));
  throw std::invalid_argument(fmt::format("a limit says '{}'", limit.relation));
}

Finding compare(double value, const Limit& limit) {
  if (!std::isfinite(value)) throw std::invalid_argument("the value is not a number");
  Verdict verdict;
  verdict.status = holds(value, limit) ? Status::pass : Status::fail;
  verdict.value = value;
  verdict.limit = limit.value;
  verdict.unit = limit.unit;
  verdict.relation = limit.relation;
  return Finding(std::move(verdict));
}

Share proportion(std::int64_t successes, std::int64_t trials) {
  Share share{successes, trials, 0, {0, 100}};
  if (trials <= 0) return share;
  share.percent = 100.0 * static_cast<double>(successes) / static_cast<double>(trials);
  const auto interval = stats::wilson(successes, trials, kConfidence);
  share.interval = {100 * interval.low, 100 * interval.high};
  return share;
}

Finding compare(const Share& share, const Limit& limit) {
  auto finding = compare(share.percent, limit).samples(share.trials).interval(share.interval);
  if (share.trials < kFewestTrials) return std::move(finding).but(Status::inconclusive);
  return finding;
}

Verdict worst(std::vector<Verdict> parts) {
  if (parts.empty()) throw std::logic_error("a verdict of no parts");
  std::ranges::stable_sort(parts, [](const Verdict& a, const Verdict& b) {
    if (weight(a.status) != weight(b.status)) return weight(a.status) > weight(b.status);
    return strain(a) > strain(b);
  });
  Verdict decided = std::move(parts.front());
  for (std::size_t i = 1; i < parts.size(); ++i) {
    if (parts[i].status != decided.status) continue;
    decided.because += "; " + parts[i].because;
    decided.counted = decided.counted || parts[i].counted;
    std::ranges::move(parts[i].evidence, std::back_inserter(decided.evidence));
  }
  return decided;
}

}  // namespace bhsim::checks
