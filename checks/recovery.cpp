// REL · recovery from faults: phase-9.2 section 9.2.5, criteria "Reliability".

#include <algorithm>
#include <vector>

#include "checks/aftermath.hpp"
#include "checks/families.hpp"
#include "checks/limits.hpp"

namespace bhsim::checks {
namespace {

constexpr std::size_t kFewestFaults = 3;

std::optional<Finding> no_faults(const Plan& plan, const std::vector<Aftermath>& faults) {
  if (!faults.empty()) return std::nullopt;
  if (plan.faults.empty())
    return inconclusive("the simulation '{}' injects no fault; production does", plan.simulation);
  return missing("fault that was undone", "the run has to reach its phase with faults");
}

// "; 0.1 to 2.5 s, the longest after kill 2"
std::string spread(const std::vector<Aftermath>& faults) {
  const Aftermath *least = nullptr, *most = nullptr;
  for (const auto& one : faults) {
    if (!one.recovery) continue;
    if (least == nullptr || one.recovery < least->recovery) least = &one;
    if (most == nullptr || one.recovery > most->recovery) most = &one;
  }
  if (most == nullptr) return "";
  return fmt::format("; {:.1f} to {:.1f} s, the longest after {} {}", to_seconds(*least->recovery),
                     to_seconds(*most->recovery), most->fault->kind, most->fault->id);
}

}  // namespace

// REL-04. A fault behind which the run ended too soon says nothing.
Verdict recovery_rate(const Plan& plan, const History& history) {
  const auto all = aftermaths(plan, history);
  if (auto none = no_faults(plan, all)) return *std::move(none);
  const auto within = limit_of(plan, "REL-05");
  std::int64_t recovered = 0, judged = 0;
  std::string first;
  for (const auto& one : all) {
    if (undecided(plan, one)) continue;
    ++judged;
    const bool good = one.recovery && holds(to_seconds(*one.recovery), within);
    if (good)
      ++recovered;
    else if (first.empty())
      first = fmt::format(", the first not after {} {}", one.fault->kind, one.fault->id);
  }
  auto finding = compare(proportion(recovered, judged), limit_of(plan, "REL-04"))
                     .because("after {} of {} faults clients were served again within {:.0f} s{}",
                              recovered, judged, within.value, first)
                     .evidence("fault");
  if (judged < kFewestTrials) return std::move(finding).also("; {} are needed", kFewestTrials);
  return finding;
}

// REL-05. One that was never seen to recover counts with the time that it was watched.
Verdict time_to_recovery(const Plan& plan, const History& history) {
  const auto all = aftermaths(plan, history);
  if (auto none = no_faults(plan, all)) return *std::move(none);
  const auto limit = limit_of(plan, "REL-05");
  std::size_t judged = 0, never = 0;
  double sum = 0;
  for (const auto& one : all) {
    if (undecided(plan, one)) continue;
    ++judged;
    sum += to_seconds(one.recovery.value_or(one.watched));
    if (!one.recovery) ++never;
  }
  if (judged == 0)
    return inconclusive(
               "after each of {} faults the run ended too soon, or nobody probed the application",
               all.size())
        .evidence("fault");
  const double mean = sum / static_cast<double>(judged);
  auto finding = compare(mean, limit)
                     .samples(static_cast<std::int64_t>(judged))
                     .because("after {} faults clients were served again in {:.2f} s on average{}",
                              judged, mean, spread(all))
                     .evidence("fault");
  if (never > 0)
    finding = std::move(finding).also("; after {} of them never while it was watched", never);
  if (judged >= kFewestFaults) return finding;
  return std::move(finding).unless(
      fmt::format("{} faults were recovered from; a mean needs {}", judged, kFewestFaults));
}

// REL-11. By what a monitor sees: live, ready, the container's health, and that it died. What hurts
// for less than the limit may go unnoticed, and so may what happens on the way from the clients.
Verdict faults_detected(const Plan& plan, const History& history) {
  const auto all = aftermaths(plan, history);
  if (auto none = no_faults(plan, all)) return *std::move(none);
  const auto limit = limit_of(plan, "REL-11");
  const auto evidence = "up = 0 AND endpoint <> 'uptime'";
  std::int64_t noticed = 0, unwatched = 0, on_the_way = 0;
  Nanos slowest{};
  for (const auto& one : all) {
    if (one.alarm) {
      ++noticed;
      slowest = std::max(slowest, *one.alarm);
    } else if (one.on_the_way) {
      ++on_the_way;
    } else if (!one.monitored) {
      unwatched += one.harm > Nanos(0) ? 1 : 0;
    } else if (!holds(to_seconds(one.harm), limit)) {
      return compare(to_seconds(one.harm), limit)
          .because(
              "{} {} hurt clients for {:.0f} s, and neither live nor ready nor the engine said so",
              one.fault->kind, one.fault->id, to_seconds(one.harm))
          .samples(std::ssize(all))
          .evidence("health", evidence);
    }
  }
  if (noticed == 0)
    return inconclusive(
               "none of {} faults was noticed, and none hurt clients for so long that it had to "
               "be{}",
               all.size(),
               on_the_way == 0 ? ""
                               : fmt::format("; {} were on the way to the application, which "
                                             "cannot know of them",
                                             on_the_way))
        .evidence("health", evidence);
  auto finding = compare(to_seconds(slowest), limit)
                     .samples(noticed)
                     .because("{} of {} faults were noticed, each within {:.1f} s", noticed,
                              all.size(), to_seconds(slowest))
                     .evidence("health", evidence);
  if (unwatched == 0) return finding;
  return std::move(finding).unless(
      fmt::format("{} faults hurt clients while nobody asked live or ready", unwatched));
}

}  // namespace bhsim::checks
