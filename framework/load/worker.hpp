#pragma once
// One load thread: plan, connections, clock. It shares nothing while working; what it counts leaves
// through a Handoff.
//
// A turn of the loop: collect what has come, end what is over its time, send what is due, wait.
// While a connection is free and everything due is sent, the wait is for the next due request
// alone: responses are stamped by the kernel and collected on that wake-up. Only when requests
// queue for a connection (or pacing is exact) do responses wake it.

#include <sys/epoll.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/load/accounts.hpp"
#include "framework/load/captures.hpp"
#include "framework/load/connection.hpp"
#include "framework/load/expectation.hpp"
#include "framework/load/ledger.hpp"
#include "framework/load/pacer.hpp"
#include "framework/load/request.hpp"
#include "framework/load/resolver.hpp"
#include "framework/load/spec.hpp"
#include "framework/load/tls.hpp"

namespace bhsim::load {

struct CompiledOperation {
  CompiledRequest request;
  CompiledExpectation expectation;
  CompiledCaptures captures;
  LedgerRole ledger = LedgerRole::none;
  Nanos timeout{};
  std::uint32_t timeout_class = 0;
};

// What all load threads read; made before they start, constant afterwards but for what the resolver
// finds.
struct CompiledSpec {
  LoadSpec spec;
  std::unique_ptr<Resolver> resolver;
  std::optional<TlsContext> tls;  // absent: plain HTTP
  std::vector<CompiledOperation> operations;
  std::vector<double> weight_through;  // cumulative, the last is the sum
  std::vector<Nanos>
      timeouts;  // the distinct ones; a timeout class is an index; [0] is the spec's own
  std::optional<std::uint32_t> write_operation;  // the first with LedgerRole::write
  std::vector<std::uint32_t>
      capturing;  // by slot of a captured value, the operation that comes by it
  WantedHeaders wanted;
};

// Lets load threads connect first and start the plan at one instant.
class StartGate {
 public:
  void arrive();  // a load thread has its connections
  bool wait_arrived(int threads, Nanos at_most);
  void open(Time t0);
  void abandon();
  std::optional<Time> wait_open();  // nothing when abandoned

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int arrived_ = 0;
  std::optional<Time> t0_;
  bool abandoned_ = false;
};

// First in, first out; grows by doubling up to `most` and then keeps its memory.
class PlannedQueue {
 public:
  explicit PlannedQueue(std::size_t most) : most_(most), slots_(64) {}
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] const Planned& front() const { return slots_[head_]; }
  // False when full.
  bool push(const Planned& planned);
  void pop() {
    head_ = (head_ + 1) % slots_.size();
    --size_;
  }

 private:
  std::size_t most_;
  std::vector<Planned> slots_;
  std::size_t head_ = 0;
  std::size_t size_ = 0;
};

class Worker {
 public:
  // `ledger` is its own. `index` of `spec.threads`.
  Worker(const CompiledSpec& compiled, int index, const Clock& clock, Ledger& ledger,
         Handoff& handoff);

  // The thread's body.
  void run(StartGate& gate, const std::stop_token& stop);
  // After run() has returned.
  [[nodiscard]] const WorkerTotals& totals() const { return totals_; }
  static int connections_of(const LoadSpec& spec, int index);
  static int first_connection_of(const LoadSpec& spec, int index);

 private:
  static constexpr std::size_t kReceiveBuffer = 64U << 10U;
  static constexpr std::size_t kPlainBuffer = kReceiveBuffer + TlsStream::kMostHeld;
  static constexpr std::size_t kEvents = 256;
  static constexpr std::size_t kMostConnecting = 128;
  static constexpr std::uint64_t kMostUnsentTold = 20;  // a second
  static constexpr std::size_t kMostQueued = 1U << 20U;
  // A wait is never longer: stop requests, handing over and the end of a second are looked at
  // between waits.
  static constexpr Nanos kLongestWait = std::chrono::milliseconds(100);
  static constexpr Nanos kMostRefusedPause = std::chrono::milliseconds(20);
  static constexpr Nanos kMostEagerPause = std::chrono::milliseconds(100);

  enum class Take { taken, failed, none };

  // worker.cpp: the loop and the plan.
  void take_precedence() const;
  void set_up();
  void connect_all();
  void loop(const std::stop_token& stop);
  bool turn(const std::stop_token& stop);
  [[nodiscard]] bool is_closed_loop() const;
  [[nodiscard]] bool over() const;
  void end_plan(Time now, bool early);
  void draw_next();
  std::uint32_t choose_operation(std::uint64_t number);
  void send_due(Time now);
  void serve_queue(Time now);
  void feed_closed_loop(Time now);
  void expire(Time now);
  void wait_and_collect();
  [[nodiscard]] Time next_wake(Time now) const;
  [[nodiscard]] bool needs_events() const;

  // worker_io.cpp: sockets.
  Take take(const Planned& planned, Time now);
  void begin_request(Connection& c, const Planned& planned, Time now);
  void start_connect(Connection& c, Time now);
  void connect_socket(Connection& c, Time now);
  void on_connected(Connection& c, Time now);
  void on_connect_failed(Connection& c, int error, Time now);
  void refuse(Connection& c, std::string why, Time now);
  void reconnect(Time now);
  void follow_route(Time now);
  void send_request(Connection& c);
  void send_bytes(Connection& c, std::string_view bytes);
  void send_rest(Connection& c);
  void collect(Nanos at_most);
  int wait_for_events(Nanos at_most);
  void on_event(Connection& c, std::uint32_t events);
  void receive(Connection& c);
  ssize_t receive_some(Connection& c, Time& arrived);
  Time arrival_time(std::int64_t wall_ns, Time not_before);
  void sample_wall_offset();
  void close(Connection& c, Time now);
  void lose(Connection& c, Outcome outcome, std::string_view why, Time now);
  void fail_connect_locally(Connection& c, std::string_view what, Time now);
  void pause_eager(Time now);
  void on_bytes(Connection& c, std::string_view data, Time arrived);
  void on_end(Connection& c, Time arrived);
  void watch(Connection& c, int operation, std::uint32_t events);
  void release(Connection& c, Time since);

  // worker_captures.cpp: what earlier responses brought, and what is sent while they have not.
  void substitute(Connection& c);
  std::optional<std::uint32_t> needed_first(std::uint32_t operation, const Connection& c);
  bool anything_acknowledged();
  bool capture(Connection& c, Outcome outcome);

  // worker_tls.cpp: what a connection over TLS does besides.
  void on_socket_open(Connection& c, Time now);
  void send_encrypted(Connection& c, std::string_view plain);
  void send_output(Connection& c);
  void on_encrypted(Connection& c, std::string_view data, Time arrived);
  void on_handshake_moved(Connection& c, std::size_t unasked, Time now);
  void on_handshake_failed(Connection& c, std::string_view why, Time now);
  void hang_up(Connection& c);

  // worker_accounts.cpp: who gets what outcome, and the seconds.
  void complete(Connection& c, Time arrived);
  void finish(Connection& c, Outcome outcome, Time done, std::string_view detail);
  void settle_write(Connection& c, WriteFate fate);
  void observe(const Connection& c, Time arrived);
  [[nodiscard]] bool tells_failures(bool sent) const;
  void count_planned(const Planned& planned);
  void end_unsent(const Planned& planned, Outcome outcome, Time now, std::string_view detail);
  void record(const Planned& planned, Outcome outcome, std::optional<Time> sent, Time done);
  void tell_failure(const Planned& planned, Outcome outcome, std::optional<Time> sent, Time done,
                    int status, std::string_view detail);
  OperationTotals& totals_of(const Planned& planned);
  PlanSecond& plan_second(Time planned);
  void close_plan_seconds(Time now);
  void begin_clock_second(std::int64_t index);
  void close_clock_second(Time now);
  void hand_over(Time now);

  const CompiledSpec& compiled_;
  const LoadSpec& spec_;
  const int index_;
  const Clock& clock_;
  Ledger& ledger_;
  Handoff& handoff_;
  const bool stamped_;  // arrivals are timed by the kernel

  Time t0_{};
  Time plan_end_{};
  bool plan_ended_ = false;
  std::optional<Pacer> pacer_;
  std::optional<Planned> next_;
  std::uint64_t drawn_ = 0;
  PlannedQueue queue_;             // due, and waiting for a connection
  bool has_acknowledged_ = false;  // the ledger holds what reads may ask for

  UniqueFd epoll_;
  std::vector<std::unique_ptr<Connection>> connections_;
  ConnectionList<&Connection::in_state> idle_, closed_, connecting_;
  std::vector<ConnectionList<&Connection::in_deadline>> deadlines_;  // by timeout class
  Route route_;
  std::uint64_t followed_ = 0;  // Route::ordered() that the connections have been told of
  std::size_t connecting_count_ = 0;
  std::size_t writing_count_ = 0;
  std::size_t in_flight_ = 0;
  std::uint64_t open_count_ = 0;
  Time refused_until_{};  // the target refused: no attempt before
  Nanos refused_pause_{};
  std::string refused_why_;
  Time eager_after_{};  // no attempt without a request before
  Nanos eager_pause_{};
  bool large_responses_ = false;  // do not fit the socket's buffer: they must be read as they come

  std::array<epoll_event, kEvents> events_{};
  std::unique_ptr<std::array<char, kReceiveBuffer>> buffer_;
  std::unique_ptr<std::array<char, kPlainBuffer>> plain_;  // over TLS: what buffer_ decrypts to
  std::string out_, scratch_;
  Nanos wall_offset_{};  // wall minus monotonic
  Time last_wake_{};
  Time next_hand_over_{};

  std::deque<std::unique_ptr<PlanSecond>> plan_seconds_;  // consecutive; the oldest has not ended
  std::int64_t plan_seconds_next_ = 0;                    // index after the last of them
  std::unique_ptr<ClockSecond> second_;
  Time second_end_{};
  Time second_began_{};
  Nanos cpu_before_{};
  std::uint64_t ended_ = 0, errors_ = 0;
  std::vector<Failure> failures_;
  Observations observations_;
  std::size_t failures_told_ = 0;
  WorkerTotals totals_;
};

}  // namespace bhsim::load
