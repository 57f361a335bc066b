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

std::vector<const checks::Judged*> worst_first(const checks::RunVerdict& verdict) {
  std::vector<const checks::Judged*> order;
  for (const auto& judged : verdict.checks) order.push_back(&judged);
  std::stable_sort(order.begin(), order.end(), [](const auto* a, const auto* b) {
    if (standing(*a) != standing(*b)) return standing(*a) < standing(*b);
    return a->check->id < b->check->id;
  });
  return order;
}

}  // namespace bhsim::report
