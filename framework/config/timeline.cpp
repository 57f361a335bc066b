#include "framework/config/timeline.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "framework/config/fault_times.hpp"
#include "framework/config/vocabulary.hpp"

namespace bhsim::config {
namespace {

using std::chrono::seconds;

constexpr double kShortTrain = 3;  // fewer steps than that are no train at the end of a phase

double in_ns(Nanos d) { return static_cast<double>(d.count()); }

// One phase while its length is sought.
struct Share {
  double weight = 0, least = 0, most = 0, length = 0;
  bool fixed = false;
};

// Shares out `total` by weight within bounds: whoever would break a bound is fixed to it, the rest
// is shared out anew. Each round fixes at least one, so it ends. The side with the larger sum of
// violations goes first, or both could be broken.
void share_out(std::vector<Share>& shares, double total) {
  for (std::size_t round = 0; round < shares.size(); ++round) {
    double rest = total, weights = 0, over = 0;
    for (const auto& share : shares) {
      if (share.fixed)
        rest -= share.length;
      else
        weights += share.weight;
    }
    for (auto& share : shares) {
      if (share.fixed) continue;
      share.length = weights > 0 ? rest * share.weight / weights : 0;
      over += std::clamp(share.length, share.least, share.most) - share.length;
    }
    bool changed = false;
    for (auto& share : shares) {
      if (share.fixed) continue;
      const double bounded = std::clamp(share.length, share.least, share.most);
      const bool breaks = bounded != share.length;
      const bool fix = over == 0  ? breaks
                       : over > 0 ? bounded > share.length
                                  : bounded < share.length;
      if (!fix) continue;
      share.length = bounded;
      share.fixed = changed = true;
    }
    if (!changed) return;
  }
}

}  // namespace

std::size_t Dice::below(std::size_t n) {
  state_ += 0x9e3779b97f4a7c15U;
  std::uint64_t z = state_;
  z = (z ^ (z >> 30U)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27U)) * 0x94d049bb133111ebU;
  z ^= z >> 31U;
  return static_cast<std::size_t>(z % n);
}

Nanos shortest_duration(const std::vector<SimulationPhase>& phases) {
  Nanos sum{};
  for (const auto& phase : phases) sum += phase.min;
  return std::max(sum, Nanos(seconds(1)));
}

Result<std::vector<PlannedPhase>> plan_phases(const std::vector<SimulationPhase>& phases,
                                              Nanos duration) {
  const Nanos shortest = shortest_duration(phases);
  if (duration < shortest)
    return fail(ErrorCode::config,
                "--duration={}: too short for its phases; the shortest that works is {}",
                spoken(duration), spoken(shortest));
  Nanos longest{};
  for (const auto& phase : phases) longest += phase.max.value_or(kDurationMax);
  longest = std::min(longest, kDurationMax);
  if (duration > longest)
    return fail(ErrorCode::config,
                "--duration={}: too long for its phases; the longest that works is {}",
                spoken(duration), spoken(longest));
  std::vector<Share> shares;
  shares.reserve(phases.size());
  for (const auto& phase : phases)
    shares.push_back(
        {phase.share, in_ns(phase.min), in_ns(phase.max.value_or(kDurationMax)), 0, false});
  share_out(shares, in_ns(duration));

  std::vector<PlannedPhase> out;
  Nanos sum{};
  for (std::size_t i = 0; i < phases.size(); ++i) {
    PlannedPhase planned;
    planned.name = phases[i].name;
    const Nanos exact(std::llround(shares[i].length));
    planned.length = std::max(std::chrono::floor<seconds>(exact + Nanos(1000)),
                              std::chrono::ceil<seconds>(phases[i].min));
    planned.length = std::min<Nanos>(planned.length, exact);
    planned.length = std::max<Nanos>(planned.length, phases[i].min);
    planned.swaps = phases[i].swaps && !phases[i].faults;
    planned.faults = phases[i].faults.has_value();
    sum += planned.length;
    out.push_back(std::move(planned));
  }
  // What rounding left over goes where there is room, the longest phase first.
  std::vector<std::size_t> order(out.size());
  std::iota(order.begin(), order.end(), 0U);
  std::stable_sort(order.begin(), order.end(),
                   [&](auto a, auto b) { return out[a].length > out[b].length; });
  for (const auto i : order) {
    const Nanos most = phases[i].max.value_or(kDurationMax);
    const Nanos wanted = std::clamp<Nanos>(out[i].length + duration - sum, phases[i].min, most);
    sum += wanted - out[i].length;
    out[i].length = wanted;
  }
  Nanos start{};
  for (auto& phase : out) {
    phase.start = start;
    start += phase.length;
  }
  return out;
}

void fit_swaps(Simulation& simulation, Nanos duration) {
  if (duration >= simulation.duration) return;
  const double scale = in_ns(duration) / in_ns(simulation.duration);
  const auto shrink = [scale](Nanos& span, Nanos least) {
    const auto tenth = std::chrono::milliseconds(100);
    const Nanos scaled = Nanos(std::llround(in_ns(span) * scale)) / tenth * tenth;
    span = std::min(span, std::max(scaled, least));
  };
  for (auto& phase : simulation.phases) {
    if (!phase.swaps) continue;
    shrink(phase.swaps->every, SwapSchedule{}.every);
    shrink(phase.swaps->quiet, SwapSchedule{}.quiet);
  }
}

std::vector<std::string> swappable(const Contract& contract, const AgentProfile& agent) {
  std::vector<std::string> out;
  if (!agent.present() || agent.accepts.empty() || contract.swap_directory.empty()) return out;
  for (const auto& one : contract.swap_classes)
    if (agent.named_packages || one.class_name.find('.') == std::string::npos)
      out.push_back(one.class_name);
  return out;
}

namespace {

// Deals out classes, groups and generations to the steps of trains.
class SwapPlanner {
 public:
  SwapPlanner(const TimelineRequest& request, std::uint64_t seed)
      : classes_(swappable(request.contract, request.agent)), dice_(seed) {
    for (const auto& group : request.contract.swap_groups) {
      const bool whole = std::all_of(group.begin(), group.end(), [this](const std::string& name) {
        return std::find(classes_.begin(), classes_.end(), name) != classes_.end();
      });
      if (whole) groups_.push_back(group);
    }
  }

  // All steps of `schedule` that fit between `from` and `to`; gives the quiet moments between
  // trains.
  void trains(const SwapSchedule& schedule, const PlannedPhase& phase, Nanos from, Nanos to,
              Timetable& out) {
    if (classes_.empty() || from > to) return;
    bool first = true;
    for (Nanos at = from; at <= to;) {
      const auto fit = (to - at) / schedule.every + 1;
      const auto steps = std::min<std::int64_t>(schedule.train, fit);
      if (!first && static_cast<double>(steps) < std::min<double>(kShortTrain, schedule.train))
        break;
      ++train_;
      for (std::int64_t i = 0; i < steps; ++i)
        step(schedule, phase, at + schedule.every * i, i + 1 == schedule.train, out.swaps);
      at += schedule.every * (steps - 1) + std::max(schedule.quiet, schedule.every);
      // In the middle of the quiet that follows, whether or not another train comes.
      out.collections.push_back(at - schedule.quiet / 2);
      first = false;
    }
  }

  // One delivery of one class.
  PlannedSwap one(std::string class_name, Nanos at) {
    PlannedSwap swap;
    swap.generation = ++generation_;
    swap.at = at;
    swap.class_name = std::move(class_name);
    return swap;
  }
  std::string next_class() {
    if (deck_.empty()) {
      deck_ = classes_;
      dice_.shuffle(deck_);
      // Not the same class twice in a row: the second could come before the first was seen.
      if (deck_.size() > 1 && deck_.back() == last_) std::swap(deck_.front(), deck_.back());
    }
    last_ = deck_.back();
    deck_.pop_back();
    return last_;
  }
  void continue_from(std::int64_t generation) { generation_ = generation - 1; }
  [[nodiscard]] bool able() const { return !classes_.empty(); }

 private:
  void step(const SwapSchedule& schedule, const PlannedPhase& phase, Nanos at, bool last_of_train,
            std::vector<PlannedSwap>& out) {
    const auto add = [&](const std::string& name, std::int64_t group) {
      PlannedSwap swap = one(name, at);
      swap.group_id = group;
      swap.train = train_;
      swap.phase = phase.name;
      out.push_back(std::move(swap));
    };
    if (schedule.release && last_of_train) return release(add);
    if (is_due(owed_bursts_, schedule.bursts)) return burst(add);
    if (is_due(owed_groups_, groups_.empty() ? 0 : schedule.groups)) {
      const auto& group = groups_[next_group_++ % groups_.size()];
      ++group_id_;
      for (const auto& name : group) add(name, group_id_);
      last_ = group.back();
      return;
    }
    add(next_class(), 0);
  }

  // A step more: whether a share of them that is so large makes it one of its own.
  static bool is_due(double& owed, double share) {
    owed += share;
    if (owed < 1 - 1e-9) return false;  // ten times 10 % is one, whatever binary fractions say
    owed -= 1;
    return true;
  }

  // Every class at once, each for itself, and one of them before, between and after the others: the
  // last of its three is the one that must stay.
  template <typename Add>
  void burst(const Add& add) {
    auto order = classes_;
    dice_.shuffle(order);
    const std::string thrice = order.front();
    add(thrice, 0);
    if (order.size() > 1) add(order[1], 0);
    add(thrice, 0);
    for (std::size_t i = 2; i < order.size(); ++i) add(order[i], 0);
    add(thrice, 0);
    last_ = thrice;
  }

  // Everything at once, groups together, as when a new version of an application is rolled out.
  template <typename Add>
  void release(const Add& add) {
    std::vector<std::string> done;
    for (const auto& group : groups_) {
      const bool overlaps = std::any_of(group.begin(), group.end(), [&](const std::string& name) {
        return std::find(done.begin(), done.end(), name) != done.end();
      });
      if (overlaps) continue;
      ++group_id_;
      for (const auto& name : group) {
        add(name, group_id_);
        done.push_back(name);
      }
    }
    for (const auto& name : classes_)
      if (std::find(done.begin(), done.end(), name) == done.end()) add(name, 0);
    last_.clear();
  }

  std::vector<std::string> classes_;
  std::vector<std::vector<std::string>> groups_;
  Dice dice_;
  std::vector<std::string> deck_;
  std::string last_;
  double owed_groups_ = 0, owed_bursts_ = 0;
  std::size_t next_group_ = 0;
  std::int64_t group_id_ = 0;
  std::int64_t generation_ = 0;
  std::int64_t train_ = 0;
};

// Between a fault and the next: so late that it has recovered, so early that the last swap lands
// before.
void swaps_after_faults(SwapPlanner& planner, const SwapSchedule& schedule,
                        const PlannedPhase& phase, const std::vector<PlannedFault>& faults,
                        Timetable& out) {
  constexpr Nanos kSettle = seconds(25), kClear = seconds(3);
  SwapSchedule short_train = schedule;
  short_train.release = false;
  for (std::size_t i = 0; i < faults.size(); ++i) {
    const Nanos from = faults[i].at + reckoned_length(faults[i]) + kSettle;
    const Nanos next = i + 1 < faults.size() ? faults[i + 1].at : phase.start + phase.length;
    const Nanos last = from + schedule.every * (schedule.train - 1);
    if (last + kClear > next) continue;
    Timetable train;
    planner.trains(short_train, phase, from, last, train);
    out.swaps.insert(out.swaps.end(), train.swaps.begin(), train.swaps.end());
  }
}

// A calm phase: nothing is swapped and nothing broken in it. Its floor is the yardstick for what
// comes later.
void calm_collections(const PlannedPhase& phase, Timetable& out) {
  constexpr Nanos kEdge = seconds(2), kStep = seconds(60);
  if (phase.length < kEdge * 4) return;
  out.collections.push_back(phase.start + kEdge);
  for (Nanos at = phase.length / 2; at < phase.length - kEdge * 2; at += kStep)
    out.collections.push_back(phase.start + at);
  out.collections.push_back(phase.start + phase.length - kEdge);
}

void thin_collections(Timetable& out, Nanos duration) {
  const Nanos apart = std::max<Nanos>(seconds(8), duration / 300);
  std::sort(out.collections.begin(), out.collections.end());
  std::vector<Nanos> kept;
  for (const Nanos at : out.collections) {
    const bool in_load = at >= Nanos{} && at < duration - seconds(1);
    if (in_load && (kept.empty() || at - kept.back() >= apart)) kept.push_back(at);
  }
  out.collections = std::move(kept);
}

void load_steps(const StepSchedule& schedule, const PlannedPhase& phase, Timetable& out) {
  const Nanos end = phase.start + phase.length;
  for (Nanos at = phase.start + kBeforeStep; at + schedule.length + kSettling <= end;
       at += schedule.every)
    out.steps.push_back({at, schedule.length, schedule.factor, phase.name});
}

bool has_word(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// Without those that this agent may take.
std::vector<std::string> variants_for(const TimelineRequest& request) {
  auto variants =
      request.simulation.variants.empty() ? kQuickVariants : request.simulation.variants;
  if (has_word(request.agent.accepts, "schema"))
    std::erase_if(variants,
                  [](const std::string& variant) { return has_word(kSchemaVariants, variant); });
  return variants;
}

}  // namespace

std::vector<std::span<const PlannedSwap>> deliveries(const std::vector<PlannedSwap>& swaps) {
  std::vector<std::span<const PlannedSwap>> out;
  for (auto first = swaps.begin(); first != swaps.end();) {
    const auto last = std::find_if(
        first, swaps.end(), [first](const PlannedSwap& swap) { return swap.at != first->at; });
    out.emplace_back(first, last);
    first = last;
  }
  return out;
}

Result<Timetable> plan_timeline(const TimelineRequest& request) {
  Timetable out;
  BHSIM_ASSIGN(out.phases, plan_phases(request.simulation.phases, request.duration));
  SwapPlanner swaps(request, request.seed);
  Dice dice(request.seed ^ 0xfa0175);  // faults do not move when the classes of a contract change
  Nanos reckoned{};                    // outage of the phases before
  for (std::size_t i = 0; i < out.phases.size(); ++i) {
    auto& phase = out.phases[i];
    phase.swaps = phase.swaps && swaps.able();
    const auto& asked = request.simulation.phases[i];
    if (asked.steps) load_steps(*asked.steps, phase, out);
    if (asked.faults) {
      const Nanos allowed(std::llround(in_ns(request.duration) * asked.faults->outage));
      auto faults = plan_faults(request, *asked.faults, phase, allowed - reckoned, dice);
      for (auto& fault : faults) {
        reckoned += fault.outage;
        fault.id = static_cast<std::int64_t>(out.faults.size()) + 1;
        out.faults.push_back(fault);
      }
      if (asked.swaps) swaps_after_faults(swaps, *asked.swaps, phase, faults, out);
    } else if (asked.swaps && swaps.able()) {
      const Nanos edge = asked.swaps->quiet / 2;
      swaps.trains(*asked.swaps, phase, phase.start + edge, phase.start + phase.length - edge, out);
    } else if (i > 0 && (i + 1 < out.phases.size() || out.phases.size() == 2)) {
      calm_collections(phase, out);
    }
  }
  thin_collections(out, request.duration);
  return out;
}

std::vector<PlannedSwap> plan_bad_swaps(const TimelineRequest& request,
                                        std::int64_t next_generation) {
  constexpr Nanos kFirst = seconds(5), kAfterBad = seconds(1), kAfterValid = seconds(4);
  std::vector<PlannedSwap> out;
  SwapPlanner planner(request, request.seed ^ 0xbad);
  if (!planner.able()) return out;
  planner.continue_from(next_generation);
  const auto variants = variants_for(request);
  if (variants.empty()) return out;
  // As many as make the least that a proportion is judged on, where the run is long enough.
  constexpr std::int64_t kFewestTried = 21;
  const auto kinds = static_cast<std::int64_t>(variants.size());
  const auto rounds = std::clamp<std::int64_t>(request.duration / std::chrono::minutes(30), 1,
                                               (kFewestTried + kinds - 1) / kinds);
  Nanos at = kFirst;
  const auto add = [&](std::string class_name, const std::string& variant) -> PlannedSwap& {
    auto& swap = out.emplace_back(planner.one(std::move(class_name), at));
    swap.variant = variant;
    swap.role = "bad-swaps";
    return swap;
  };
  for (std::int64_t round = 0; round < rounds; ++round) {
    for (const auto& variant : variants) {
      const std::string class_name = planner.next_class();
      auto& swap = add(class_name, variant);
      if (!has_word(kUnusualVariants, variant)) {
        swap.valid = false;
        swap.watch = request.agent.swap_within;
        at += swap.watch + kAfterBad;
        add(class_name, "valid");
      }
      at += kAfterValid;
    }
  }
  return out;
}

std::vector<PlannedSwap> plan_even_swaps(const TimelineRequest& request, std::uint64_t salt,
                                         Nanos every, Nanos length) {
  constexpr Nanos kLanding = seconds(2);
  std::vector<PlannedSwap> out;
  SwapPlanner planner(request, request.seed ^ salt);
  if (!planner.able()) return out;
  for (Nanos at = every / 2; at <= length - kLanding; at += every)
    out.push_back(planner.one(planner.next_class(), at));
  return out;
}

}  // namespace bhsim::config
