#include "framework/report/summary.hpp"

#include <algorithm>

#include "framework/report/text.hpp"

namespace bhsim::report {

using checks::Status;

Standing standing(const checks::Judged& judged) {
  switch (judged.verdict.status) {
    case Status::pass:
      return Standing::passed;
    case Status::fail:
      return judged.required ? Standing::failed : Standing::advisory_failed;
    case Status::inconclusive:
      return judged.required ? Standing::inconclusive : Standing::advisory_inconclusive;
    case Status::not_applicable:
      return Standing::not_applicable;
    case Status::waived:
      return Standing::waived;
  }
  return Standing::inconclusive;
}

std::string status_id(checks::Status status) {
  std::string id(checks::to_string(status));
  std::replace(id.begin(), id.end(), ' ', '_');
  return id;
}

Counts count(const checks::RunVerdict& verdict) {
  Counts counts;
  for (const auto& judged : verdict.checks) {
    ++counts.all;
    switch (standing(judged)) {
      case Standing::failed:
        ++counts.failed;
        break;
      case Standing::advisory_failed:
        ++counts.advisory_failed;
        break;
      case Standing::inconclusive:
      case Standing::advisory_inconclusive:
        ++counts.inconclusive;
        break;
      case Standing::passed:
        ++counts.passed;
        break;
      case Standing::waived:
        ++counts.waived;
        break;
      case Standing::not_applicable:
        ++counts.not_applicable;
        break;
    }
  }
  return counts;
}

std::string counts_line(const checks::RunVerdict& verdict) {
  const Counts c = count(verdict);
  std::string line =
      c.failed > 0 ? fmt::format("{} of {} failed", c.failed, counted(c.all, "check", "checks"))
                   : fmt::format("{} of {} passed", c.passed, counted(c.all, "check", "checks"));
  const auto add = [&](std::int64_t n, std::string_view what) {
    if (n > 0) line += fmt::format(", {} {}", n, what);
  };
  add(c.advisory_failed, c.failed > 0 ? "advisory" : "advisory failed");
  add(c.inconclusive, "inconclusive");
  add(c.waived, "waived");
  add(c.not_applicable, "not applicable");
  return line;
}

bool beyond_limit(const checks::Verdict& verdict) {
  if (!verdict.value || !verdict.limit) return false;
  const double value = *verdict.value;
  const double limit = *verdict.limit;
  if (verdict.relation == "<") return !(value < limit);
  if (verdict.relation == "<=") return !(value <= limit);
  if (verdict.relation == ">") return !(value > limit);
  if (verdict.relation == ">=") return !(value >= limit);
  return verdict.relation == "=" && value != limit;
}

std::string because_with_limit(const checks::Verdict& verdict) {
  const std::string limit = format_limit(verdict);
  const std::string because = sentence(verdict.because);
  return limit.empty() ? because : fmt::format("{} (limit: {})", because, limit);
}

std::vector<std::string> reasons_beside_checks(const checks::RunVerdict& verdict) {
  using checks::RunStatus;
  std::vector<std::string> reasons;
  if (verdict.status == RunStatus::invalid)
    reasons.emplace_back(
        "the measurement itself cannot be relied on: this is neither a pass nor a failure of the "
        "application");
  const auto says_the_same = [&](const checks::Judged& judged) {
    return judged.required && judged.verdict.status == Status::fail &&
           !judged.verdict.because.empty() && verdict.because.ends_with(judged.verdict.because);
  };
  const bool listed = std::any_of(verdict.checks.begin(), verdict.checks.end(), says_the_same) ||
                      (verdict.status == RunStatus::fail && count(verdict).failed > 0);
  if (verdict.status != RunStatus::pass && !listed) reasons.push_back(verdict.because);
  return reasons;
}

std::vector<const checks::Judged*> worst_first(const checks::RunVerdict& verdict) {
  std::vector<const checks::Judged*> order;
  for (const auto& judged : verdict.checks) order.push_back(&judged);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    if (standing(*a) != standing(*b)) return standing(*a) < standing(*b);
    if (beyond_limit(a->verdict) != beyond_limit(b->verdict)) return beyond_limit(a->verdict);
    return a->check->id < b->check->id;
  });
  return order;
}

}  // namespace bhsim::report
