#pragma once
// What a load run does: target, operations, arrivals and limits. Passive data; compiled once by the
// engine.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/csv.hpp"
#include "framework/base/result.hpp"

namespace bhsim::load {

// How a target over TLS is spoken to. Verified means: the certificate is signed by a trusted
// authority, in its time, and for the name.
struct TlsOptions {
  bool verify = true;       // off: whoever answers is believed
  std::string ca_file;      // PEM; trusted in place of the system's authorities. Empty: those
  std::string server_name;  // that is wanted and verified; empty: Target::host
};

struct Target {
  // Numeric, or a name that is looked up at the start, and again when it cannot be connected to.
  std::string host = "127.0.0.1";
  std::uint16_t port = 80;
  std::string path_prefix;        // in front of every operation's path; no slash at its end
  std::optional<TlsOptions> tls;  // absent: plain HTTP

  // "127.0.0.1:80", "[::1]:443".
  [[nodiscard]] std::string authority() const;
};

enum class JsonType : std::uint8_t { any, string, number, boolean, object, array, null };

struct Expectation {
  int status = 200;
  std::vector<std::pair<std::string, JsonType>> json;  // top-level fields that the body must have
  std::string body_contains;                           // empty: not looked at
  std::vector<std::pair<std::string, std::string>> headers;  // name, exact value
  [[nodiscard]] bool looks_at_body() const { return !json.empty() || !body_contains.empty(); }
};

// none: nothing is kept. write: each request carries the next record of its connection's writer,
// and its fate is kept in the ledger. read: asks for an acknowledged record, and the body must be
// that record; while none is acknowledged, a request is replaced by the first write.
enum class LedgerRole : std::uint8_t { none, write, read };

// The response header that says which generation of a class served: decimal digits at its end
// ("17", "PricingService/17"). A response without it gives no observation.
struct VersionHeader {
  std::string class_name;
  std::string header;
};

// A table whose values placeholders stand for. A request takes one row of it, whatever it names of
// it: at random, or the row of its own number in the plan, over and over. Either follows from seed
// and number alone, so two runs of one seed ask the same.
enum class Pick : std::uint8_t { random, sequential };
struct DataSet {
  std::string name;
  Pick pick = Pick::random;
  std::shared_ptr<const CsvTable> table;  // never null
};

// A value that an operation takes from its response, for later requests of the same connection. A
// response without it is bad_body. A request that needs what its connection has not captured yet is
// replaced by the operation that captures it.
struct Capture {
  enum class From : std::uint8_t { json, header };
  std::string name;
  From from = From::json;
  std::string source;  // a top-level field (string, number or boolean), or a response header
};

// Path, header values and body are templates, compiled once:
//   {sku}           one of LoadSpec::skus, at random; in a ledger write the record's own
//   {1..9}          a whole number of that range, at random; in a ledger write the record's
//   quantity {acknowledged}  "w07/123": writer and sequence of an acknowledged write (reads only)
//   {writer} {sequence} {quantity}   of the ledger record (writes only)
//   {users.name}    of the data set `users`, the request's row, column `name`
//   {captured.token}   what the connection captured last as `token`
// In a JSON body a number that fills a string alone ("{1..9}") is written without the quotes. A
// JSON object of a ledger write that names no {writer} gets "writer" and "sequence" as its first
// members.
struct Operation {
  std::string name;
  double weight = 1;  // share of all requests: weight / sum of weights; above 0
  std::string method = "GET";
  std::string path = "/";
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  Expectation expect;
  LedgerRole ledger = LedgerRole::none;
  std::optional<Nanos> timeout;  // LoadSpec::timeout when absent
  std::vector<VersionHeader> versions;
  std::vector<Capture> captures;  // an operation that uses one stands below one that captures it
};

// What `bhsim load --operations=FILE` takes from the file.
struct OperationMix {
  std::vector<Operation> operations;
  std::vector<std::string> skus;  // empty: LoadSpec's own
  std::vector<DataSet> data;
};

// Linear from the rate before (LoadSpec::rate at first) to `rate_end_per_s`, over `length`. A
// length of 0 jumps.
struct Stage {
  Nanos length{};
  double rate_end_per_s = 0;
};

// On top of everything else: from `at`, for `length`, the rate is `rate_per_s`.
struct Spike {
  Nanos at{};
  Nanos length{};
  double rate_per_s = 0;
};

enum class Process : std::uint8_t {
  constant,  // evenly spaced
  poisson,   // independent users: exponential gaps
  replay,    // exactly LoadSpec::replay
  closed,  // each connection sends as soon as its response is there; for capacity, not for latency
};

// exact: a wake-up for each due request, however close the one before. Otherwise at most one each
// `gap`: a wake-up sends what is due and collects what has come; arrival times are the kernel's, so
// latencies stay exact, and the lag of at most `gap` counts into the latency from the plan.
struct Pacing {
  Nanos gap = std::chrono::microseconds(100);  // 0: exact
};

// Of the load threads. precedence: real-time (SCHED_FIFO, lowest) in an open loop where the process
// may ask for it.
enum class Priority : std::uint8_t { normal, precedence };

// The generator's knowledge of itself: beyond these the run is invalid, whatever the target did.
struct SelfLimits {
  Nanos late_after =
      std::chrono::milliseconds(10);  // sent later than that while a connection was free
  // Of all sent; more than that late: invalid. A quarter of what lies beyond the 99th percentile,
  // by which latency is judged: lag counts as latency, so below it the percentile can only look
  // worse, by little. A machine that stands still for 100 ms is 0.1 % of 100 seconds.
  double late_share = 0.0025;
  double cpu_share = 0.85;  // of one core, by a load thread over cpu_window
  int cpu_window_s = 5;
};

struct LoadSpec {
  Target target;
  std::vector<std::string>
      allow_targets;  // hosts besides loopback that load may be sent to; usually none
  std::vector<Operation> operations;  // at least one
  std::vector<std::string> skus = {"SKU-0001"};
  std::vector<DataSet> data;
  Process process = Process::poisson;
  double rate_per_s = 1000;   // where stages start from
  std::vector<Stage> stages;  // empty: the rate is constant; after the last the rate stays
  std::vector<Spike> spikes;  // in order of time, not overlapping
  std::vector<Nanos> replay;  // starts since the start of the run, in order; Process::replay only
  int connections = 50;
  // The number of the first connection's writer in the ledger: runs that follow each other on one
  // target must not write the same records.
  std::uint32_t first_writer = 0;
  int threads = 1;                          // connections and arrivals are dealt out among them
  Nanos timeout = std::chrono::seconds(2);  // from the moment a connection takes the request
  Nanos slo =
      std::chrono::milliseconds(100);  // goodput: ok, and within this from the planned start
  Nanos duration =
      std::chrono::seconds(10);  // of the plan; the run lasts until what was sent has ended
  Time start{};            // planned time zero; in the past or 0: as soon as the connections stand
  std::uint64_t seed = 1;  // arrivals, operations and template values follow from it
  Pacing pacing;
  Priority priority = Priority::precedence;
  SelfLimits limits;
  // Of failures told one by one; the rest is counted. Of those never sent at most 20 a second and
  // load thread.
  std::size_t most_failures = 20'000;
  std::size_t most_body_bytes = 16U << 20U;    // a longer response body is bad_body
  std::size_t most_header_bytes = 64U << 10U;  // all header lines of one response
};

// What is wrong with a spec, in a sentence; nothing is resolved or connected.
Result<void> validate(const LoadSpec& spec);
// Names of the classes that any operation observes, in order of first appearance;
// Observation::class_index is an index into them.
std::vector<std::string> observed_classes(const LoadSpec& spec);
// Names of the values that any operation captures, in order of first appearance.
std::vector<std::string> captured_names(const LoadSpec& spec);

}  // namespace bhsim::load
