#pragma once
// What the oracle knows about one class: its generations in order, each with the two instants that
// all proofs rest on. The reasoning stands in oracle.hpp.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/history/records.hpp"
#include "framework/hotswap/oracle.hpp"

namespace bhsim::hotswap {

// One generation, or one going back to it that the agent announced.
struct Entry {
  std::int64_t number = 0;    // what responses say
  std::int64_t after = 0;     // place in the order: the delivery it belongs to or follows …
  std::int64_t rollback = 0;  // … and which going back after it; 0: the delivery itself
  Time since = Time::min();   // of a going back: when it was announced
  bool delivered = false;
  bool given_up = false;  // could not be delivered
  Nanos limit{};
  history::Swap swap;
  std::optional<Time> first_done;  // earliest end of a response by it
  std::optional<Time> last_sent;   // latest start of a response by it
  bool decided = false;
};

class ClassTrack {
 public:
  ClassTrack(std::string name, std::size_t most_generations);

  Entry& expect(const history::Swap& planned, Nanos limit);
  // Null when that generation was not expected.
  Entry* find(std::int64_t generation);
  void rolled_back(std::int64_t to_generation, Time t);

  // What a response proved.
  struct Proof {
    bool unknown = false;
    std::optional<std::int64_t>
        went_back_from;                    // generation that had been served before it was sent
    std::optional<std::int64_t> overtook;  // older generation that was sent for afterwards
  };
  // Responses may come in any order; each violation is found once, when its second half comes.
  Proof observe(const Observation& observation);

  // Decides what can be decided of each delivered swap, given that all responses done by `known`
  // have been observed; at the end (`last`) everything. Returns the entries decided now.
  std::vector<Entry*> decide(const std::vector<Time>& restarts, Time known, Nanos patience,
                             Nanos superseded_within, bool last);

  [[nodiscard]] const std::string& name() const { return name_; }

 private:
  Entry* entry_for(const Observation& observation);
  std::size_t place_of(const Entry& entry) const;
  bool decide_valid(Entry& entry, const std::vector<Time>& restarts, Time known, Nanos patience,
                    Nanos superseded_within, bool last);
  bool decide_bad(Entry& entry, bool last) const;
  bool decide_unserved(Entry& entry, const std::vector<Time>& restarts, Time known, Nanos patience,
                       Nanos superseded_within, bool last);
  // The latest start of a response by anything older: `entry` was not in force then.
  [[nodiscard]] std::optional<Time> older_until(const Entry& entry) const;
  // The generation after `entry` that was served first, or null.
  [[nodiscard]] const Entry* newer(const Entry& entry) const;
  void fold();

  const std::string name_;
  const std::size_t most_generations_;
  std::vector<Entry> entries_;       // in order
  std::optional<Time> folded_sent_;  // as last_sent, of all that were folded
  std::int64_t folded_below_ = 0;    // generations below are folded
  std::optional<Time> newest_sent_;  // of any response
};

}  // namespace bhsim::hotswap
