#include "framework/load/report.hpp"

#include <algorithm>
#include <array>
#include <iterator>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"

namespace bhsim::load {
namespace {

constexpr std::array<double, 6> kPercentiles = {50, 75, 90, 99, 99.9, 99.99};

std::string percentile_name(double percent) { return fmt::format("p{:g}", percent); }

double share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

double us(Nanos d) { return static_cast<double>(d.count()) / 1e3; }

double each_us(const Summary& s, Nanos total) {
  return s.all.sent == 0 ? 0 : us(total) / static_cast<double>(s.all.sent);
}

std::string latency(Nanos d) {
  const double value = static_cast<double>(d.count());
  const auto digits = [](double x) { return x < 10 ? 2 : x < 100 ? 1 : 0; };
  if (value < 1e6) return fmt::format("{:.{}f} us", value / 1e3, digits(value / 1e3));
  if (value < 1e9) return fmt::format("{:.{}f} ms", value / 1e6, digits(value / 1e6));
  return fmt::format("{:.2f} s", value / 1e9);
}

std::string_view name_of(Process process) {
  switch (process) {
    case Process::constant:
      return "constant";
    case Process::poisson:
      return "poisson";
    case Process::replay:
      return "replay";
    case Process::closed:
      return "closed loop";
  }
  return "unknown";
}

// Neither a closed loop nor a replay is asked for one.
bool has_rate(Process process) {
  return process == Process::constant || process == Process::poisson;
}

void add_outcomes(const Summary& s, std::string& out) {
  fmt::format_to(std::back_inserter(out), "  planned {}   sent {} ({:.2f} %)   ok {} ({:.3f} %)\n",
                 s.all.planned, s.all.sent, 100 * share(s.all.sent, s.all.planned),
                 at(s.all.outcomes, Outcome::ok),
                 100 * share(at(s.all.outcomes, Outcome::ok), s.all.planned));
  std::string failed;
  for (std::size_t i = 1; i < kOutcomes; ++i) {
    if (s.all.outcomes[i] == 0) continue;
    fmt::format_to(std::back_inserter(failed), "{}{} {}", failed.empty() ? "" : " · ",
                   kOutcomeNames[i], s.all.outcomes[i]);
  }
  if (!failed.empty()) fmt::format_to(std::back_inserter(out), "  failed  {}\n", failed);
}

void add_latencies(const Summary& s, std::string& out) {
  fmt::format_to(std::back_inserter(out), "  latency    from the plan   from the send\n");
  const auto row = [&out](std::string_view name, Nanos corrected, Nanos uncorrected) {
    fmt::format_to(std::back_inserter(out), "    {:<8} {:>13}   {:>13}\n", name, latency(corrected),
                   latency(uncorrected));
  };
  row("mean", s.all.corrected.mean(), s.all.uncorrected.mean());
  for (const double percent : kPercentiles) {
    row(percentile_name(percent), s.all.corrected.percentile(percent),
        s.all.uncorrected.percentile(percent));
  }
  row("max", s.all.corrected.max(), s.all.uncorrected.max());
}

// Latencies are from the plan.
void add_operations(const LoadSpec& spec, const Summary& s, std::string& out) {
  if (s.operations.size() < 2) return;
  std::size_t widest = 9;
  for (const Operation& op : spec.operations) widest = std::max(widest, op.name.size());
  fmt::format_to(std::back_inserter(out), "  {:<{}} {:>10} {:>10} {:>10} {:>10} {:>10}\n",
                 "operation", widest, "planned", "ok", "p50", "p99", "max");
  for (std::size_t i = 0; i < s.operations.size(); ++i) {
    const OperationTotals& totals = s.operations[i];
    fmt::format_to(std::back_inserter(out), "  {:<{}} {:>10} {:>8.3f} % {:>10} {:>10} {:>10}\n",
                   spec.operations[i].name, widest, totals.planned,
                   100 * share(at(totals.outcomes, Outcome::ok), totals.planned),
                   latency(totals.corrected.percentile(50)),
                   latency(totals.corrected.percentile(99)), latency(totals.corrected.max()));
  }
  if (s.substituted > 0) {
    fmt::format_to(std::back_inserter(out),
                   "  {} requests were sent as the operation that they needed first\n",
                   s.substituted);
  }
}

void add_tls(const TlsOptions& tls, const Summary& s, std::string& out) {
  fmt::format_to(std::back_inserter(out),
                 "  tls         {} handshakes, {} sessions reused, {} failed{}{} · {}\n",
                 s.tls.handshakes, s.tls.resumed, s.tls.failed, s.tls.protocol.empty() ? "" : " · ",
                 s.tls.protocol,
                 tls.verify ? "certificate verified" : "certificate NOT verified (--insecure)");
}

nlohmann::json tls_json(const TlsOptions& tls, const Summary& s) {
  return {{"handshakes", s.tls.handshakes},
          {"sessions_reused", s.tls.resumed},
          {"failed", s.tls.failed},
          {"protocol", s.tls.protocol},
          {"verified", tls.verify}};
}

nlohmann::json histogram_json(const Histogram& h) {
  nlohmann::json json = {{"count", h.count()},
                         {"min_us", us(h.min())},
                         {"mean_us", us(h.mean())},
                         {"max_us", us(h.max())}};
  for (const double percent : kPercentiles)
    json[percentile_name(percent) + "_us"] = us(h.percentile(percent));
  return json;
}

nlohmann::json totals_json(const OperationTotals& totals) {
  nlohmann::json outcomes;
  for (std::size_t i = 0; i < kOutcomes; ++i)
    outcomes[std::string(kOutcomeNames[i])] = totals.outcomes[i];
  return {{"planned", totals.planned},
          {"sent", totals.sent},
          {"within_slo", totals.within_slo},
          {"blocked", totals.blocked},
          {"outcomes", std::move(outcomes)},
          {"latency_from_plan", histogram_json(totals.corrected)},
          {"latency_from_send", histogram_json(totals.uncorrected)}};
}

std::string_view kind_name(InvalidReason::Kind kind) {
  switch (kind) {
    case InvalidReason::Kind::late:
      return "late";
    case InvalidReason::Kind::cpu:
      return "cpu";
    case InvalidReason::Kind::unaccounted:
      return "unaccounted";
    case InvalidReason::Kind::events_lost:
      return "events_lost";
  }
  return "unknown";
}

}  // namespace

std::string render_text(const LoadSpec& spec, const Summary& s) {
  std::string out =
      fmt::format("bhsim load {}{}   {}{} · {} connections · {}\n",
                  spec.target.tls ? "https://" : "", spec.target.authority(),
                  has_rate(spec.process) ? fmt::format("{:g}/s ", spec.rate_per_s) : "",
                  name_of(spec.process), spec.connections, format_duration(s.t_plan_end - s.t0));
  add_outcomes(s, out);
  const double length = to_seconds(s.t_plan_end - s.t0);
  const auto ok = static_cast<double>(at(s.all.outcomes, Outcome::ok));
  fmt::format_to(std::back_inserter(out), "  goodput {:.1f}/s   within {} of the plan: {:.3f} %\n",
                 length > 0 ? ok / length : 0, format_duration(spec.slo),
                 100 * share(s.all.within_slo, s.all.planned));
  add_latencies(s, out);
  add_operations(spec, s, out);
  fmt::format_to(std::back_inserter(out),
                 "  blocked {:.3f} % (every connection was busy at the planned start)\n",
                 100 * s.blocked_ratio());
  const auto sent = static_cast<double>(std::max<std::uint64_t>(s.all.sent, 1));
  fmt::format_to(std::back_inserter(out),
                 "  generator   lag p50 {} p99 {} max {} · {:.1f} us cpu, {:.2f} wake-ups, {:.2f} "
                 "syscalls a request · "
                 "busiest core {:.1f} %\n",
                 latency(s.lag.percentile(50)), latency(s.lag.percentile(99)), latency(s.lag.max()),
                 each_us(s, s.cpu), static_cast<double>(s.wakeups) / sent,
                 static_cast<double>(s.syscalls) / sent, 100 * s.cpu_share_worst);
  if (spec.target.tls) add_tls(*spec.target.tls, s, out);
  for (const std::string& note : s.notes)
    fmt::format_to(std::back_inserter(out), "  note: {}\n", note);
  if (s.stopped_early) out += "  stopped early\n";
  for (const InvalidReason& reason : s.invalid) {
    fmt::format_to(std::back_inserter(out), "  INVALID: {}\n", reason.text);
  }
  return out;
}

nlohmann::json to_json(const LoadSpec& spec, const Summary& s) {
  nlohmann::json operations = nlohmann::json::object();
  for (std::size_t i = 0; i < s.operations.size(); ++i)
    operations[spec.operations[i].name] = totals_json(s.operations[i]);
  nlohmann::json invalid = nlohmann::json::array();
  for (const InvalidReason& reason : s.invalid) {
    nlohmann::json told = {{"kind", kind_name(reason.kind)}, {"text", reason.text}};
    if (reason.share && reason.most) {
      told["percent"] = 100 * *reason.share;
      told["most_percent"] = 100 * *reason.most;
    }
    invalid.push_back(std::move(told));
  }
  nlohmann::json rate;
  if (has_rate(spec.process)) rate = spec.rate_per_s;
  return {{"schema", "bhsim-load-summary/1"},
          {"target", spec.target.authority()},
          {"tls", spec.target.tls ? tls_json(*spec.target.tls, s) : nlohmann::json()},
          {"arrivals", name_of(spec.process)},
          {"rate_per_s", std::move(rate)},
          {"connections", spec.connections},
          {"threads", spec.threads},
          {"seed", spec.seed},
          {"duration_s", to_seconds(s.t_plan_end - s.t0)},
          {"stopped_early", s.stopped_early},
          {"slo_ms", to_seconds(spec.slo) * 1e3},
          {"all", totals_json(s.all)},
          {"operations", std::move(operations)},
          {"blocked_ratio", s.blocked_ratio()},
          {"generator",
           {{"lag", histogram_json(s.lag)},
            {"late", s.late},
            {"cpu_s", to_seconds(s.cpu)},
            {"cpu_us_per_request", each_us(s, s.cpu)},
            {"cpu_share_worst", s.cpu_share_worst},
            {"wakeups", s.wakeups},
            {"syscalls", s.syscalls},
            {"reconnects", s.reconnects},
            {"kernel_stamped", s.stamps},
            {"not_stamped", s.unstamped}}},
          {"substituted", s.substituted},
          {"failures_dropped", s.failures_dropped},
          {"unsent_untold", s.unsent_untold},
          {"valid", s.invalid.empty()},
          {"invalid", std::move(invalid)},
          {"notes", s.notes}};
}

nlohmann::json to_json(const OperationTotals& totals) { return totals_json(totals); }

std::string format_latency(Nanos d) { return latency(d); }

std::string render_live(const LiveSnapshot& live, Nanos elapsed, Nanos duration) {
  const auto shown = [](std::optional<Nanos> d) { return d ? latency(*d) : std::string("–"); };
  return fmt::format(
      "{:>6} of {}   {:.0f}/s   p50 {}  p99 {}   errors {} ({:.3f} %)   in flight {}  queued {}   "
      "cpu {:.0f} %",
      format_duration(std::chrono::floor<std::chrono::seconds>(elapsed)), format_duration(duration),
      live.rate_per_s, shown(live.p50), shown(live.p99), live.errors,
      100 * share(live.errors, live.ended), live.in_flight, live.queued, 100 * live.cpu_share);
}

}  // namespace bhsim::load
