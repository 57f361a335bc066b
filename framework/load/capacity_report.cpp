#include "framework/load/capacity_report.hpp"

#include <iterator>
#include <nlohmann/json.hpp>
#include <string_view>

#include "framework/base/units.hpp"
#include "framework/load/report.hpp"

namespace bhsim::load {
namespace {

std::string_view word_of(Purpose purpose) {
  switch (purpose) {
    case Purpose::climb:
      return "climb";
    case Purpose::narrow:
      return "narrow";
    case Purpose::confirm:
      return "confirm";
  }
  return "unknown";
}

std::string_view word_of(const std::optional<TrialVerdict>& verdict) {
  if (!verdict) return "stopped";
  switch (*verdict) {
    case TrialVerdict::held:
      return "held";
    case TrialVerdict::broke:
      return "broke";
    case TrialVerdict::invalid:
      return "invalid";
  }
  return "unknown";
}

std::string_view word_of(CapacityVerdict verdict) {
  switch (verdict) {
    case CapacityVerdict::found:
      return "found";
    case CapacityVerdict::below_range:
      return "below_range";
    case CapacityVerdict::unknown:
      return "unknown";
    case CapacityVerdict::interrupted:
      return "interrupted";
  }
  return "unknown";
}

nlohmann::json word_of(KneeLimit limit) {
  switch (limit) {
    case KneeLimit::target:
      return "target";
    case KneeLimit::generator:
      return "generator";
    case KneeLimit::range:
      return "range";
    case KneeLimit::unknown:
      break;
  }
  return nullptr;
}

nlohmann::json or_null(const std::optional<double>& value) {
  return value ? nlohmann::json(*value) : nlohmann::json();
}

// The last trial of a rate with this verdict, or any but held; null when there is none.
const Trial* last_not_held(const CapacityReport& report, std::optional<TrialVerdict> verdict) {
  for (auto trial = report.trials.rbegin(); trial != report.trials.rend(); ++trial) {
    if (trial->step.rate_per_s != report.knee.not_held_per_s) continue;
    if (!trial->verdict || *trial->verdict == TrialVerdict::held) continue;
    if (!verdict || trial->verdict == verdict) return &*trial;
  }
  return nullptr;
}

const Trial* trial_that_limits(const CapacityReport& report) {
  if (report.knee.limit == KneeLimit::generator) {
    return last_not_held(report, TrialVerdict::invalid);
  }
  return last_not_held(report, std::nullopt);
}

std::string because(const Trial* trial) {
  return trial == nullptr ? std::string("no trial says why")
                          : fmt::format("{}", fmt::join(trial->why, ", "));
}

double error_share_of(const OperationTotals& totals) {
  return totals.planned == 0
             ? 0
             : static_cast<double>(errors(totals.outcomes)) / static_cast<double>(totals.planned);
}

// Answered in time once sent, and late all the same.
bool waited_for_connections(const OperationTotals& judged, Nanos max_p99) {
  return !judged.uncorrected.empty() && judged.blocked * 100 > judged.planned &&
         judged.corrected.percentile(99) > max_p99 && judged.uncorrected.percentile(99) <= max_p99;
}

// What to change to see whether the target can do more.
std::vector<std::string> notes_of(const CapacityReport& report) {
  std::vector<std::string> notes;
  const Trial* trial = trial_that_limits(report);
  if (trial == nullptr) return notes;
  const LoadSpec& spec = report.spec;
  if (report.knee.limit == KneeLimit::target &&
      waited_for_connections(trial->judged, report.options.max_p99)) {
    notes.push_back(fmt::format(
        "at {} the p99 from the send was {}: requests waited for one of the {} connections; more "
        "--connections may move the knee",
        render_rate(trial->step.rate_per_s),
        format_latency(trial->judged.uncorrected.percentile(99)), spec.connections));
  }
  if (report.knee.limit == KneeLimit::generator && trial->cpu_share_worst > spec.limits.cpu_share) {
    notes.push_back(fmt::format("with {} load thread{}; more --threads may move the limit",
                                spec.threads, spec.threads == 1 ? "" : "s"));
  }
  return notes;
}

std::string found_text(const CapacityReport& report) {
  const Knee& knee = report.knee;
  const std::string held = render_rate(*knee.held_per_s);
  const std::string length =
      format_duration(judged_length(report.options, *knee.held_per_s, Purpose::confirm));
  if (knee.limit == KneeLimit::range) {
    return fmt::format("  at least {}   held for {}; it is the highest of the range\n", held,
                       length);
  }
  const std::string not_held = render_rate(knee.not_held_per_s.value_or(0));
  const std::string why = because(trial_that_limits(report));
  if (knee.limit == KneeLimit::generator) {
    return fmt::format(
        "  at least {}   held for {}; at {} bhsim was the limit, not the target: {}\n", held,
        length, not_held, why);
  }
  return fmt::format("  knee {}   held for {}; {} did not: {}\n", held, length, not_held, why);
}

std::string interrupted_text(const Knee& knee) {
  if (!knee.held_per_s && !knee.not_held_per_s) return "  stopped early: nothing is known yet\n";
  std::string out = "  stopped early:";
  if (knee.held_per_s) {
    out += fmt::format(" {} held in a trial and was not confirmed", render_rate(*knee.held_per_s));
  }
  if (knee.not_held_per_s) {
    out += fmt::format("{} {} did not hold", knee.held_per_s ? ";" : "",
                       render_rate(*knee.not_held_per_s));
  }
  return out + "\n";
}

std::string unknown_text(const CapacityReport& report) {
  if (!report.knee.held_per_s) {
    return fmt::format("  INVALID: bhsim was the limit, not the target, at {} already: {}\n",
                       render_rate(report.options.from_per_s), because(trial_that_limits(report)));
  }
  return fmt::format(
      "  INVALID: {} held in a trial, but no rate held in a longer one; last, {} did not: {}\n",
      render_rate(*report.knee.held_per_s), render_rate(report.knee.not_held_per_s.value_or(0)),
      because(last_not_held(report, std::nullopt)));
}

nlohmann::json trial_json(const Trial& trial) {
  nlohmann::json causes = nlohmann::json::array();
  for (const auto& [cause, count] : trial.causes.top(10)) {
    causes.push_back({{"cause", cause}, {"count", count}});
  }
  return {{"rate_per_s", trial.step.rate_per_s},
          {"purpose", word_of(trial.step.purpose)},
          {"attempt", trial.step.attempt},
          {"seed", trial.seed},
          {"judged_s", to_seconds(trial.judged_length)},
          {"verdict", word_of(trial.verdict)},
          {"why", trial.why},
          {"error_share", error_share_of(trial.judged)},
          {"judged", to_json(trial.judged)},
          {"late", trial.late},
          {"cpu_share_worst", trial.cpu_share_worst},
          {"failures", std::move(causes)}};
}

}  // namespace

CapacityVerdict verdict_of(const CapacityReport& report) {
  if (report.interrupted) return CapacityVerdict::interrupted;
  if (report.knee.confirmed) return CapacityVerdict::found;
  const bool below = !report.knee.held_per_s && report.knee.limit == KneeLimit::target;
  return below ? CapacityVerdict::below_range : CapacityVerdict::unknown;
}

std::string render_rate(double rate_per_s) {
  return rate_per_s < 1000 ? fmt::format("{:.4g}/s", rate_per_s)
                           : fmt::format("{:.0f}/s", rate_per_s);
}

std::string render_search_start(const CapacityReport& report) {
  const CapacityOptions& o = report.options;
  const LoadSpec& spec = report.spec;
  std::string out =
      fmt::format("bhsim load {}{}   search {} to {}, to {:g} % · {} · {} connections\n",
                  spec.target.tls ? "https://" : "", spec.target.authority(),
                  render_rate(o.from_per_s), render_rate(o.to_per_s), o.precision * 100,
                  spec.process == Process::constant ? "constant" : "poisson", spec.connections);
  fmt::format_to(std::back_inserter(out),
                 "  a rate holds: p99 from the plan at most {}, errors at most {:g} %, all of the "
                 "plan sent\n",
                 format_duration(o.max_p99), o.max_error_share * 100);
  fmt::format_to(std::back_inserter(out),
                 "  at most {} trials in {}; each {} of warm-up and at least {} that are judged\n",
                 report.bound.trials, format_duration(report.at_most), format_duration(kWarmUp),
                 format_duration(judged_length(o, o.to_per_s, Purpose::climb)));
  fmt::format_to(std::back_inserter(out), "  {:>10}  {:>9}  {:>9}  {:>10}\n", "rate", "p50", "p99",
                 "errors");
  return out;
}

std::string render_trial(const Trial& trial) {
  const OperationTotals& judged = trial.judged;
  const auto shown = [&judged](double percent) {
    return judged.corrected.empty() ? std::string("-")
                                    : format_latency(judged.corrected.percentile(percent));
  };
  std::string verdict(word_of(trial.verdict));
  if (!trial.why.empty()) verdict += ": " + because(&trial);
  if (trial.step.attempt > 1) verdict += " (again)";
  if (trial.step.purpose == Purpose::confirm) {
    verdict += fmt::format(" ({}, to confirm)", format_duration(trial.judged_length));
  }
  return fmt::format("  {:>10}  {:>9}  {:>9}  {:>8.3f} %   {}\n",
                     render_rate(trial.step.rate_per_s), shown(50), shown(99),
                     100 * error_share_of(judged), verdict);
}

std::string render_knee(const CapacityReport& report) {
  std::string out;
  switch (verdict_of(report)) {
    case CapacityVerdict::found:
      out = found_text(report);
      break;
    case CapacityVerdict::below_range:
      out = fmt::format("  FAIL   {}, the lowest rate, did not hold: {}\n",
                        render_rate(report.options.from_per_s), because(trial_that_limits(report)));
      break;
    case CapacityVerdict::unknown:
      out = unknown_text(report);
      break;
    case CapacityVerdict::interrupted:
      return interrupted_text(report.knee);
  }
  if (const Trial* trial = trial_that_limits(report)) out += trial->causes.render();
  for (const std::string& note : notes_of(report)) out += "  note: " + note + "\n";
  return out;
}

nlohmann::json to_json(const CapacityReport& report) {
  const CapacityOptions& o = report.options;
  nlohmann::json trials = nlohmann::json::array();
  for (const Trial& trial : report.trials) trials.push_back(trial_json(trial));
  return {{"schema", "bhsim-load-search/1"},
          {"target", report.spec.target.authority()},
          {"tls", report.spec.target.tls.has_value()},
          {"arrivals", report.spec.process == Process::constant ? "constant" : "poisson"},
          {"connections", report.spec.connections},
          {"threads", report.spec.threads},
          {"from_per_s", o.from_per_s},
          {"to_per_s", o.to_per_s},
          {"precision", o.precision},
          {"max_p99_ms", to_seconds(o.max_p99) * 1e3},
          {"max_error_share", o.max_error_share},
          {"warm_up_s", to_seconds(kWarmUp)},
          {"most_trials", report.bound.trials},
          {"most_s", to_seconds(report.at_most)},
          {"verdict", word_of(verdict_of(report))},
          {"held_per_s", or_null(report.knee.held_per_s)},
          {"confirmed", report.knee.confirmed},
          {"not_held_per_s", or_null(report.knee.not_held_per_s)},
          {"limited_by", word_of(report.knee.limit)},
          {"trials", std::move(trials)},
          {"notes", notes_of(report)}};
}

}  // namespace bhsim::load
