// HLTH · phase-9.2 production readiness: "monitoring and observability functional".

#include <algorithm>
#include <nlohmann/json.hpp>

#include "checks/families.hpp"
#include "checks/latency.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/history/facts.hpp"

namespace bhsim::checks {
namespace {

namespace fact = history::fact;
using history::Health;
using nlohmann::json;

constexpr double kNoAnswer = 3600;  // seconds: a probe without an answer is slower than any limit

std::vector<const Health*> probes(const History& history, std::string_view endpoint,
                                  const std::vector<Span>& spans) {
  std::vector<const Health*> rows;
  for (const auto& probe : history.health())
    if (probe.endpoint == endpoint && probe.role == kLoadRole && contains(spans, probe.t))
      rows.push_back(&probe);
  return rows;
}

Verdict endpoint_answers(const Plan& plan, const History& history, std::string_view endpoint,
                         Span whole, const std::vector<Span>& spans) {
  std::vector<double> seconds;
  std::int64_t silent = 0;
  for (const auto* probe : probes(history, endpoint, spans)) {
    if (probe->status == 0) ++silent;
    seconds.push_back(probe->status == 0 ? kNoAnswer : to_seconds(probe->latency));
  }
  if (static_cast<std::int64_t>(seconds.size()) < kFewestTrials)
    return inconclusive("{} probes of '{}' outside faults; {} are needed", seconds.size(), endpoint,
                        kFewestTrials)
        .window(whole);
  std::ranges::sort(seconds);
  const auto p99 = quantile(seconds, 99);
  return compare(p99.value, limit_of(plan, "HLTH-01"))
      .because("{} answered within {:.0f} ms (99 % of {}, {} without an answer)", endpoint,
               p99.value * 1e3, seconds.size(), silent)
      .samples(p99.samples)
      .window(whole)
      .evidence("health", fmt::format("endpoint = '{}' AND role = 'load' AND {}", endpoint,
                                      within("t", whole)));
}

// --- HLTH-04 -----------------------------------------------------------------------------------

struct HealthCheckConfig {
  Nanos interval = std::chrono::seconds(30);  // the engine's defaults
  Nanos timeout = std::chrono::seconds(30);
  std::int64_t retries = 3;
  std::string command;
  // How long our own probes must have said the same before the engine has to agree. Of an
  // application that hangs it learns by `retries` looks, each an interval after the end of the one
  // before and as long as its timeout; one more may have been under way.
  [[nodiscard]] Nanos settling() const { return (interval + timeout) * (retries + 1); }
};

HealthCheckConfig health_check_of(const History& history) {
  HealthCheckConfig config;
  const auto inspect = history.fact(fact::kContainerInspect);
  const json::json_pointer check("/Config/Healthcheck");
  if (!inspect || !inspect->contains(check) || !(*inspect)[check].is_object()) return config;
  const auto& set = (*inspect)[check];
  if (const auto ns = set.value("Interval", std::int64_t{0}); ns > 0) config.interval = Nanos(ns);
  if (const auto ns = set.value("Timeout", std::int64_t{0}); ns > 0) config.timeout = Nanos(ns);
  if (const auto times = set.value("Retries", std::int64_t{0}); times > 0) config.retries = times;
  if (set.contains("Test")) config.command = set["Test"].dump();
  return config;
}

// The endpoints whose answers the engine's view should be: the one that its command names (the
// longer of two of which one begins the other), else all that the contract names.
std::vector<std::string_view> asked_by_engine(const Plan& plan, const HealthCheckConfig& config) {
  const std::string& live = plan.app.live_path;
  const std::string& ready = plan.app.ready_path;
  const auto named = [&](const std::string& path) {
    return !path.empty() && config.command.find(path) != std::string::npos;
  };
  if (named(ready) && (!named(live) || ready.size() >= live.size())) return {"ready"};
  if (named(live)) return {"live"};
  std::vector<std::string_view> all;
  if (!live.empty()) all.emplace_back("live");
  if (!ready.empty()) all.emplace_back("ready");
  return all;
}

// Where the engine's view is not of its own making: a pause and an end stop its monitor (which
// leaves it at "unhealthy"), and it begins anew some time after.
std::vector<Span> unsettling(const Plan& plan, const History& history) {
  auto spans = fault_spans(plan, history);
  for (const auto& outage : history.windows(history::WindowKind::outage))
    spans.push_back({outage.t0, outage.t1});
  for (const auto& jvm : history.jvms()) {
    if (jvm.role != kLoadRole) continue;
    spans.push_back({jvm.t_start, std::max(jvm.t_ready.value_or(jvm.t_start), jvm.t_start)});
    if (jvm.t_end) spans.push_back({*jvm.t_end, *jvm.t_end});
  }
  return spans;
}

// When the engine had last looked, as a row of the endpoint 'container' tells it.
Time looked_at(const Health& row) { return row.t - row.latency; }

// How long the engine had been free to look and had not.
Nanos age(const Health& row, const std::vector<Span>& unsettled) {
  Time since = looked_at(row);
  for (const auto& span : unsettled)
    if (span.from < row.t) since = std::max(since, std::min(span.to, row.t));
  return row.t - since;
}

// What all probes of an endpoint said in `span`; nothing when there are none or they differ.
std::optional<bool> said_all_through(const std::vector<const Health*>& probes, Span span) {
  std::optional<bool> said;
  const auto at = [](const Health* probe) { return probe->t; };
  auto probe = std::ranges::lower_bound(probes, span.from, {}, at);
  for (; probe != probes.end() && (*probe)->t <= span.to; ++probe) {
    if (said && *said != (*probe)->up) return std::nullopt;
    said = (*probe)->up;
  }
  return said;
}

struct Agreement {
  std::int64_t compared = 0;
  std::int64_t disagreements = 0;
  std::string first;
};

// Compares each of the engine's answers with what our own probes had said for the whole settling
// time before its last look: what came later it cannot know. Nothing may have unsettled its view
// from then until it was asked.
Agreement compare_views(const std::vector<const Health*>& container,
                        const std::vector<std::vector<const Health*>>& own, Nanos settling,
                        Time start, const std::vector<Span>& unsettled) {
  Agreement agreement;
  for (const auto* row : container) {
    const Time looked = looked_at(*row);
    const Time from = looked - settling;
    const auto disturbs = [&](const Span& span) { return span.from < row->t && from < span.to; };
    if (from < start || std::ranges::any_of(unsettled, disturbs)) continue;
    std::optional<bool> up;
    for (std::size_t i = 0; i < own.size(); ++i) {
      const auto said = said_all_through(own[i], {from, looked});
      up = i == 0 || said == up ? said : std::nullopt;
      if (!up) break;
    }
    if (!up) continue;
    ++agreement.compared;
    if (row->up == *up) continue;
    if (++agreement.disagreements == 1)
      agreement.first = fmt::format("the engine says {}, our own probes {}",
                                    row->up ? "healthy" : "unhealthy", *up ? "up" : "down");
  }
  return agreement;
}

// --- HLTH-03, HLTH-05 --------------------------------------------------------------------------

std::optional<std::int64_t> number(const json& object, const char* key) {
  if (!object.is_object() || !object.contains(key) || !object[key].is_number()) return std::nullopt;
  return object[key].get<std::int64_t>();
}

bool is_true(const json& object, const char* key) {
  return object.is_object() && object.contains(key) && object[key].is_boolean() &&
         object[key].get<bool>();
}

// Without an operation that only reads, nobody could try whether ready meant work.
bool work_can_be_tried(const Plan& plan) {
  return std::ranges::any_of(plan.load.operations, [](const config::LoadOperation& operation) {
    return operation.method == "GET" && operation.ledger != "read";
  });
}

void lies_at_startup(const Plan& plan, const json& startup, std::vector<std::string>& lies) {
  const bool tried = number(startup, "first_work_ns") || work_can_be_tried(plan);
  if (tried && is_true(startup, "ready_before_work"))
    lies.push_back("ready was told before the application could work");
}

void lies_in_drain(const json& drain, std::vector<std::string>& lies) {
  if (!number(drain, "not_ready_ns")) {
    lies.push_back("ready was told to the end of the drain");
    return;  // live is looked at when ready is denied
  }
  if (drain.contains("live_while_draining") && !is_true(drain, "live_while_draining"))
    lies.push_back("live failed while draining, for which an orchestrator kills it");
}

}  // namespace

// HLTH-01. Whatever they say; that they say it in time.
Verdict health_answers_under_load(const Plan& plan, const History& history) {
  if (plan.app.live_path.empty() && plan.app.ready_path.empty())
    return not_applicable("the contract of {} names neither live nor ready", plan.app.name);
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto spans = undisturbed(plan, history, *whole);
  std::vector<Verdict> parts;
  if (!plan.app.live_path.empty())
    parts.push_back(endpoint_answers(plan, history, "live", *whole, spans));
  if (!plan.app.ready_path.empty())
    parts.push_back(endpoint_answers(plan, history, "ready", *whole, spans));
  return worst(std::move(parts));
}

// HLTH-03. From the start of the application under load and from its drain.
Verdict readiness_is_true(const Plan& plan, const History& history) {
  if (plan.app.ready_path.empty())
    return not_applicable("the contract of {} names no ready path", plan.app.name);
  const auto startup = history.fact(fact::kStartup);
  const auto drain = history.fact(fact::kDrain);
  std::vector<std::string> lies;
  if (startup) lies_at_startup(plan, *startup, lies);
  if (drain) lies_in_drain(*drain, lies);
  auto finding = compare(static_cast<double>(lies.size()), limit_of(plan, "HLTH-03"))
                     .samples((startup ? 1 : 0) + (drain ? 1 : 0))
                     .evidence("fact", "name IN ('startup', 'drain')");
  if (!lies.empty()) return std::move(finding).because("{}", fmt::join(lies, "; "));
  std::optional<std::string> gaps;
  if (!startup) gaps = "there is no fact 'startup': nobody watched the start";
  if (!drain) gaps = "there is no fact 'drain': the run has to end with its drain audit";
  return std::move(finding)
      .because("ready was told only while it could work, at the start and in the drain")
      .unless(gaps);
}

// HLTH-04. What an orchestrator acts upon is the engine's view: it has to agree with our own probes
// once things had settled when it last looked, and to be fresh.
Verdict container_health_agrees(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto spans = undisturbed(plan, history, *whole);
  const auto container = probes(history, "container", spans);
  const auto config = health_check_of(history);
  if (container.empty() && to_seconds(config.interval) <= limit_of(plan, "HLTH-04.age").value)
    return missing("health row of the endpoint 'container'", "the image needs a health check")
        .window(*whole);
  std::vector<std::vector<const Health*>> own;
  for (const auto endpoint : asked_by_engine(plan, config))
    own.push_back(probes(history, endpoint, spans));
  const auto unsettled = unsettling(plan, history);
  const auto agreement = compare_views(container, own, config.settling(), whole->from, unsettled);
  std::optional<std::string> gaps;
  if (agreement.compared == 0)
    gaps = fmt::format("no answer of the engine came after {} of steady probes of our own",
                       spoken(config.settling()));
  // A view is as old as the engine's last probe, and gets as old as its next one is away.
  double oldest = to_seconds(config.interval);
  for (const auto* row : container) oldest = std::max(oldest, to_seconds(age(*row, unsettled)));
  const auto evidence = "endpoint = 'container' AND role = 'load' AND " + within("t", *whole);
  std::vector<Verdict> parts;
  parts.push_back(compare(static_cast<double>(agreement.disagreements), limit_of(plan, "HLTH-04"))
                      .because("{} of {} answers of the engine disagree{}", agreement.disagreements,
                               agreement.compared,
                               agreement.first.empty() ? "" : " (first: " + agreement.first + ")")
                      .samples(agreement.compared)
                      .window(*whole)
                      .evidence("health", evidence)
                      .unless(gaps));
  parts.push_back(compare(oldest, limit_of(plan, "HLTH-04.age"))
                      .because("the engine's view gets {:.1f} s old (it probes every {})", oldest,
                               spoken(config.interval))
                      .samples(static_cast<std::int64_t>(container.size()))
                      .window(*whole)
                      .evidence("health", evidence));
  return worst(std::move(parts));
}

// HLTH-05. Counted: a request that was accepted has to be answered, and the process has to end by
// itself.
Verdict drains_on_sigterm(const Plan& plan, const History& history) {
  const auto drain = history.fact(fact::kDrain);
  if (!drain) return missing("fact 'drain'", "the run has to end with its drain audit");
  const auto signal = number(*drain, "signal_ns");
  const auto exit = number(*drain, "exit_ns");
  const auto lost = number(*drain, "lost");
  if (!signal || !lost) return inconclusive("the fact 'drain' lacks signal_ns or lost");
  const auto code = number(*drain, "exit_code").value_or(-1);
  const auto sent = number(*drain, "sent").value_or(0);
  if (!exit)
    return Finding(Status::fail)
        .because("it did not exit after {}", plan.app.stop_signal)
        .evidence("fact", "name = 'drain'");
  const double seconds = static_cast<double>(*exit - *signal) / 1e9;
  std::optional<std::string> gaps;
  if (sent == 0) gaps = "no request was sent in the drain";
  if (const auto untold = number(*drain, "untold").value_or(0); untold > 0)
    gaps = fmt::format("of {} events of the load nobody was told: lost requests may be among them",
                       untold);
  std::vector<Verdict> parts;
  parts.push_back(
      compare(static_cast<double>(*lost), limit_of(plan, "HLTH-05"))
          .because("{} of {} requests that were in flight or accepted were lost", *lost, sent)
          .samples(sent)
          .evidence("fact", "name = 'drain'")
          .counted()
          .unless(gaps));
  parts.push_back(
      compare(seconds, limit_of(plan, "HLTH-05.within"))
          .because("it exited {:.1f} s after {} with code {}", seconds, plan.app.stop_signal, code)
          .samples(1)
          .evidence("fact", "name = 'drain'"));
  // 143 = 128 + SIGTERM: what the JVM exits with when the signal ends it in order.
  if (code != 0 && code != 143)
    parts.push_back(Finding(Status::fail)
                        .because("it exited with code {}, not by itself or not in order", code)
                        .evidence("fact", "name = 'drain'"));
  return worst(std::move(parts));
}

}  // namespace bhsim::checks
