#include "framework/runner/early_end.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::runner {
namespace {

bool decides(const config::Plan& plan, const std::string& check) {
  const auto has = [&check](const std::vector<std::string>& ids) {
    return std::find(ids.begin(), ids.end(), check) != ids.end();
  };
  const bool judged = plan.only.empty() || has(plan.only);
  const bool waived = std::any_of(plan.waivers.begin(), plan.waivers.end(),
                                  [&](const auto& waiver) { return waiver.check == check; });
  return judged && has(plan.required) && !plan.demoted.contains(check) && !waived;
}

// More of a thing than its limit allows; a limit that is not "at most so many" is left to the
// checks.
bool above(const config::Plan& plan, const std::string& check, double value) {
  const auto limit = plan.limit(check);
  if (!limit || (limit->relation != "=" && limit->relation != "<=" && limit->relation != "<"))
    return false;
  return value > limit->value;
}

// The most requests that the plan can come to: six deviations above what is expected of a Poisson
// process are never seen.
double most_requests(const config::Plan& plan) {
  double expected = plan.load.rate_per_s * to_seconds(plan.duration);
  for (const auto& step : plan.steps)
    expected += (step.factor - 1) * plan.load.rate_per_s * to_seconds(step.length);
  return expected + 6 * std::sqrt(expected) + 10;
}

}  // namespace

std::optional<std::string> cannot_pass(const config::Plan& plan, const LiveCounts& counts) {
  struct Counted {
    std::string check;
    std::int64_t count;
    std::string_view what;
  };
  for (const auto& [check, count, what] :
       {Counted{"CONC-03", counts.went_back, "responses by an older or unknown generation"},
        Counted{"REL-09", counts.writes_lost, "acknowledged writes were lost"},
        Counted{"REL-10", counts.writes_altered, "writes were altered or came back twice"}})
    if (decides(plan, check) && count > 0 && above(plan, check, static_cast<double>(count)))
      return fmt::format("{}: {} {}", check, count, what);
  const double most = most_requests(plan);
  const double least_share = 100 * static_cast<double>(counts.errors) / most;
  if (decides(plan, "REL-01") && above(plan, "REL-01", least_share))
    return fmt::format(
        "REL-01: {} requests were not ok; were all others of the run's {:.0f} ok, that is {:.2f} %",
        counts.errors, most, least_share);
  return std::nullopt;
}

std::string gone(const UnplannedEnd& end) {
  const auto code = end.segment.exit_code.value_or(-1);
  if (end.engine_silent > Nanos{})
    return fmt::format("the engine went away for {}, and the application with it",
                       format_duration(end.engine_silent));
  if (end.asked_for)
    return fmt::format(
        "the application was stopped through the engine, and not by bhsim (exit code {}): another "
        "program did it, or the engine was shut down",
        code);
  if (end.segment.oom_killed)
    return fmt::format("RES-07: the application was killed for want of memory (exit code {})",
                       code);
  return fmt::format(
      "STAB-01: the application ended by itself with exit code {}\nits last lines:\n{}", code,
      end.last_lines);
}

Error keep_end(const UnplannedEnd& end, history::Store& store) {
  store.add(end.segment);
  std::string why = gone(end);
  if (end.asked_for || end.engine_silent > Nanos{}) keep_disturbance(end.seen_running, why, store);
  return {ErrorCode::conflict, std::move(why)};
}

void keep_disturbance(Time seen_running, std::string_view what, history::Store& store) {
  store.set_fact_json(history::fact::kOutside,
                      {{"t_ns", to_ns(seen_running)}, {"what", std::string(what)}});
}

}  // namespace bhsim::runner
