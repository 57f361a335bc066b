#include "framework/config/fault_times.hpp"

#include <algorithm>

#include "framework/faults/catalogue.hpp"

namespace bhsim::config {
namespace {

// Faults of one phase: kinds in turn, shuffled, as many as the phase and the budget of outage hold.
class FaultPlanner {
 public:
  FaultPlanner(const TimelineRequest& request, const FaultSchedule& schedule,
               const PlannedPhase& phase, Nanos budget, Dice& dice)
      : schedule_(schedule),
        phase_(phase),
        budget_(budget),
        end_(request.duration),
        restart_(request.contract.start_typical),
        dice_(dice) {
    for (const auto& choice : schedule.from) {
      const auto* kind = faults::find_fault_kind(choice.kind);
      if (kind != nullptr && bears(request.contract, *kind)) choices_.push_back({&choice, kind});
    }
  }

  std::vector<PlannedFault> plan() {
    if (choices_.empty()) return {};
    const auto kinds = static_cast<std::int64_t>(choices_.size());
    const auto regular = phase_.length / schedule_.every;
    const bool crowded = regular < kinds;
    auto count =
        crowded ? std::min<std::int64_t>(kinds, phase_.length / kFaultSpacingMin) : regular;
    auto order = in_order(count, crowded);
    while (count > kinds && cost(order, kPauseMin) > budget_) order = in_order(--count, crowded);
    if (count == 0) return {};
    return place(order, phase_.length / count);
  }

 private:
  struct Drawn {
    const FaultChoice* choice;
    const faults::FaultKind* kind;
    [[nodiscard]] bool restarts() const { return kind->effect == faults::Effect::restart; }
    // It is silent for as long as the budget allows.
    [[nodiscard]] bool stretches() const {
      return kind->effect == faults::Effect::silence && !choice->holds && kind->holds == Nanos{};
    }
  };

  // A contract that keeps a ledger and does not claim that it survives what the fault may do must
  // not meet it, and one without a dependency cannot meet a fault of it.
  static bool bears(const Contract& contract, const faults::FaultKind& kind) {
    if (kind.of_dependency && contract.dependency.port == 0) return false;
    if (contract.ledger_ranges.empty() || kind.survives.empty()) return true;
    const auto& survives = contract.ledger_survives;
    return std::find(survives.begin(), survives.end(), kind.survives) != survives.end();
  }

  std::vector<Drawn> in_order(std::int64_t count, bool crowded) {
    std::vector<Drawn> order;
    Dice dice = dice_;  // the same order however often it is asked for
    while (static_cast<std::int64_t>(order.size()) < count) {
      auto cycle = choices_;
      dice.shuffle(cycle);
      // Where there is little room, what takes longest to recover comes last and may recover in the
      // phase after.
      if (crowded)
        std::stable_sort(cycle.begin(), cycle.end(), [](const auto& a, const auto& b) {
          return !a.restarts() && b.restarts();
        });
      for (const auto& drawn : cycle)
        if (static_cast<std::int64_t>(order.size()) < count) order.push_back(drawn);
    }
    return order;
  }

  // `stretched`: what those are held that the budget decides about.
  [[nodiscard]] static Nanos held(const Drawn& drawn, Nanos stretched) {
    if (drawn.restarts()) return Nanos{};
    if (drawn.choice->holds) return *drawn.choice->holds;
    return drawn.stretches() ? stretched : drawn.kind->holds;
  }

  [[nodiscard]] Nanos outage(const Drawn& drawn, Nanos stretched) const {
    if (drawn.restarts()) return restart_;
    return drawn.kind->effect == faults::Effect::silence ? held(drawn, stretched) : Nanos{};
  }

  [[nodiscard]] Nanos cost(const std::vector<Drawn>& order, Nanos stretched) const {
    Nanos sum{};
    for (const auto& drawn : order) sum += outage(drawn, stretched);
    return sum;
  }

  [[nodiscard]] std::vector<PlannedFault> place(const std::vector<Drawn>& order,
                                                Nanos spacing) const {
    const auto stretching = std::count_if(order.begin(), order.end(),
                                          [](const Drawn& drawn) { return drawn.stretches(); });
    Nanos stretched = kPauseMin;
    if (stretching > 0) {
      const Nanos rest = budget_ - cost(order, Nanos{});
      const auto tenth = std::chrono::milliseconds(100);
      stretched = std::clamp<Nanos>(rest / stretching / tenth * tenth, kPauseMin, kPauseMax);
    }
    std::vector<PlannedFault> out;
    for (std::size_t i = 0; i < order.size(); ++i) {
      PlannedFault fault;
      fault.at = phase_.start + kLead + spacing * static_cast<std::int64_t>(i);
      fault.kind = order[i].kind->name;
      fault.holds = held(order[i], stretched);
      fault.outage = outage(order[i], stretched);
      fault.phase = phase_.name;
      fault.parameters = order[i].choice->parameters;
      const Nanos over = reckoned_length(fault) + (order[i].restarts() ? kRecovery : Nanos{});
      if (fault.at + over > end_) continue;
      out.push_back(std::move(fault));
    }
    return out;
  }

  static constexpr Nanos kLead =
      std::chrono::seconds(2);  // into the phase: its first seconds still show the one before
  const FaultSchedule& schedule_;
  const PlannedPhase& phase_;
  Nanos budget_;
  Nanos end_;
  Nanos restart_;
  Dice& dice_;
  std::vector<Drawn> choices_;
};

}  // namespace

std::vector<PlannedFault> plan_faults(const TimelineRequest& request, const FaultSchedule& schedule,
                                      const PlannedPhase& phase, Nanos budget, Dice& dice) {
  return FaultPlanner(request, schedule, phase, budget, dice).plan();
}

Nanos reckoned_length(const PlannedFault& fault) {
  const auto* kind = faults::find_fault_kind(fault.kind);
  return (kind == nullptr ? Nanos{} : kind->twin) + std::max(fault.outage, fault.holds);
}

bool lies_in_the_network(std::string_view kind) {
  const auto* known = faults::find_fault_kind(kind);
  return known != nullptr && known->scenario == "network-issues" && !known->of_dependency;
}

}  // namespace bhsim::config
