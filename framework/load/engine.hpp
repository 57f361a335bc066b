#pragma once
// The run: an open loop over HTTP/1.1. Load threads do nothing but send and receive; a collector
// thread turns what they counted into events on a bounded queue. Usage:
//
//   BoundedQueue<Event> events(4096);
//   BHSIM_ASSIGN(auto run, Run::create(spec, system_clock(), events));
//   BHSIM_TRY(run->start(stop));        // connections stand when it returns, or the target does
//   not listen yet … pop events until events.closed_and_empty() … const Summary summary =
//   run->join();

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/queue.hpp"
#include "framework/base/result.hpp"
#include "framework/load/address.hpp"
#include "framework/load/histogram.hpp"
#include "framework/load/ledger.hpp"
#include "framework/load/outcome.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

// What became of the requests of one operation, or of all. Latencies are of requests that were
// answered or given up (ok, bad_status, bad_body, timeout, and from the plan also unsent): what
// ended at once without an answer (reset, refused) is in the outcomes only, since a quick failure
// must not make percentiles look better.
struct OperationTotals {
  std::uint64_t planned = 0;
  std::uint64_t sent = 0;
  OutcomeCounts outcomes{};
  std::uint64_t within_slo = 0;  // ok, within the SLO from the planned start
  std::uint64_t blocked = 0;     // every connection was busy at the planned start
  Histogram corrected;           // from the planned start
  Histogram uncorrected;         // from the send

  OperationTotals& operator+=(const OperationTotals& other);
};

// Everything that was planned to start in [t0, t0 + 1 s), one operation; told when all of it has
// ended (up to twice the timeout later), in order of time.
struct SecondRecord : OperationTotals {
  Time t0;
  std::size_t operation = 0;  // index into LoadSpec::operations
};

// How the generator was doing in [t0, t0 + 1 s); all load threads together.
struct GeneratorSecond {
  Time t0;
  Histogram lag;              // from when a request was due and a connection free, to its send
  Nanos cpu{};                // of all load threads
  double cpu_share_max = 0;   // of one core, the busiest load thread
  std::uint64_t wakeups = 0;  // returns from a wait that could sleep
  std::uint64_t syscalls = 0;
  std::uint64_t connections_open = 0;  // at the end of the second
  std::uint64_t reconnects = 0;        // connections made again
  std::uint64_t queued = 0;            // waiting for a connection at the end of the second
};

// One request that did not end ok. In flight at instant t: t_sent <= t < t_done.
struct Failure {
  Time t_planned;
  std::optional<Time> t_sent;
  Time t_done;
  std::size_t operation = 0;
  Outcome outcome = Outcome::unsent;
  int status = 0;  // HTTP status, 0 when none came
  std::string detail;
};

// One response told which generation of a class served it.
struct Observation {
  std::uint32_t class_index = 0;  // into observed_classes(spec)
  std::uint32_t operation = 0;
  std::int64_t generation = 0;
  Time t_sent;
  Time t_done;
};

using Observations =
    std::vector<Observation>;  // in order of t_done within a load thread, told each 100 ms
using Event = std::variant<SecondRecord, GeneratorSecond, Failure, Observations>;

// The last second that is over, for a live line. Percentiles are from the planned start.
struct LiveSnapshot {
  double rate_per_s = 0;  // responses
  std::optional<Nanos> p50, p99;
  std::uint64_t planned = 0;  // so far
  std::uint64_t errors = 0;   // so far, of what has ended
  std::uint64_t ended = 0;    // so far
  std::uint64_t in_flight = 0;
  std::uint64_t queued = 0;
  double cpu_share = 0;
};

// Why the figures say nothing about the target.
struct InvalidReason {
  enum class Kind { late, cpu, unaccounted, events_lost } kind = Kind::late;
  std::string text;  // a sentence with the numbers
  // Where a share was too large: the share and the most it may be, of 1.
  std::optional<double> share;
  std::optional<double> most;
};

// Of a target over TLS.
struct TlsTotals {
  std::uint64_t handshakes = 0;  // that succeeded
  std::uint64_t resumed = 0;     // of them, with the session of an earlier connection
  std::uint64_t failed = 0;      // or were not over within the timeout
  std::string protocol;  // "TLSv1.3, TLS_AES_256_GCM_SHA384", of the first; empty: none succeeded
};

struct Summary {
  Time t0;          // planned time zero
  Time t_plan_end;  // end of the plan: duration, or when it was stopped
  Time t_end;       // the last request had ended
  bool stopped_early = false;
  std::vector<OperationTotals> operations;  // as LoadSpec::operations
  OperationTotals all;
  std::uint64_t planned_by_pacer = 0;  // counted again, by a second pacer; equals all.planned
  Histogram lag;
  std::uint64_t late = 0;  // sends later than SelfLimits::late_after while a connection was free
  Nanos cpu{};
  double cpu_share_worst = 0;  // busiest load thread over SelfLimits::cpu_window_s
  std::uint64_t wakeups = 0, syscalls = 0, reconnects = 0;
  std::uint64_t failures_dropped = 0;  // had been sent, and were not told one by one
  std::uint64_t unsent_untold = 0;     // never sent, and not told one by one
  std::uint64_t observations_dropped = 0;
  std::uint64_t altered_reads = 0;  // ledger reads that came back with other content
  std::uint64_t lost_read_candidates =
      0;                          // ledger reads of an acknowledged record that answered 404
  std::uint64_t substituted = 0;  // requests sent as the operation that they needed first
  std::uint64_t stamps = 0, unstamped = 0;  // responses timed by the kernel, and by the clock
  std::uint64_t out_of_descriptors = 0;     // times that this machine had no socket or local port
  TlsTotals tls;
  LedgerCounts ledger;
  std::vector<InvalidReason> invalid;  // empty: valid
  std::vector<std::string> notes;
  [[nodiscard]] double blocked_ratio() const {
    return all.planned == 0 ? 0
                            : static_cast<double>(all.blocked) / static_cast<double>(all.planned);
  }
};

class Run {
 public:
  // Validates, resolves the target and refuses one that is neither loopback nor allowed. `clock`
  // and `events` outlive the run. Events that the queue does not take make the run invalid, and are
  // counted. `find` gives the target's addresses, now and, on another thread, whenever it cannot be
  // connected to by its name; each passes the guard.
  static Result<std::unique_ptr<Run>> create(LoadSpec spec, const Clock& clock,
                                             BoundedQueue<Event>& events, LookUp find = look_up);
  ~Run();  // stop()

  // Starts the threads. `stop` ends the plan at once; what is in flight ends or times out.
  Result<void> start(std::stop_token stop);
  // Waits for the end, closes the event queue and gives the totals. Call once.
  Summary join();
  // Ends the plan at once, waits for what is in flight, joins and closes the event queue; any
  // number of times.
  void stop();

  // From now on the target is reached by this port of its host, for what connects; what is
  // connected leaves as soon as it is free. What is sent stays the same, its Host header too. An
  // Error: the target is a name. Any thread.
  Result<void> lead(std::uint16_t port);

  // Any thread, any time after create().
  [[nodiscard]] LiveSnapshot live() const;
  [[nodiscard]] bool finished() const;
  // Planned time zero; valid after start().
  [[nodiscard]] Time t0() const;
  // What was written so far; a write in flight is not in it yet.
  [[nodiscard]] LedgerSnapshot ledger() const;
  [[nodiscard]] const LoadSpec& spec() const;

 private:
  struct State;
  explicit Run(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace bhsim::load
