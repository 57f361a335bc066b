#pragma once
// What a run leaves behind, row by row. Each struct is one row of the table named above it
// (docs/run-store.md). All instants are CLOCK_MONOTONIC nanoseconds (bhsim::Time); a foreign wall
// time is mapped through `clock` rows.

#include <array>
#include <cstdint>
#include <optional>
#include <string>

#include "framework/base/clock.hpp"

namespace bhsim::history {

// clock: one a second; maps CLOCK_MONOTONIC to the host's and the engine's wall time.
struct ClockPoint {
  Time mono;
  WallTime wall;
};

enum class WindowKind { phase, swap, fault, gc, outage, conformance, audit, twin };

// window: written by the runner only. A swap's window is what it masks: [T0 - 0.2 s, end + 1 s]; a
// fault's is [apply, healed + its recovery]; a gc's is a forced full collection; an outage's is
// planned unavailability; a twin's is the time at the beginning of the fault of its id in which
// clients went through a relay that did nothing.
struct Window {
  WindowKind kind = WindowKind::phase;
  std::int64_t id = 0;  // unique within its kind
  std::string name;     // "steady", "PricingService", "kill"
  Time t0;
  Time t1;
};

// jvm: one start of the application under load. Trends are fitted per segment.
struct JvmSegment {
  std::int64_t segment = 0;  // 0, 1, 2 …
  std::string container;     // engine id
  std::string role;  // "load" for the application under load, else the audit or conformance item
  Time t_start;      // the engine's start call returned
  std::optional<Time> t_ready;
  std::optional<Time> t_end;
  std::optional<std::int64_t> exit_code;
  bool oom_killed = false;
  bool planned_end = false;  // ended by bhsim (fault, drain, teardown), not on its own
};

// sample: one value of one series (series.hpp has their names and units).
struct Sample {
  std::string series;
  Time t;
  double value = 0;
};

// The outcomes of a planned request; exhaustive, their sum is the plan. Order as in
// bhsim::load::Outcome.
enum class Outcome { ok, bad_status, bad_body, timeout, reset, refused, unsent };
constexpr std::size_t kOutcomes = 7;

// load_second: what was planned to start in the second that begins at t, by operation. Histograms
// are HdrHistogram V2 compressed, nanosecond values; corrected counts from the planned start,
// uncorrected from the send.
struct LoadSecond {
  Time t;
  std::string operation;
  std::int64_t planned = 0;
  std::array<std::int64_t, kOutcomes> outcomes{};
  std::int64_t within_slo = 0;  // ok, and within the SLO from the planned start
  std::int64_t blocked = 0;     // waited because every connection was busy
  std::string corrected;
  std::string uncorrected;
};

// generator_second: how the load generator itself was doing.
struct GeneratorSecond {
  Time t;
  std::string lag;  // HdrHistogram V2 compressed: dispatch lag while a connection was free
  Nanos lag_max{};
  double cpu_share = 0;  // of one core, 0 to 1
  std::int64_t wakeups = 0;
  std::int64_t reconnects = 0;
};

// failure: one request that did not end ok; at most kMostFailures, the rest is counted in fact
// "load.failures_dropped".
struct Failure {
  Time t_planned;
  std::optional<Time> t_sent;
  Time t_done;
  std::string operation;
  Outcome outcome = Outcome::unsent;
  int status = 0;  // HTTP status, 0 when none came
  std::string detail;
};
constexpr std::int64_t kMostFailures = 20'000;

enum class SwapOutcome {
  landed,      // a response served by its generation was seen
  refused,     // an invalid change: the old generation still served after the agent's time limit
  superseded,  // a later write of the same class came before it could be seen
  lost,        // valid, and never served within the agent's time limit
  accepted,    // invalid, and yet served
  unseen,      // the run or the evidence ended first
};

// swap: one delivery of one class file. Order is judged on generations.
struct Swap {
  std::int64_t generation = 0;
  std::string class_name;
  std::string variant;  // "valid", "truncated", …
  bool valid = true;
  std::int64_t group_id = 0;  // 0: on its own; equal for classes swapped together
  std::string phase;
  std::string role = "load";  // as JvmSegment::role
  Time t_write;               // T0: just before the first byte is written
  std::optional<Time> t_rename;
  std::optional<Time> t_served;  // first response by this generation
  SwapOutcome outcome = SwapOutcome::unseen;
  std::string sha256;
  std::string sha256_before;  // of the bytes in force before
  std::string detail;  // the refusal as the JVM or agent told it, why it is thought lost, …
};

// served: for each class, which generation answered, as runs in order of time: the oracle's trace,
// one row a change.
struct Served {
  std::string class_name;
  std::int64_t generation = 0;
  Time first_sent;  // of the first response of the run
  Time first_done;
  Time last_done;
  std::int64_t responses = 0;
};

// violation: what the served-version oracle proved wrong: "went_back", "torn_group", "stale",
// "unknown_generation".
struct Violation {
  Time t;
  std::string kind;
  std::string class_name;
  std::string detail;
};

enum class FaultState { intent, active, unseen, healed, undo_failed };

// fault: the journal's rows, copied at seal; the journal file itself is the durable truth while
// running.
struct Fault {
  std::int64_t id = 0;
  std::string kind;
  std::string target;
  FaultState state = FaultState::intent;
  Time t_intent;
  std::optional<Time> t_active;
  std::optional<Time> t_undo;
  std::optional<Time> t_healed;
  std::optional<Time> t_recovered;  // first of k good windows in a row
  std::string acted_proof;
  std::string healed_proof;
};

// gc: one pause of the JVM's GC log.
struct GcPause {
  Time t;  // its end
  std::int64_t id = 0;
  std::string kind;   // "Pause Young (Normal)"
  std::string cause;  // "G1 Evacuation Pause"
  std::int64_t before_bytes = 0;
  std::int64_t after_bytes = 0;
  std::int64_t capacity_bytes = 0;
  Nanos pause{};
  bool forced = false;  // by bhsim, inside a gc window
};

// redefinition: one line of the JVM's own redefine log.
struct Redefinition {
  Time t;
  std::string class_name;
  bool ok = false;
  std::string detail;
};

// log_line: a line of the application or agent worth keeping: WARN and above, exceptions, stack
// heads; bounded.
struct LogLine {
  Time t;
  std::string source;  // "stdout", "stderr", "agent"
  std::string level;   // "ERROR", "WARN", "EXCEPTION"
  std::string text;
};

// health: one probe of one endpoint: "live" and "ready" by HTTP, "container" as the engine sees it,
// "uptime" ten a second.
struct Health {
  Time t;
  std::string endpoint;
  bool up = false;
  int status = 0;  // HTTP status; 0 when no answer
  Nanos latency{};
  std::string role = "load";
};

// thread_dump: text lies in artifacts/.
struct ThreadDump {
  Time t;
  std::string file;
  std::int64_t threads = 0;
  bool deadlock = false;
  std::string detail;  // the JVM's own words on the deadlock, shortened
  // Threads in it that ask for a lock, each with a row of LockWait, at most kMostLockWaits of them;
  // absent when nobody looked.
  std::optional<std::int64_t> lock_waits;
};
constexpr std::int64_t kMostLockWaits = 200;

// lock_wait: one thread that asks for a lock and has not got it, in one thread dump.
struct LockWait {
  Time t;              // of the dump
  std::string thread;  // its name
  std::string tid;     // the JVM's own for it: the same in all dumps of one life
  std::string lock;    // class of the lock: "java.util.concurrent.locks.ReentrantLock$NonfairSync"
  std::string frame;   // where it asks: the first line of its stack outside of the JDK's locks
  std::optional<Nanos> cpu;  // that the thread has used in its life; absent: the JVM does not say
};

// ledger_check: one read-back of every acknowledged write.
struct LedgerCheck {
  Time t;
  std::string reason;  // "end", "after kill 3", …
  std::int64_t acknowledged = 0;
  std::int64_t verified = 0;
  std::int64_t lost = 0;
  std::int64_t altered = 0;
  std::int64_t duplicated = 0;
  std::int64_t resurrected = 0;
  bool complete = false;  // every range could be read
  std::string detail;     // the first few of each, by writer and sequence
};

// audit: one line of the agent's audit log, as the contract says where it is.
struct AuditLine {
  Time t;
  std::string class_name;
  std::string sha256_before;
  std::string sha256_after;
  std::string outcome;  // "swapped", "refused", "rolled-back"
  std::string detail;
};

// event: what the engine said: "die", "oom", "health_status", "kill", "start" …
struct EngineEvent {
  Time t;
  std::string container;
  std::string action;
  std::string detail;
};

// pair: two fresh JVMs, up at once on the same cores and asked for the same requests at the same
// times. Side "a" has the agent, unless the pair is of the floor; side "b" never has.
struct Pair {
  std::int64_t id = 0;
  bool floor = false;  // neither has the agent
  Time t0;             // of the measured time
  Time t1;
  std::int64_t swaps = 0;   // delivered to side a in it
  std::int64_t served = 0;  // of them seen in a response
  std::string trouble;      // why the pair says nothing; empty: it is whole
};

// pair_jvm: one JVM of a pair.
struct PairJvm {
  std::int64_t pair = 0;
  std::string side;          // "a", "b"
  Nanos start{};             // the engine's start call → ready
  std::int64_t planned = 0;  // requests
  std::int64_t ok = 0;
  Nanos cpu{};  // of the process without its compiler's threads, in the measured time
  Nanos p50{};  // latency from the planned start
  Nanos p99{};
  std::optional<std::int64_t> heap_live;    // bytes after a forced full collection
  std::optional<std::int64_t> beside_heap;  // resident bytes beyond the committed heap
};

// pair_thread: the CPU that the threads of one name took in the measured time, those included that
// ended in it. Digits in a name are '#', so that a pool is one row.
struct PairThread {
  std::int64_t pair = 0;
  std::string side;
  std::string name;  // as the kernel keeps it: 15 characters
  Nanos cpu{};
};

// pair_window: about 250 ms of a pair's measured time.
struct PairWindow {
  std::int64_t pair = 0;
  Time t;  // its start
  // Each process is looked at by itself: what it used without its compiler, and in how long.
  Nanos cpu_a{}, length_a{};
  Nanos cpu_b{}, length_b{};
};
// cost: what costs most by the flight recordings of the run, for people who want to optimise; at
// most kMostCosts of each kind. Sampled by the JVM: shares are estimates.
struct Cost {
  std::string kind;       // "cpu", "allocation", "pause", "lock"
  std::int64_t rank = 0;  // from 1, the dearest
  std::string what;       // the method that ran; the class allocated, and where; the kind of pause
  std::string stack;      // innermost first, a frame a line, shortened; empty: none was recorded
  std::int64_t samples = 0;           // events of the recording behind it
  std::int64_t agent_samples = 0;     // of which on the agent's own threads
  double share = 0;                   // of all of its kind, 0 to 1
  std::optional<std::int64_t> bytes;  // allocation: about so many
  std::optional<Nanos> took;          // pause, lock: how long, all together
  std::optional<Time> t;              // pause: when it began
};
constexpr std::size_t kMostCosts = 50;

// artifact: a file kept beside the store.
struct Artifact {
  std::string path;  // relative to the run directory
  std::string kind;  // "gc-log", "jfr", "thread-dump", "log", "heap-dump", "crash", "diagnosis" …
  std::string sha256;
  std::int64_t bytes = 0;
};

}  // namespace bhsim::history
