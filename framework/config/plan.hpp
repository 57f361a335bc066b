#pragma once
// The plan of a run: everything that will happen, decided before anything starts, from files,
// command line and one seed. It is stored with the run, so that a verdict can be had again from the
// store alone.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "framework/base/clock.hpp"
#include "framework/base/files.hpp"
#include "framework/base/result.hpp"

namespace bhsim::config {

// --- the system under test: configs/apps/*.yml, docs/contract.md

struct SwappableClass {
  std::string class_name;           // "com.example.orders.OrderPolicy"
  std::vector<std::string> serves;  // operations whose responses show it
  std::string version_header;  // response header with its generation, a decimal number at the end
  friend bool operator==(const SwappableClass&, const SwappableClass&) = default;
};

// Another service, which the application calls; in a container of its own.
struct Dependency {
  int port = 0;                          // on which it takes connections; 0: there is none
  std::string image_ref;                 // empty: the application's own image
  std::vector<std::string> command;      // empty: the image's
  std::vector<std::string> environment;  // NAME=value
  std::string uses;                      // a GET of the application by which it asks the dependency
  friend bool operator==(const Dependency&, const Dependency&) = default;
};

struct Contract {
  std::string name;         // "ProductionSimulationApp"
  Path file;                // where it was read
  std::string image_build;  // our own: a folder below docker/; empty when image_ref is given
  std::string image_ref;    // a user's image
  std::vector<std::string> command;  // with {jvm}, {agent} and {dependency} placeholders
  std::vector<std::string> environment;
  int port = 8080;
  std::string ready_path, live_path, metrics_path;  // empty: not in the contract
  std::string stop_signal = "SIGTERM";
  Nanos stop_within = std::chrono::seconds(30);
  // Start → ready; recovery beyond it counts against uptime. Typical: what a kill is reckoned to
  // cost.
  Nanos start_within = std::chrono::seconds(30);
  Nanos start_typical = std::chrono::seconds(3);
  std::string swap_directory;  // watched by the agent, first on the class path; empty: no swaps
  std::string swap_source;     // where the original class files lie in the image
  std::vector<SwappableClass> swap_classes;
  std::vector<std::vector<std::string>> swap_groups;
  std::string ledger_ranges;  // "/ledger/{writer}?from={from}&to={to}"; empty: no ledger
  std::vector<std::string> ledger_survives;  // "kill", "restart"
  // The metric that counts the writes accepted since the start of the process: a name of
  // /metrics, with or without labels; empty: none.
  std::string ledger_total;
  std::string audit_file;            // in the container; empty: none
  std::vector<std::string> volumes;  // directories that the application writes to: "/state"
  Dependency dependency;
  friend bool operator==(const Contract&, const Contract&) = default;
};

// --- the agent: configs/agents/*.yml

enum class Delivery { rename_touch, overwrite, in_place };

struct AgentClaims {
  bool breaker = false, rollback = false, retry = false, audit = false;
  std::vector<std::string> configuration;  // keys of production-config.yml that it claims to obey
  friend bool operator==(const AgentClaims&, const AgentClaims&) = default;
};

// When the circuit breaker opens, and for how long, as the profile promises it: what the
// conformance item holds the agent to. Where the profile says nothing: what phase 9.2 leaves open,
// as usual.
struct BreakerPromise {
  int failures = 5;  // refused changes in a row that open it
  Nanos pause = std::chrono::seconds(30);
  std::vector<std::string> jvm;  // flags under which the promise is as above, for that item only
  friend bool operator==(const BreakerPromise&, const BreakerPromise&) = default;
};

struct AgentProfile {
  std::string name;  // "reference", "none", …
  Path file;
  std::string jar;               // path on this machine, or empty: built in, or none
  std::vector<std::string> jvm;  // flags, with {jar} and {config} placeholders
  Delivery delivery = Delivery::rename_touch;
  bool named_packages = true;        // false: only the default package can be swapped
  std::vector<std::string> accepts;  // "method-body", …
  AgentClaims claims;
  Nanos swap_within = std::chrono::seconds(15);  // a valid swap not served by then is lost
  std::string thread_prefix;                     // of its own threads, for their CPU
  std::map<std::string, std::string> log;        // "swapped", "refused" → pattern with {class}
  BreakerPromise breaker;
  // What it shows of itself among the application's metrics: "breaker_open", "rolled_back" →
  // "name" or "name{label="value"}".
  std::map<std::string, std::string> metrics;
  // What it writes into a flight recording with a change: "com.example.Swap".
  std::vector<std::string> events;
  [[nodiscard]] bool present() const { return name != "none"; }
  friend bool operator==(const AgentProfile&, const AgentProfile&) = default;
};

// The nine keys of production-config.yml, with the document's values as defaults.
struct ProductionConfig {
  Path file;
  std::string text;    // as given, mounted into the container
  std::string sha256;  // of text
  Nanos validation_timeout = std::chrono::seconds(5);
  Nanos redefinition_timeout = std::chrono::seconds(10);
  int max_concurrent_hotswaps = 1;
  bool metrics_enabled = true;
  bool jfr_enabled = true;
  Nanos health_check_interval = std::chrono::seconds(30);
  bool auto_rollback = true;
  int max_retry_attempts = 3;
  bool circuit_breaker = true;
  friend bool operator==(const ProductionConfig&, const ProductionConfig&) = default;
};

// --- the workload: configs/load/*.yml

// A value that an operation takes from its response, for later ones of the same connection.
struct LoadCapture {
  std::string name;
  std::string from;    // "json", "header"
  std::string source;  // top-level field, or header
  friend bool operator==(const LoadCapture&, const LoadCapture&) = default;
};

// A CSV file whose values templates name. The values are not part of the plan: they may be secret.
struct LoadData {
  std::string name;  // "users", as in {users.name}
  Path file;
  std::string sha256;           // of the file, when the plan was made
  std::string pick = "random";  // "random", "sequential"
  friend bool operator==(const LoadData&, const LoadData&) = default;
};

struct LoadOperation {
  std::string name;
  double weight = 1;
  std::string method = "GET";
  std::string path;  // template
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;  // template; JSON is kept as text
  int expect_status = 200;
  std::vector<std::pair<std::string, std::string>> expect_json;  // field → "number", "string", …
  std::string expect_body;                                       // substring; empty: none
  std::vector<std::pair<std::string, std::string>> expect_headers;  // name, exact value
  std::vector<LoadCapture> captures;
  std::string ledger;  // "", "write", "read"
  friend bool operator==(const LoadOperation&, const LoadOperation&) = default;
};

struct LoadProfile {
  std::string name;  // "high"
  Path file;
  double rate_per_s = 1000;
  std::string arrivals = "poisson";  // "constant", "poisson"
  int connections = 50;
  Nanos timeout = std::chrono::seconds(2);
  Nanos slo = std::chrono::milliseconds(100);
  std::vector<std::string> skus;
  std::vector<LoadData> data;
  std::vector<LoadOperation> operations;
  friend bool operator==(const LoadProfile&, const LoadProfile&) = default;
};

// --- the timeline: simulations/*.yml

struct PlannedPhase {
  std::string name;
  Nanos start{};  // since the start of the load
  Nanos length{};
  // Trains of swaps all through; a phase with faults does not say so for a few after each fault.
  bool swaps = false;
  bool faults = false;
  friend bool operator==(const PlannedPhase&, const PlannedPhase&) = default;
};

struct PlannedSwap {
  std::int64_t generation = 0;  // a number of its own for every delivery, from 1
  Nanos at{};                   // since the start of the load, or of the conformance item
  std::string class_name;
  std::string variant = "valid";
  // 0: on its own; equal for classes swapped together, which stand next to each other.
  std::int64_t group_id = 0;
  std::int64_t train = 0;  // from 1; 0 in a conformance item
  std::string phase;       // empty in a conformance item
  // Where it is delivered: "load", or the conformance item with a container of its own.
  std::string role = "load";
  bool valid = true;  // a bad one must be refused
  Nanos watch{};      // for a bad one: how long the old generation must go on being served
  friend bool operator==(const PlannedSwap&, const PlannedSwap&) = default;
};

struct PlannedFault {
  std::int64_t id = 0;  // from 1
  Nanos at{};
  std::string kind;  // "kill", "pause" …
  Nanos holds{};     // apply → undo; 0 for a kill, which is undone by starting again at once
  Nanos outage{};    // reckoned time without an answer: `holds`, a restart, or none
  std::string phase;
  std::map<std::string, std::string> parameters;  // of the kind, each of them
  friend bool operator==(const PlannedFault&, const PlannedFault&) = default;
};

// A span in which the load is higher than its profile says: it rises and falls at once.
struct PlannedStep {
  Nanos at{};
  Nanos length{};
  double factor = 1;  // of the profile's rate; above 1
  std::string phase;
  friend bool operator==(const PlannedStep&, const PlannedStep&) = default;
};

// A conformance item or an audit: after the load, in this order, each on a container of its own.
struct PlannedItem {
  std::string name;  // "bad-swaps", "drain"
  std::string kind;  // "conformance" or "audit"
  Nanos length{};    // reckoned, its container's start included
  friend bool operator==(const PlannedItem&, const PlannedItem&) = default;
};

// Two fresh JVMs, up at once on the same cores and asked for the same requests at the same times:
// one with the agent and one without. What they differ by is what the agent costs. After the load,
// one pair after the other.
struct PlannedPair {
  std::int64_t id = 0;  // from 1
  Nanos at{};           // reckoned, since the first pair's containers were made
  // Neither JVM has the agent: what two equal ones differ by is the floor of the measurement.
  bool floor = false;
  bool plain_first = false;  // the JVM without the agent is started, and asked, first
  Nanos warm_up{};           // each as fast as it can
  Nanos measured{};          // at the load's rate
  Nanos length{};            // reckoned, from its first container to the removal of its last
  // Of the JVM with the agent; `at` counts from the start of the measured time.
  std::vector<PlannedSwap> swaps;
  friend bool operator==(const PlannedPair&, const PlannedPair&) = default;
};

// How a value must stand to its limit, and the limit. Data of configs/thresholds/.
struct Limit {
  std::string relation;  // "<", "<=", ">", ">=", "="
  double value = 0;      // in the check's own unit: seconds, shares as percent, bytes as MB, counts
  std::string unit;
  friend bool operator==(const Limit&, const Limit&) = default;
};

struct Waiver {
  std::string check, reason, owner, expires;  // expires: YYYY-MM-DD
  friend bool operator==(const Waiver&, const Waiver&) = default;
};

struct Plan {
  std::string simulation;
  std::string title;
  std::uint64_t seed = 0;
  Nanos duration{};  // the load phases only
  Contract app;
  std::vector<std::string> jvm;  // flags of the simulation
  AgentProfile agent;
  ProductionConfig production;
  LoadProfile load;
  std::vector<PlannedPhase> phases;
  std::vector<PlannedSwap> swaps;
  std::vector<PlannedFault> faults;
  std::vector<PlannedStep>
      steps;  // of the load, in order; empty: its rate is the same all the time
  std::vector<PlannedSwap>
      conformance_swaps;           // `at` counts from the start of the item named by `role`
  std::vector<PlannedItem> items;  // conformance and audits with their reckoned lengths, in order
  std::vector<PlannedPair> pairs;
  // Moments for a forced full collection, since the start of the load: in quiet windows, masked
  // like a swap.
  std::vector<Nanos> collections;
  std::vector<std::string> conformance;  // each on a container of its own
  std::vector<std::string> audits;
  std::vector<std::string> required;  // check ids, patterns resolved
  std::map<std::string, std::string>
      demoted;                          // required, but this duration cannot feed it: id → why
  std::map<std::string, Limit> limits;  // by check id; a second limit of a check is "ID.name"
  std::vector<Waiver> waivers;
  std::vector<std::string> only;      // not empty: the only ids that are judged
  std::vector<std::string> settings;  // `--set` as given
  std::vector<std::string> notes;  // what a person should know before it starts, one sentence each
  std::string thresholds;          // their name
  [[nodiscard]] const PlannedPhase* phase(std::string_view name) const;
  [[nodiscard]] std::optional<Limit> limit(std::string_view check) const;
  friend bool operator==(const Plan&, const Plan&) = default;
};

// A complete round trip. What equals its default is left out; a plan of an older version reads with
// today's defaults.
nlohmann::json to_json(const Plan& plan);
Result<Plan> plan_from_json(const nlohmann::json& json);
// For whatever is stored or shown: values of environment entries whose name speaks of a secret are
// replaced.
Plan redacted(Plan plan);

}  // namespace bhsim::config
