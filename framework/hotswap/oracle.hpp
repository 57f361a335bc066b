#pragma once
// The served-version oracle: from responses alone, what became of each delivered generation of each
// class. Memory is bounded by the number of deliveries and by the reorder window, not by the rate.
//
// The reasoning. A response that generation g served proves that g was in force at some instant of
// [t_sent, t_done]. So:
// - went_back: a response of generation h was done before a response of g < h was sent. Overlapping
//   requests prove nothing. Holds across restarts of the JVM, because the swap directory is first
//   on the class path and keeps the newest file; a rollback is a generation of its own.
// - lost: a valid g that was never served although a response sent at least its limit after the
//   write shows an older one, and nothing newer was served by then. Also one that the next write of
//   the class replaced only after responses had shown the old version for `superseded_within` or
//   more, unless that next one took as long itself (a slow agent may fold two writes into one).
// - superseded: a valid g, not served before a later write of the class was, and not lost.
// - refused: a bad g, not served, and a response sent at least its limit after the write shows
//   another. accepted: a bad g that was served.
// - unseen: there is no such response: no traffic, the run ended, or the JVM was started again
//   after the write and before g was served (it then comes from the directory by class loading,
//   which says nothing about the agent).

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/history/records.hpp"

namespace bhsim::hotswap {

struct OracleOptions {
  std::string role = "load";
  Nanos reorder = std::chrono::seconds(1);  // observations may come this much out of order
  std::size_t most_held = 1 << 16;          // observations held for it, all classes together
  Nanos superseded_within = std::chrono::seconds(1);
  std::size_t most_generations = 4096;  // a class; older ones are folded into one
  std::size_t most_served = 20'000;     // rows of Served, then counted
  std::size_t most_violations = 1'000;  // rows, then counted
};

// One response. `class_index` into the classes given to the oracle.
struct Observation {
  std::uint32_t class_index = 0;
  std::int64_t generation = 0;
  Time t_sent;
  Time t_done;
};

struct Findings {
  std::vector<history::Swap> swaps;  // decided, or decided otherwise than when last told
  std::vector<history::Served> served;
  std::vector<history::Violation> violations;
};

struct OracleCounts {
  std::uint64_t observations = 0;
  std::uint64_t late = 0;      // came later than the reorder window; judged, but not in Served
  std::uint64_t overflow = 0;  // released early because too many were held
  std::uint64_t went_back = 0;
  std::uint64_t unknown_generation = 0;
  std::uint64_t served = 0;      // rows of Served told so far
  std::uint64_t violations = 0;  // likewise
  std::uint64_t served_dropped = 0;
  std::uint64_t violations_dropped = 0;
};

// Not thread-safe. All calls are cheap; take() about once a second.
class Oracle {
 public:
  // Generation 0, the class as compiled, is in force at first.
  Oracle(std::vector<std::string> classes, OracleOptions options = {});
  Oracle(Oracle&&) noexcept;
  Oracle& operator=(Oracle&&) noexcept;
  ~Oracle();

  // Before a delivery starts: its generation may be served from now on. `limit`: a valid one must
  // be served within it, a bad one must not be served for as long.
  void expect(const history::Swap& planned, Nanos limit);
  // After it: the times, digests and detail are taken over.
  void delivered(const history::Swap& swap);
  // It could not be delivered: nothing is judged about it, but it may be served all the same.
  void not_delivered(std::string_view class_name, std::int64_t generation, std::string_view why);
  // A JVM was started (the engine's start call) after another had ended.
  void restarted(Time t_start);
  // The agent itself went back to an earlier generation, which it announced at t: from then on that
  // generation counts as newer than all that were delivered before t.
  void rolled_back(std::string_view class_name, std::int64_t to_generation, Time t);

  void observe(const Observation& observation);

  // What has become certain by `now`.
  Findings take(Time now);
  // The rest, at the end of the evidence; what is not decided is unseen.
  Findings finish(Time end);

  // The newest generation seen, for the drift fact and the live line; nothing before the first
  // response.
  [[nodiscard]] std::optional<std::int64_t> serving(std::string_view class_name) const;
  [[nodiscard]] const OracleCounts& counts() const;
  // Index of a class, for Observation; nothing when it is not one of ours.
  [[nodiscard]] std::optional<std::uint32_t> index_of(std::string_view class_name) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace bhsim::hotswap
