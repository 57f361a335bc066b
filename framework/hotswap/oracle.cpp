#include "framework/hotswap/oracle.hpp"

#include <algorithm>
#include <map>
#include <queue>
#include <set>

#include "framework/base/units.hpp"
#include "framework/hotswap/class_track.hpp"

namespace bhsim::hotswap {
namespace {

using history::SwapOutcome;

constexpr Nanos kUnstatedLimit = std::chrono::seconds(15);
constexpr std::size_t kMostUnknown = 1000;  // different unknown generations, told once each

struct LaterDone {
  bool operator()(const Observation& a, const Observation& b) const { return a.t_done > b.t_done; }
};

}  // namespace

struct Oracle::State {
  State(const std::vector<std::string>& names, OracleOptions oracle_options)
      : options(std::move(oracle_options)), runs(names.size()), newest(names.size()) {
    for (const std::string& name : names) classes.emplace_back(name, options.most_generations);
  }

  const OracleOptions options;
  std::vector<ClassTrack> classes;
  std::vector<std::optional<history::Served>> runs;  // the one under way, by class
  std::vector<std::optional<Observation>> newest;    // by t_done, by class
  std::priority_queue<Observation, std::vector<Observation>, LaterDone> held;
  Time newest_done = Time::min();
  Time released = Time::min();  // everything done by then has been judged
  std::vector<Time> restarts;
  std::set<std::pair<std::uint32_t, std::int64_t>> unknown;
  // Members of a group that are still to be decided, and what became of the others.
  struct Group {
    std::size_t open = 0;
    std::vector<std::pair<std::string, SwapOutcome>> ended;
    Time last_due = Time::min();
  };
  std::map<std::int64_t, Group> groups;
  Findings findings;
  OracleCounts counts;

  ClassTrack* find(std::string_view name) {
    const auto found = std::ranges::find(classes, name, &ClassTrack::name);
    return found == classes.end() ? nullptr : &*found;
  }
  void violation(Time t, std::string kind, const std::string& class_name, std::string detail);
  void release(Time until);
  void judge(const Observation& observation);
  void trace(const Observation& observation);
  void end_run(std::optional<history::Served>& run);
  void decide(bool last);
  void tell(const Entry& entry);
  void end_member(const history::Swap& swap, Time due);
};

void Oracle::State::violation(Time t, std::string kind, const std::string& class_name,
                              std::string detail) {
  if (findings.violations.size() + counts.violations >= options.most_violations) {
    ++counts.violations_dropped;
    return;
  }
  findings.violations.push_back({t, std::move(kind), class_name, std::move(detail)});
}

void Oracle::State::release(Time until) {
  while (!held.empty() && (held.top().t_done <= until || held.size() > options.most_held)) {
    const Observation observation = held.top();
    if (observation.t_done > until) ++counts.overflow;
    held.pop();
    released = std::max(released, observation.t_done);
    judge(observation);
    trace(observation);
  }
  released = std::max(released, until);
}

void Oracle::State::judge(const Observation& observation) {
  ClassTrack& track = classes[observation.class_index];
  const auto proof = track.observe(observation);
  if (proof.unknown) {
    ++counts.unknown_generation;
    if (unknown.size() < kMostUnknown &&
        unknown.emplace(observation.class_index, observation.generation).second) {
      violation(observation.t_done, "unknown_generation", track.name(),
                fmt::format("a response says generation {}, which was never delivered",
                            observation.generation));
    }
    return;
  }
  if (proof.went_back_from) {
    ++counts.went_back;
    violation(observation.t_done, "went_back", track.name(),
              fmt::format("generation {} served a request that was sent after generation {} had "
                          "been seen",
                          observation.generation, *proof.went_back_from));
  }
  if (proof.overtook) {
    ++counts.went_back;
    violation(observation.t_done, "went_back", track.name(),
              fmt::format("generation {} was seen before a request was sent that generation {} "
                          "served",
                          observation.generation, *proof.overtook));
  }
}

void Oracle::State::trace(const Observation& observation) {
  auto& run = runs[observation.class_index];
  if (run && run->generation != observation.generation) end_run(run);
  if (!run) {
    run = history::Served{.class_name = classes[observation.class_index].name(),
                          .generation = observation.generation,
                          .first_sent = observation.t_sent,
                          .first_done = observation.t_done};
  }
  run->last_done = observation.t_done;
  ++run->responses;
}

void Oracle::State::end_run(std::optional<history::Served>& run) {
  if (findings.served.size() + counts.served < options.most_served) {
    findings.served.push_back(std::move(*run));
  } else {
    ++counts.served_dropped;
  }
  run.reset();
}

void Oracle::State::decide(bool last) {
  for (ClassTrack& track : classes) {
    const auto decided =
        track.decide(restarts, released, options.reorder, options.superseded_within, last);
    for (const Entry* entry : decided) tell(*entry);
  }
}

void Oracle::State::tell(const Entry& entry) {
  const history::Swap& swap = entry.swap;
  const Time due = swap.t_write + entry.limit;
  if (entry.first_done && *entry.first_done < swap.t_write) {
    violation(*entry.first_done, "unknown_generation", swap.class_name,
              fmt::format("generation {} was served {} before it was written", swap.generation,
                          format_duration(swap.t_write - *entry.first_done)));
  }
  if (swap.valid && swap.outcome == SwapOutcome::lost && !entry.first_done) {
    violation(due, "stale", swap.class_name,
              fmt::format("generation {}: {}", swap.generation, swap.detail));
  }
  findings.swaps.push_back(swap);
  if (swap.group_id != 0) end_member(swap, due);
}

// Torn: some of the classes came into force and others never did within their limit.
void Oracle::State::end_member(const history::Swap& swap, Time due) {
  const auto found = groups.find(swap.group_id);
  if (found == groups.end()) return;
  Group& group = found->second;
  group.ended.emplace_back(swap.class_name, swap.outcome);
  group.last_due = std::max(group.last_due, due);
  if (group.ended.size() < group.open) return;
  const auto is = [](SwapOutcome outcome) {
    return [outcome](const auto& member) { return member.second == outcome; };
  };
  const auto landed = std::ranges::find_if(group.ended, is(SwapOutcome::landed));
  const auto lost = std::ranges::find_if(group.ended, is(SwapOutcome::lost));
  if (landed != group.ended.end() && lost != group.ended.end()) {
    violation(group.last_due, "torn_group", lost->first,
              fmt::format("of group {} the new {} is in force and the new {} is not", swap.group_id,
                          landed->first, lost->first));
  }
  groups.erase(found);
}

Oracle::Oracle(std::vector<std::string> classes, OracleOptions options)
    : state_(std::make_unique<State>(classes, std::move(options))) {}
Oracle::Oracle(Oracle&&) noexcept = default;
Oracle& Oracle::operator=(Oracle&&) noexcept = default;
Oracle::~Oracle() = default;

void Oracle::expect(const history::Swap& planned, Nanos limit) {
  ClassTrack* track = state_->find(planned.class_name);
  if (track == nullptr) return;
  const bool again = track->find(planned.generation) != nullptr;
  track->expect(planned, limit);
  if (planned.group_id != 0 && !again) ++state_->groups[planned.group_id].open;
}

void Oracle::delivered(const history::Swap& swap) {
  ClassTrack* track = state_->find(swap.class_name);
  if (track == nullptr) return;
  Entry* entry = track->find(swap.generation);
  if (entry == nullptr) entry = &track->expect(swap, kUnstatedLimit);
  entry->swap = swap;
  entry->delivered = true;
}

void Oracle::not_delivered(std::string_view class_name, std::int64_t generation,
                           std::string_view why) {
  ClassTrack* track = state_->find(class_name);
  Entry* entry = track == nullptr ? nullptr : track->find(generation);
  if (entry == nullptr) return;
  entry->decided = true;
  entry->swap.detail = why;
  const auto group = state_->groups.find(entry->swap.group_id);
  if (group != state_->groups.end()) state_->groups.erase(group);  // it never was whole
}

void Oracle::restarted(Time t_start) { state_->restarts.push_back(t_start); }

void Oracle::rolled_back(std::string_view class_name, std::int64_t to_generation, Time t) {
  if (ClassTrack* track = state_->find(class_name)) track->rolled_back(to_generation, t);
}

void Oracle::observe(const Observation& observation) {
  State& state = *state_;
  if (observation.class_index >= state.classes.size()) return;
  ++state.counts.observations;
  auto& newest = state.newest[observation.class_index];
  if (!newest || newest->t_done <= observation.t_done) newest = observation;
  state.newest_done = std::max(state.newest_done, observation.t_done);
  if (observation.t_done <= state.released) {
    ++state.counts.late;
    state.judge(observation);
    return;
  }
  state.held.push(observation);
  state.release(state.newest_done - state.options.reorder);
}

Findings Oracle::take(Time now) {
  State& state = *state_;
  state.release(now - state.options.reorder);
  state.decide(false);
  state.counts.served += state.findings.served.size();
  state.counts.violations += state.findings.violations.size();
  return std::exchange(state.findings, {});
}

Findings Oracle::finish(Time end) {
  State& state = *state_;
  state.release(std::max(end, state.newest_done));
  for (auto& run : state.runs) {
    if (run) state.end_run(run);
  }
  state.decide(true);
  return std::exchange(state.findings, {});
}

std::optional<std::int64_t> Oracle::serving(std::string_view class_name) const {
  const auto index = index_of(class_name);
  if (!index || !state_->newest[*index]) return std::nullopt;
  return state_->newest[*index]->generation;
}

const OracleCounts& Oracle::counts() const { return state_->counts; }

std::optional<std::uint32_t> Oracle::index_of(std::string_view class_name) const {
  const auto found = std::ranges::find(state_->classes, class_name, &ClassTrack::name);
  if (found == state_->classes.end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - state_->classes.begin());
}

}  // namespace bhsim::hotswap
