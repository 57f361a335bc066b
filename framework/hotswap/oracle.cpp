#include "framework/hotswap/oracle.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <queue>
#include <utility>

namespace bhsim::hotswap {
namespace {

using history::SwapOutcome;

// One delivered generation of one class.
struct Delivery {
  history::Swap swap;
  Nanos limit{};
  bool written = false;    // delivered() has told its times
  bool judged = true;      // false: it could not be delivered
  bool decided = false;
  bool cut_off = false;    // the JVM was started again before it was served
  std::size_t order = 0;   // of its delivery: what "newer" means
};

struct Later {
  bool operator()(const Observation& a, const Observation& b) const { return a.t_done > b.t_done; }
};

// What is known of one class.
struct Track {
  std::string name;
  std::map<std::int64_t, Delivery> deliveries;  // by generation
  std::map<std::int64_t, std::size_t> order;    // generation → order; generation 0 has order 0
  std::size_t next_order = 1;
  std::size_t newest_served = 0;  // the highest order that a finished response has shown
  Time newest_done;               // when the first response of that order was done
  // For each order the earliest t_done of a response of it or of a newer one: what a later request must not fall behind.
  std::deque<std::pair<std::size_t, Time>> proven;
  std::optional<history::Served> run;
  std::optional<std::int64_t> serving;
};

}  // namespace

struct Oracle::State {
  OracleOptions options;
  std::vector<Track> tracks;
  std::priority_queue<Observation, std::vector<Observation>, Later> held;
  Time newest_seen;
  OracleCounts counts;
  Findings ready;

  Track* find(std::string_view class_name) {
    const auto found = std::find_if(tracks.begin(), tracks.end(), [&](const Track& t) { return t.name == class_name; });
    return found == tracks.end() ? nullptr : &*found;
  }

  void violation(Time t, std::string kind, const Track& track, std::string detail) {
    if (ready.violations.size() >= options.most_violations) {
      ++counts.violations_dropped;
      return;
    }
    ready.violations.push_back({.t = t, .kind = std::move(kind), .class_name = track.name, .detail = std::move(detail)});
  }

  void decide(Delivery& delivery, SwapOutcome outcome, std::string detail = {}) {
    delivery.decided = true;
    delivery.swap.outcome = outcome;
    if (!detail.empty()) delivery.swap.detail = std::move(detail);
    if (delivery.judged) ready.swaps.push_back(delivery.swap);
  }

  void judge(const Observation& seen);
  void extend_run(Track& track, const Observation& seen);
  void end_run(Track& track);
  void served(Track& track, Delivery& delivery, const Observation& seen);
  void not_served(Track& track, std::size_t shown, const Observation& seen);
  void release(Time until);
};

void Oracle::State::end_run(Track& track) {
  if (!track.run) return;
  if (ready.served.size() < options.most_served) ready.served.push_back(*track.run);
  else ++counts.served_dropped;
  track.run.reset();
}

void Oracle::State::extend_run(Track& track, const Observation& seen) {
  if (track.run && track.run->generation != seen.generation) end_run(track);
  if (!track.run)
    track.run = history::Served{.class_name = track.name, .generation = seen.generation, .first_sent = seen.t_sent,
                                .first_done = seen.t_done, .last_done = seen.t_done, .responses = 0};
  track.run->last_done = std::max(track.run->last_done, seen.t_done);
  ++track.run->responses;
}

void Oracle::State::served(Track& track, Delivery& delivery, const Observation& seen) {
  if (!delivery.swap.t_served || seen.t_done < *delivery.swap.t_served) delivery.swap.t_served = seen.t_done;
  if (delivery.decided && (delivery.swap.outcome == SwapOutcome::landed || delivery.swap.outcome == SwapOutcome::accepted)) return;
  if (!delivery.written) return;  // its times are not told yet; taken up by delivered()
  if (!delivery.swap.valid) {
    decide(delivery, SwapOutcome::accepted, "an invalid change was served");
    violation(seen.t_done, "accepted_invalid", track, fmt::format("generation {} ({})", seen.generation, delivery.swap.variant));
  } else if (*delivery.swap.t_served - delivery.swap.t_write <= delivery.limit) {
    decide(delivery, SwapOutcome::landed);
  } else if (!delivery.decided) {
    decide(delivery, SwapOutcome::lost, "it was served only after the agent's time limit");
  }
}

// A response showed the order `shown`: what has been delivered longer ago than its limit, and is newer, was not taken.
void Oracle::State::not_served(Track& track, std::size_t shown, const Observation& seen) {
  for (auto& [generation, delivery] : track.deliveries) {
    if (delivery.decided || !delivery.written || !delivery.judged || delivery.swap.t_served) continue;
    if (delivery.order < shown && delivery.swap.valid && !delivery.cut_off) {
      decide(delivery, SwapOutcome::superseded, "a later write of the class was served first");
      continue;
    }
    if (delivery.order <= shown || seen.t_sent < delivery.swap.t_write + delivery.limit) continue;
    if (delivery.cut_off) decide(delivery, SwapOutcome::unseen, "the JVM was started again before it could be seen");
    else if (delivery.swap.valid) decide(delivery, SwapOutcome::lost, "responses after the agent's time limit show an older generation");
    else decide(delivery, SwapOutcome::refused);
  }
}

void Oracle::State::judge(const Observation& seen) {
  auto& track = tracks[seen.class_index];
  ++counts.observations;
  extend_run(track, seen);
  track.serving = seen.generation;
  const auto known = track.order.find(seen.generation);
  if (known == track.order.end()) {
    ++counts.unknown_generation;
    violation(seen.t_done, "unknown_generation", track, fmt::format("generation {} was never delivered", seen.generation));
    return;
  }
  const std::size_t shown = known->second;
  // A newer order was proven by a response that was done before this one was sent.
  const auto newer = std::find_if(track.proven.begin(), track.proven.end(),
                                  [&](const auto& proof) { return proof.first > shown && proof.second < seen.t_sent; });
  if (newer != track.proven.end()) {
    ++counts.went_back;
    violation(seen.t_done, "went_back", track, fmt::format("generation {} after a newer one had been served", seen.generation));
  }
  if (shown > track.newest_served || track.proven.empty()) {
    track.newest_served = std::max(track.newest_served, shown);
    track.proven.emplace_back(shown, seen.t_done);
    constexpr std::size_t kMostProofs = 64;  // older ones are implied by newer ones for all but overlapping requests
    if (track.proven.size() > kMostProofs) track.proven.pop_front();
  }
  if (const auto delivery = track.deliveries.find(seen.generation); delivery != track.deliveries.end())
    served(track, delivery->second, seen);
  not_served(track, shown, seen);
  while (track.deliveries.size() > options.most_generations && track.deliveries.begin()->second.decided)
    track.deliveries.erase(track.deliveries.begin());
}

void Oracle::State::release(Time until) {
  while (!held.empty() && (held.top().t_done <= until || held.size() > options.most_held)) {
    if (held.top().t_done > until) ++counts.overflow;
    const Observation seen = held.top();
    held.pop();
    judge(seen);
  }
}

Oracle::Oracle(std::vector<std::string> classes, OracleOptions options) : state_(std::make_unique<State>()) {
  state_->options = std::move(options);
  for (auto& name : classes) {
    Track track;
    track.name = std::move(name);
    track.order[0] = 0;
    state_->tracks.push_back(std::move(track));
  }
}
Oracle::Oracle(Oracle&&) noexcept = default;
Oracle& Oracle::operator=(Oracle&&) noexcept = default;
Oracle::~Oracle() = default;

void Oracle::expect(const history::Swap& planned, Nanos limit) {
  auto* track = state_->find(planned.class_name);
  if (track == nullptr) return;
  Delivery delivery;
  delivery.swap = planned;
  delivery.swap.role = state_->options.role;
  delivery.limit = limit;
  delivery.order = track->next_order++;
  track->order[planned.generation] = delivery.order;
  track->deliveries[planned.generation] = std::move(delivery);
}

void Oracle::delivered(const history::Swap& swap) {
  auto* track = state_->find(swap.class_name);
  if (track == nullptr) return;
  const auto found = track->deliveries.find(swap.generation);
  if (found == track->deliveries.end()) return;
  auto& delivery = found->second;
  const auto served = delivery.swap.t_served;
  delivery.swap = swap;
  delivery.swap.role = state_->options.role;
  delivery.swap.t_served = served;
  delivery.written = true;
  if (!served) return;
  // It was served before its times were told.
  const Observation seen{0, swap.generation, *served, *served};
  state_->served(*track, delivery, seen);
}

void Oracle::not_delivered(std::string_view class_name, std::int64_t generation, std::string_view) {
  auto* track = state_->find(class_name);
  if (track == nullptr) return;
  if (const auto found = track->deliveries.find(generation); found != track->deliveries.end()) {
    found->second.judged = false;
    found->second.decided = true;
  }
}

void Oracle::restarted(Time t_start) {
  for (auto& track : state_->tracks)
    for (auto& [generation, delivery] : track.deliveries)
      if (!delivery.decided && delivery.written && delivery.swap.t_write < t_start && !delivery.swap.t_served) delivery.cut_off = true;
}

void Oracle::rolled_back(std::string_view class_name, std::int64_t to_generation, Time) {
  if (auto* track = state_->find(class_name); track != nullptr) track->order[to_generation] = track->next_order++;
}

void Oracle::observe(const Observation& observation) {
  if (observation.class_index >= state_->tracks.size()) return;
  state_->newest_seen = std::max(state_->newest_seen, observation.t_done);
  if (observation.t_done + state_->options.reorder < state_->newest_seen) ++state_->counts.late;
  state_->held.push(observation);
  if (state_->held.size() > state_->options.most_held) state_->release(state_->newest_seen - state_->options.reorder);
}

Findings Oracle::take(Time now) {
  state_->release(now - state_->options.reorder);
  return std::exchange(state_->ready, {});
}

Findings Oracle::finish(Time end) {
  state_->release(std::max(end, state_->newest_seen));
  for (auto& track : state_->tracks) {
    state_->end_run(track);
    for (auto& [generation, delivery] : track.deliveries) {
      if (delivery.decided || !delivery.judged) continue;
      state_->decide(delivery, SwapOutcome::unseen, "the evidence ended first");
    }
  }
  return std::exchange(state_->ready, {});
}

std::optional<std::int64_t> Oracle::serving(std::string_view class_name) const {
  const auto* track = state_->find(class_name);
  return track == nullptr ? std::nullopt : track->serving;
}

const OracleCounts& Oracle::counts() const { return state_->counts; }

std::optional<std::uint32_t> Oracle::index_of(std::string_view class_name) const {
  const auto* track = state_->find(class_name);
  if (track == nullptr) return std::nullopt;
  return static_cast<std::uint32_t>(track - state_->tracks.data());
}

}  // namespace bhsim::hotswap
