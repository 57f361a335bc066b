#include "framework/config/feasibility.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>
#include <vector>

#include "framework/config/build.hpp"
#include "framework/config/fault_times.hpp"
#include "framework/config/items.hpp"
#include "framework/config/pairs.hpp"
#include "framework/config/timeline.hpp"
#include "framework/config/vocabulary.hpp"
#include "framework/faults/catalogue.hpp"

namespace bhsim::config {
namespace {

using std::chrono::seconds;

// The least that a check must be fed with; 0 asks for nothing. Which of it a run lacks becomes the
// reason.
struct Need {
  std::string_view check;
  std::int64_t valid_swaps = 0;
  std::int64_t bad_swaps = 0;
  std::int64_t groups = 0;
  std::int64_t at_once = 0;
  std::int64_t collections = 0;
  std::int64_t late_collections = 0;
  Nanos steady{};
  Nanos calm{};
  double requests = 0;
  double rate_per_s = 0;
  bool small_outage = false;  // its limit is above the planned outage only when that is small
  bool drain = false;
  std::int64_t pairs = 0;
  Nanos pair_warm_up{};
  std::size_t faults = 0;
  bool noticeable = false;   // a fault that a monitor cannot overlook
  bool own_threads = false;  // the agent's must be told from the application's
  bool steps = false;
  bool broken = false;    // by a change, and answering all the while
  std::string_view item;  // of conformance
};

// What a machine does by its own ups and downs to the CPU of a request is larger than what PERF-09
// allows, and only time evens it out.
constexpr Nanos kEvensOut = std::chrono::hours(1);

// A mean or percentile of swaps is judged on as many as a proportion. Collections: the fewest
// points of the trends in checks/stability.cpp and checks/load.cpp; for RES-01 it
// is as many in the last half of a life, where the application's own may be few. Windows of
// ten seconds: eight in PERF-08. A limit of 0.1 % of requests says something from 10,000 on; a 99th
// percentile from 1,000 on.
constexpr std::array kNeeds{
    Need{.check = "PERF-01", .pairs = kFewestPairs, .pair_warm_up = kPairWarm},
    Need{.check = "BRK-01", .item = kBreakerItem},
    Need{.check = "BRK-02", .item = kBreakerItem},
    Need{.check = "BRK-03", .item = kBreakerItem},
    Need{.check = "BRK-04", .item = kBreakerItem},
    Need{.check = "BRK-05", .item = kBreakerItem},
    Need{.check = "BRK-06", .item = kBreakerItem},
    Need{.check = "CFG-01", .item = kConfigurationItem},
    Need{.check = "CFG-02", .item = kConfigurationItem},
    Need{.check = "CFG-03", .item = kConfigurationItem},
    Need{.check = "CFG-04", .item = kConfigurationItem},
    Need{.check = "CFG-05", .item = kConfigurationItem},
    Need{.check = "CFG-06", .item = kConfigurationItem},
    Need{.check = "CFG-07", .item = kConfigurationItem},
    Need{.check = "CFG-08", .item = kConfigurationItem},
    Need{.check = "CFG-09", .item = kConfigurationItem},
    Need{.check = "CFG-10", .item = kConfigurationItem},
    Need{.check = "ROLL-01", .item = kRollbackItem},
    Need{.check = "ROLL-02", .item = kRollbackItem},
    Need{.check = "ROLL-03", .item = kRollbackItem},
    Need{.check = "ROLL-04", .item = kRollbackItem},
    Need{.check = "ROLL-05", .item = kRollbackItem},
    Need{.check = "PERF-02", .steady = seconds(20), .own_threads = true},
    Need{.check = "PERF-03", .pairs = kFewestPairs},
    Need{.check = "PERF-04", .valid_swaps = kFewestTrials},
    Need{.check = "PERF-05", .valid_swaps = kFewestTrials},
    Need{.check = "PERF-06", .valid_swaps = kFewestTrials},
    Need{.check = "PERF-07", .requests = 1000},
    Need{.check = "PERF-08", .valid_swaps = kFewestTrials, .steady = seconds(80)},
    Need{.check = "PERF-09", .steady = kEvensOut},
    Need{.check = "PERF-10", .pairs = kFewestPairs},
    Need{.check = "PERF-11", .requests = 1000},
    Need{.check = "CONC-02", .steady = seconds(30)},
    Need{.check = "CONC-04", .groups = 1},
    Need{.check = "CONC-05", .at_once = kFewestTrials},
    Need{.check = "LOAD-01", .requests = 10'000},
    Need{.check = "LOAD-02", .valid_swaps = 1},
    Need{.check = "LOAD-03", .collections = 6, .steady = seconds(60)},
    Need{.check = "LOAD-04", .steady = seconds(30)},
    Need{.check = "LOAD-05", .steps = true},
    Need{.check = "STAB-02", .collections = 6, .steady = seconds(60)},
    Need{.check = "STAB-03", .valid_swaps = kFewestTrials},
    Need{.check = "STAB-04", .steady = seconds(60)},
    Need{.check = "STAB-05", .steady = seconds(60)},
    Need{.check = "STAB-06", .steady = seconds(60)},
    Need{.check = "STAB-07", .valid_swaps = kFewestTrials},
    Need{.check = "STAB-09", .steady = seconds(60)},
    Need{.check = "REL-01", .requests = 1000, .small_outage = true},
    Need{.check = "REL-02", .bad_swaps = 1},
    Need{.check = "REL-03", .bad_swaps = 1},
    Need{.check = "REL-04", .faults = kFewestTrials},
    Need{.check = "REL-05", .faults = 3},
    Need{.check = "REL-06", .bad_swaps = 1},
    Need{.check = "REL-07", .valid_swaps = kFewestTrials},
    Need{.check = "REL-08", .steady = seconds(60)},
    Need{.check = "REL-11", .noticeable = true},
    Need{.check = "RES-01", .late_collections = 8, .steady = seconds(60)},
    Need{.check = "RES-02", .valid_swaps = kFewestTrials, .steady = seconds(60)},
    Need{.check = "RES-03", .steady = seconds(60)},
    Need{.check = "RES-05", .calm = seconds(60)},
    Need{.check = "HLTH-02", .steady = seconds(30), .rate_per_s = 10, .broken = true},
    Need{.check = "HLTH-05", .drain = true},
};

// The duration, of the phases and the pairs, in which every pair has so long a warm-up.
Nanos with_warm_up(const Plan& plan, Nanos warm_up) {
  Nanos whole = plan.duration;
  for (const auto& pair : plan.pairs) whole += pair.length;
  const auto& pair = plan.pairs.front();
  const double longer = to_seconds(pair.length - pair.warm_up + warm_up) / to_seconds(pair.length);
  return seconds(std::llround(std::ceil(to_seconds(whole) * longer)));
}

// It ends the application, or silences it for longer than between two looks of a monitor; which
// sees nothing of what is between it and its clients.
bool noticeable(const PlannedFault& fault) {
  constexpr Nanos kBetweenLooks = seconds(3);
  const auto* kind = faults::find_fault_kind(fault.kind);
  if (kind != nullptr && kind->twin > Nanos{}) return false;
  return fault.outage >= kBetweenLooks || (kind != nullptr && kind->ends == faults::Ends::always);
}

bool has_item(const Plan& plan, std::string_view item) {
  return std::find(plan.conformance.begin(), plan.conformance.end(), item) !=
         plan.conformance.end();
}

// What faults do to it nobody can foretell; a class of which every call throws breaks it for sure.
bool breaks_by_a_change(const Plan& plan) {
  const auto tried = [&plan](std::string_view item) {
    return has_item(plan, item) && asks_for(plan, item);
  };
  return (tried(kRollbackItem) || tried(kConfigurationItem)) &&
         !swappable(plan.app, plan.agent).empty();
}

// The sentence for the first thing that is lacking; nothing when all is there.
std::optional<std::string> lacking(const Need& need, const Supply& supply, const Plan& plan) {
  const bool swaps = !swappable(plan.app, plan.agent).empty();
  const auto run = spoken(plan.duration);
  if (swaps && supply.valid_swaps < need.valid_swaps)
    return fmt::format("needs {} valid swaps, and {} holds {}", need.valid_swaps, run,
                       supply.valid_swaps);
  if (swaps && supply.bad_swaps < need.bad_swaps)
    return fmt::format("needs bad swaps, and the simulation has no 'conformance: [bad-swaps]'");
  if (swaps && !plan.app.swap_groups.empty() && supply.groups < need.groups)
    return fmt::format("needs groups of classes swapped together, and {} holds none", run);
  if (swaps && supply.at_once < need.at_once)
    return fmt::format("needs {} classes swapped at once with another, and {} holds {}",
                       need.at_once, run, supply.at_once);
  if (supply.collections < need.collections)
    return fmt::format("needs {} forced collections in one life of the JVM, and {} holds {}",
                       need.collections, run, supply.collections);
  if (supply.late_collections < need.late_collections)
    return fmt::format(
        "needs {} forced collections in the last half of one life of the JVM, and {} holds {}",
        need.late_collections, run, supply.late_collections);
  if (supply.steady < need.steady)
    return fmt::format("needs {} of even load, and {} holds {}", spoken(need.steady), run,
                       spoken(supply.steady));
  if (plan.faults.size() < need.faults)
    return plan.faults.empty() ? std::string("needs faults, and the simulation injects none")
                               : fmt::format("needs {} faults, and {} holds {}", need.faults, run,
                                             plan.faults.size());
  if (need.noticeable && std::ranges::none_of(plan.faults, noticeable))
    return "needs a fault that ends the application or silences it for 3s";
  if (supply.calm < need.calm)
    return fmt::format("needs {} of a warm JVM away from swaps and faults, and {} holds {}",
                       spoken(need.calm), run, spoken(supply.calm));
  if (supply.requests < need.requests)
    return fmt::format("needs {:.0f} requests, and {} at {:.4g}/s plans {:.0f}", need.requests, run,
                       plan.load.rate_per_s, supply.requests);
  if (need.small_outage && supply.outage > kPlannedOutageMax) {
    const double outage_s = supply.outage * to_seconds(plan.duration);
    return fmt::format(
        "the faults alone take {:.1f} s, {:.2f} % of {}; from {} on they are at most {} %",
        outage_s, supply.outage * 100, run,
        spoken(std::chrono::ceil<seconds>(
            std::chrono::duration<double>(outage_s / kPlannedOutageMax))),
        kPlannedOutageMax * 100);
  }
  if (plan.agent.present() && supply.pairs < need.pairs)
    return fmt::format(
        "needs {} pairs of JVMs with and without the agent, and the simulation has {}: `bhsim run "
        "baseline` has them",
        need.pairs, supply.pairs);
  if (plan.agent.present() && supply.pair_warm_up < need.pair_warm_up)
    return fmt::format(
        "needs pairs that are warmed up for {}, and those of this run are for {}; a run of "
        "about {} is long enough",
        spoken(need.pair_warm_up), spoken(supply.pair_warm_up),
        spoken(with_warm_up(plan, need.pair_warm_up)));
  if (plan.agent.present() && need.own_threads && plan.agent.thread_prefix.empty())
    return fmt::format(
        "needs the name of the agent's threads, and the profile '{}' has no 'thread_prefix'",
        plan.agent.name);
  if (need.steps && plan.steps.empty())
    return fmt::format("needs a load that varies, and {} holds no step of it ('steps' of a phase)",
                       run);
  if (swaps && !need.item.empty() && asks_for(plan, need.item) && !has_item(plan, need.item))
    return fmt::format(
        "needs the conformance item '{0}', and the simulation has no 'conformance: "
        "[{0}]'",
        need.item);
  if (plan.load.rate_per_s < need.rate_per_s)
    return fmt::format("needs {:.0f} requests a second, and the load has {:.4g}", need.rate_per_s,
                       plan.load.rate_per_s);
  if (need.broken && !plan.app.ready_path.empty() && !breaks_by_a_change(plan))
    return fmt::format(
        "needs a change that breaks the application while it answers: the conformance item '{}', "
        "and an agent that has to roll it back",
        kRollbackItem);
  if (need.drain && !supply.drain)
    return "needs a drain, and the simulation has no 'audits: [drain]'";
  return std::nullopt;
}

bool ends_jvm(const PlannedFault& fault) {
  const auto* kind = faults::find_fault_kind(fault.kind);
  return kind != nullptr && kind->ends != faults::Ends::never;
}

// Between two faults that end the JVM: the most collections, and those in the last half of the
// longest life.
void add_collections(const Plan& plan, Supply& supply) {
  std::vector<Nanos> kills{plan.duration};
  for (const auto& fault : plan.faults)
    if (ends_jvm(fault)) kills.push_back(fault.at);
  std::sort(kills.begin(), kills.end());
  const auto count = [&plan](Nanos from, Nanos to) {
    return std::count_if(plan.collections.begin(), plan.collections.end(),
                         [=](Nanos at) { return at >= from && at < to; });
  };
  Nanos start = plan.phases.size() > 1 ? plan.phases[1].start : Nanos{};
  Nanos longest{};
  for (const Nanos kill : kills) {
    supply.collections = std::max(supply.collections, count(start, kill));
    if (kill - start > longest) {
      longest = kill - start;
      supply.late_collections = count(start + longest / 2, kill);
    }
    start = kill;
  }
}

// Second by second, with what is reckoned around each swap, collection and fault.
Nanos calm_time(const Plan& plan) {
  constexpr std::int64_t kYoung = 60, kSwap = 8, kCollection = 3;
  const auto length = plan.duration / seconds(1);
  std::vector<bool> calm(static_cast<std::size_t>(length), true);
  const auto mask = [&](Nanos from, std::int64_t lasts) {
    const auto first = std::max<std::int64_t>(0, from / seconds(1) - 1);
    for (auto s = first; s <= first + lasts + 1 && s < length; ++s)
      calm[static_cast<std::size_t>(s)] = false;
  };
  const Nanos measured = plan.phases.size() > 1 ? plan.phases[1].start : Nanos{};
  mask(Nanos{}, std::max(kYoung, measured / seconds(1)));
  for (const auto& swap : plan.swaps) mask(swap.at, kSwap);
  for (const Nanos at : plan.collections) mask(at, kCollection);
  for (const auto& fault : plan.faults)
    mask(fault.at, reckoned_length(fault) / seconds(1) + kYoung);
  return seconds(std::count(calm.begin(), calm.end(), true));
}

}  // namespace

Supply supply_of(const Plan& plan) {
  Supply supply;
  supply.valid_swaps = std::count_if(plan.swaps.begin(), plan.swaps.end(),
                                     [](const auto& swap) { return swap.valid; });
  supply.bad_swaps = std::count_if(plan.conformance_swaps.begin(), plan.conformance_swaps.end(),
                                   [](const auto& swap) { return !swap.valid; });
  for (const auto& delivery : deliveries(plan.swaps)) {
    std::set<std::string_view> classes;
    std::set<std::int64_t> groups;
    for (const auto& swap : delivery) {
      classes.insert(swap.class_name);
      if (swap.group_id != 0) groups.insert(swap.group_id);
    }
    supply.groups += static_cast<std::int64_t>(groups.size());
    if (delivery.size() > 1) supply.at_once += static_cast<std::int64_t>(classes.size());
  }
  supply.kills = std::count_if(plan.faults.begin(), plan.faults.end(),
                               [](const auto& fault) { return fault.kind == "kill"; });
  add_collections(plan, supply);
  Nanos measured{};
  for (std::size_t i = plan.phases.size() > 1 ? 1 : 0; i < plan.phases.size(); ++i) {
    measured += plan.phases[i].length;
    if (plan.phases[i].swaps) supply.steady += plan.phases[i].length;
  }
  if (supply.steady == Nanos{}) supply.steady = measured;
  supply.calm = calm_time(plan);
  supply.requests = plan.load.rate_per_s * to_seconds(measured);
  supply.outage = planned_outage_share(plan);
  supply.pairs = std::count_if(plan.pairs.begin(), plan.pairs.end(),
                               [](const auto& pair) { return !pair.floor; });
  if (!plan.pairs.empty()) supply.pair_warm_up = plan.pairs.front().warm_up;
  supply.drain = std::find(plan.audits.begin(), plan.audits.end(), "drain") != plan.audits.end();
  return supply;
}

std::map<std::string, std::string> demotions(const Plan& plan) {
  const Supply supply = supply_of(plan);
  std::map<std::string, std::string> out;
  for (const auto& need : kNeeds) {
    if (std::find(plan.required.begin(), plan.required.end(), need.check) == plan.required.end())
      continue;
    if (auto why = lacking(need, supply, plan)) out.emplace(need.check, *std::move(why));
  }
  return out;
}

}  // namespace bhsim::config
