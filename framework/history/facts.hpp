#pragma once
// Facts: single documents kept under a name, as JSON text: what was inspected, found or counted
// once.

#include <string_view>

namespace bhsim::history::fact {

// config::Plan as JSON.
inline constexpr std::string_view kPlan = "plan";
// The engine's whole answers, secrets redacted.
inline constexpr std::string_view kContainerInspect = "container.inspect";
inline constexpr std::string_view kImageInspect = "image.inspect";
inline constexpr std::string_view kImageHistory = "image.history";
// [paths]
inline constexpr std::string_view kImageSetuid = "image.setuid";
inline constexpr std::string_view kEngineVersion = "engine.version";
inline constexpr std::string_view kEngineInfo = "engine.info";
// {url, source, tls_verified}
inline constexpr std::string_view kEndpoint = "engine.endpoint";
// {signal_ns, not_ready_ns|null, exit_ns, exit_code, sent, ok, lost, untold, live_while_draining}.
// `untold`: events of the load that nobody could take; lost ones may be among them.
inline constexpr std::string_view kDrain = "drain";
// {class: {operation: {planned, ok}}}: the light load while an invalid version of that class was
// being refused, from its write to the write of the valid one after it.
inline constexpr std::string_view kBadSwapsLoad = "bad_swaps.load";
// What was done to the circuit breaker, to auto-rollback and to each key of the agent's
// configuration, and what was seen then: docs/run-store.md, "Conformance".
inline constexpr std::string_view kBreaker = "conformance.breaker";
inline constexpr std::string_view kRollback = "conformance.rollback";
inline constexpr std::string_view kConfiguration = "conformance.configuration";
// {scenario: {brought, errors, recovered, log}}: of each failure scenario of section 9.2.5, what
// the run brought, and the lines of its log with ERROR and RECOVERED.
inline constexpr std::string_view kScenarios = "scenarios";
// {metric, value|null, acknowledged, open, trouble}: the application's own total of the writes that
// it accepted since its JVM's start, beside those that the load saw acknowledged since then.
// `open`: whose answer was never seen, in the whole run.
inline constexpr std::string_view kLedgerTotal = "ledger.total";
// {first_live_ns, first_ready_ns, first_work_ns, ready_before_work}
inline constexpr std::string_view kStartup = "startup";
// [{class, disk_sha256, served_generation, served_sha256}]
inline constexpr std::string_view kDrift = "drift";
// {given_sha256, mounted_sha256, reported_sha256}
inline constexpr std::string_view kConfigInForce = "config.in_force";
// Totals, plan equality, invalid reasons.
inline constexpr std::string_view kLoadSummary = "load.summary";
inline constexpr std::string_view kFailuresDropped = "load.failures_dropped";
// {expected, written, path}
inline constexpr std::string_view kResourceRows = "resource_metrics";
// {reasons: [text], look_first: [{what, file}], files: [{path, what, bytes}], missing: [{what,
// why}]}: what was kept because the run failed or crashed. There is none for a run that went well.
inline constexpr std::string_view kDiagnosis = "diagnosis";
// [{path, bytes, chunks, events, from_ns, to_ns, whole, trouble}]: the flight recordings that were
// read, in order of time.
inline constexpr std::string_view kRecordings = "recordings";
// bhsim, agent, jvm, images by id, seed: what makes a run repeatable.
inline constexpr std::string_view kVersions = "versions";
// {t_ns, what}: from then on something outside of run and application disturbed both: the engine
// went away, or another program stopped the application.
inline constexpr std::string_view kOutside = "outside";
// {reason: completed|interrupted|aborted|crashed, detail}
inline constexpr std::string_view kEnd = "end";

}  // namespace bhsim::history::fact
