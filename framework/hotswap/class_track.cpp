#include "framework/hotswap/class_track.hpp"

#include <algorithm>
#include <tuple>

#include "framework/base/units.hpp"

namespace bhsim::hotswap {
namespace {

using history::SwapOutcome;

auto order_of(const Entry& entry) { return std::tuple(entry.after, entry.rollback); }

void raise(std::optional<Time>& latest, Time t) {
  if (!latest || *latest < t) latest = t;
}

bool settle(Entry& entry, SwapOutcome outcome, std::string why) {
  entry.decided = true;
  entry.swap.outcome = outcome;
  if (!why.empty()) {
    entry.swap.detail = entry.swap.detail.empty() ? why : entry.swap.detail + "; " + why;
  }
  return true;
}

// The first start of a JVM after `from` and not after `to`.
std::optional<Time> restart_within(const std::vector<Time>& restarts, Time from, Time to) {
  for (const Time t : restarts) {
    if (from < t && t <= to) return t;
  }
  return std::nullopt;
}

}  // namespace

ClassTrack::ClassTrack(std::string name, std::size_t most_generations)
    : name_(std::move(name)), most_generations_(std::max<std::size_t>(most_generations, 2)) {
  Entry compiled;
  compiled.decided = true;
  entries_.push_back(std::move(compiled));
}

Entry& ClassTrack::expect(const history::Swap& planned, Nanos limit) {
  if (Entry* known = find(planned.generation)) {
    known->limit = limit;
    return *known;
  }
  Entry entry;
  entry.number = entry.after = planned.generation;
  entry.limit = limit;
  entry.swap = planned;
  fold();
  const auto place = std::ranges::lower_bound(entries_, order_of(entry), {}, order_of);
  return *entries_.insert(place, std::move(entry));
}

Entry* ClassTrack::find(std::int64_t generation) {
  const auto place =
      std::ranges::lower_bound(entries_, std::tuple(generation, std::int64_t{0}), {}, order_of);
  if (place == entries_.end() || place->after != generation || place->rollback != 0) return nullptr;
  return &*place;
}

void ClassTrack::rolled_back(std::int64_t to_generation, Time t) {
  Entry entry;
  entry.number = to_generation;
  entry.since = t;
  entry.decided = true;
  for (const Entry& other : entries_) {
    if (other.delivered && other.swap.t_write > t) continue;
    if (!other.delivered && other.rollback == 0 && other.number != 0) continue;
    entry.after = std::max(entry.after, other.after);
  }
  for (const Entry& other : entries_) {
    if (other.after == entry.after) entry.rollback = std::max(entry.rollback, other.rollback + 1);
  }
  fold();
  const auto place = std::ranges::lower_bound(entries_, order_of(entry), {}, order_of);
  entries_.insert(place, std::move(entry));
}

// The oldest that are decided, a quarter at a time, so that it costs little.
void ClassTrack::fold() {
  if (entries_.size() < most_generations_) return;
  std::size_t most = std::max<std::size_t>(entries_.size() / 4, 1);
  auto end = entries_.begin();
  while (most > 0 && end != entries_.end() && end->decided) {
    if (end->last_sent) raise(folded_sent_, *end->last_sent);
    folded_below_ = std::max(folded_below_, end->after + 1);
    ++end;
    --most;
  }
  entries_.erase(entries_.begin(), end);
}

// A number stands for the newest going back to it that was announced before the response was done.
Entry* ClassTrack::entry_for(const Observation& observation) {
  Entry* found = nullptr;
  for (auto entry = entries_.rbegin(); entry != entries_.rend() && found == nullptr; ++entry) {
    if (entry->number == observation.generation && entry->since <= observation.t_done)
      found = &*entry;
    if (entry->after < observation.generation) break;
  }
  return found;
}

std::size_t ClassTrack::place_of(const Entry& entry) const {
  return static_cast<std::size_t>(&entry - entries_.data());
}

ClassTrack::Proof ClassTrack::observe(const Observation& observation) {
  raise(newest_sent_, observation.t_sent);
  Proof proof;
  Entry* entry = entry_for(observation);
  const bool folded =
      entry == nullptr && observation.generation >= 0 && observation.generation < folded_below_;
  if (entry == nullptr && !folded) {
    proof.unknown = true;
    return proof;
  }
  const std::size_t place = folded ? 0 : place_of(*entry) + 1;
  for (std::size_t i = place; i < entries_.size(); ++i) {
    const Entry& other = entries_[i];
    if (other.first_done && *other.first_done < observation.t_sent) {
      proof.went_back_from = other.number;
    }
  }
  if (folded) {
    raise(folded_sent_, observation.t_sent);
    return proof;
  }
  raise(entry->last_sent, observation.t_sent);
  if (!entry->first_done || observation.t_done < *entry->first_done) {
    const std::optional<Time> until = entry->first_done;
    entry->first_done = observation.t_done;
    // In order of time nothing can be found here: an older one that was sent for later is still to
    // come.
    for (std::size_t i = 0; i + 1 < place; ++i) {
      const auto& sent = entries_[i].last_sent;
      if (sent && *sent > observation.t_done && (!until || *sent <= *until)) {
        proof.overtook = entries_[i].number;
      }
    }
  }
  return proof;
}

std::optional<Time> ClassTrack::older_until(const Entry& entry) const {
  std::optional<Time> latest = folded_sent_;
  const std::size_t place = place_of(entry);
  for (std::size_t i = 0; i < place; ++i) {
    if (entries_[i].last_sent) raise(latest, *entries_[i].last_sent);
  }
  return latest;
}

const Entry* ClassTrack::newer(const Entry& entry) const {
  const Entry* first = nullptr;
  for (std::size_t i = place_of(entry) + 1; i < entries_.size(); ++i) {
    const Entry& other = entries_[i];
    if (!other.first_done) continue;
    if (first == nullptr || *other.first_done < *first->first_done) first = &other;
  }
  return first;
}

std::vector<Entry*> ClassTrack::decide(const std::vector<Time>& restarts, Time known,
                                       Nanos patience, Nanos superseded_within, bool last) {
  std::vector<Entry*> decided;
  for (Entry& entry : entries_) {
    if (entry.decided) {
      // Served after all, by a response that came late.
      const bool late = entry.delivered && entry.first_done && !entry.swap.t_served &&
                        !restart_within(restarts, entry.swap.t_write, *entry.first_done);
      if (!late) continue;
      entry.swap.detail.clear();
    }
    if (!entry.delivered) continue;
    const bool done = entry.swap.valid
                          ? decide_valid(entry, restarts, known, patience, superseded_within, last)
                          : decide_bad(entry, last);
    if (done) decided.push_back(&entry);
  }
  return decided;
}

bool ClassTrack::decide_valid(Entry& entry, const std::vector<Time>& restarts, Time known,
                              Nanos patience, Nanos superseded_within, bool last) {
  const Time written = entry.swap.t_write;
  const bool from_disk =
      entry.first_done && restart_within(restarts, written, *entry.first_done).has_value();
  if (!entry.first_done || from_disk) {
    return decide_unserved(entry, restarts, known, patience, superseded_within, last);
  }
  entry.swap.t_served = entry.first_done;
  const Nanos took = *entry.first_done - written;
  if (took <= entry.limit) return settle(entry, SwapOutcome::landed, "");
  return settle(entry, SwapOutcome::lost,
                fmt::format("first served {} after it was written, limit {}", format_duration(took),
                            format_duration(entry.limit)));
}

bool ClassTrack::decide_unserved(Entry& entry, const std::vector<Time>& restarts, Time known,
                                 Nanos patience, Nanos superseded_within, bool last) {
  const Time written = entry.swap.t_write;
  const Time due = written + entry.limit;
  const auto older = older_until(entry);
  const Entry* after = newer(entry);
  if (older && *older >= due && (after == nullptr || *after->first_done > due)) {
    return settle(entry, SwapOutcome::lost,
                  fmt::format("an older generation still served a request sent {} after it was "
                              "written, limit {}",
                              format_duration(*older - written), format_duration(entry.limit)));
  }
  const Time evidence = entry.first_done   ? *entry.first_done
                        : after != nullptr ? *after->first_done
                                           : Time::max();
  if (evidence != Time::max() && restart_within(restarts, written, evidence)) {
    return settle(entry, SwapOutcome::unseen,
                  "the JVM was started again before a response by it was seen");
  }
  if (after != nullptr && (last || known >= *after->first_done + patience)) {
    const Nanos stale = older ? std::max(*older - written, Nanos(0)) : Nanos(0);
    // A going back has no write of its own.
    const Nanos took = after->delivered ? *after->first_done - after->swap.t_write : Nanos(0);
    if (stale < superseded_within || (after->delivered && took >= superseded_within)) {
      return settle(entry, SwapOutcome::superseded,
                    fmt::format("generation {} was served instead", after->number));
    }
    return settle(entry, SwapOutcome::lost,
                  fmt::format("never served: an older generation still was {} after it was "
                              "written, and generation {} within {} of its own write",
                              format_duration(stale), after->number, format_duration(took)));
  }
  if (!last) return false;
  return settle(entry, SwapOutcome::unseen, "the evidence ended before it could be told");
}

bool ClassTrack::decide_bad(Entry& entry, bool last) const {
  const Time written = entry.swap.t_write;
  if (entry.first_done) {
    entry.swap.t_served = entry.first_done;
    return settle(entry, SwapOutcome::accepted,
                  fmt::format("a response by it was seen {} after it was written",
                              format_duration(std::max(*entry.first_done - written, Nanos(0)))));
  }
  if (newest_sent_ && *newest_sent_ >= written + entry.limit) {
    return settle(entry, SwapOutcome::refused, "");
  }
  if (!last) return false;
  return settle(entry, SwapOutcome::unseen, "the evidence ended before it could be told");
}

}  // namespace bhsim::hotswap
