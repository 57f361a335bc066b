// Defects that show only over time, or only beside swaps.

#include <cmath>
#include <set>

#include "framework/history/series.hpp"
#include "planted.hpp"

namespace bhsim::checks {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

// So many percent of the requests of each second that a swap touches are late.
void late_beside_swaps(CleanRun& run, double percent) {
  std::set<Time> touched;
  for (const auto& swap : run.swaps) {
    if (swap.role != "load") continue;
    for (const auto& row : run.load)
      if (swap.t_write - 200ms < row.t + 1s && row.t < *swap.t_served + 1s) touched.insert(row.t);
  }
  for (auto& row : run.load)
    if (touched.contains(row.t))
      row.within_slo -= std::lround(percent / 100 * static_cast<double>(row.planned));
}

std::vector<Planted> performance_over_time() {
  return {
      {"SwapsStopTheWorld",
       "PERF-06",
       {"PERF-07"},
       [](CleanRun& run) { late_beside_swaps(run, 10); }},
      {"CpuARequestGrows",
       "PERF-09",
       {},
       [](CleanRun& run) {
         run.change(series::kCpuApp, [](double s, double v) { return v * (1 + s / 1200); });
       }},
      {"LatencyCreepsUp",
       "PERF-09",
       {"PERF-08"},
       [](CleanRun& run) {
         for (auto& row : run.load)
           row.corrected = histogram(90, 2ms + Nanos(std::lround(seconds(row.t) * 1e5)));
       }},
      {"MoreAndMoreRequestsAreLate",
       "PERF-09",
       {"PERF-07"},
       [](CleanRun& run) {
         for (auto& row : run.load)
           row.within_slo -=
               std::lround(0.2 * seconds(row.t) / 600 * static_cast<double>(row.planned));
       }},
  };
}

std::vector<Planted> load_over_time() {
  return {
      {"QueueNeverDrains",
       "LOAD-05",
       {"PERF-08", "PERF-09"},
       [](CleanRun& run) {
         for (auto& row : run.load)
           if (seconds(row.t) >= 62) row.corrected = histogram(90, 60ms);
       }},
  };
}

std::vector<Planted> stability_over_time() {
  return {
      {"DirectBuffersAreKept",
       "STAB-06",
       {"LOAD-03"},
       [](CleanRun& run) { run.change(series::kRss, growing(0.3 * kMb)); }},
      {"ErrorsBecomeMore",
       "STAB-08",
       {},
       [](CleanRun& run) {
         run.change(series::kLogErrors,
                    [](double s, double v) { return v + std::floor(s * s / 5000); });
       }},
      {"LogStormsFromSomeMomentOn",
       "STAB-08",
       {},
       [](CleanRun& run) {
         run.change(series::kLogErrors,
                    [](double s, double v) { return s < 430 ? v : v + 10 * (s - 430); });
       }},
      {"LogIsNotRotated",
       "STAB-09",
       {},
       [](CleanRun& run) { run.change(series::kVolumeUsed, growing(0.2 * kMb)); }},
      {"EventStoreIsHuge",
       "STAB-09",
       {},
       [](CleanRun& run) { run.change(series::kVolumeUsed, [](double, double) { return 2e9; }); }},
      {"OutputNeverStops",
       "STAB-09",
       {},
       [](CleanRun& run) {
         run.change(series::kLogBytes, [](double s, double) { return s * 0.1 * kMb; });
       }},
  };
}

// The heap after each collection becomes left(seconds, megabytes).
void collections_leave(CleanRun& run, const std::function<double(double, double)>& left) {
  for (auto& pause : run.gc) {
    const double megabytes = left(seconds(pause.t), static_cast<double>(pause.after_bytes) / kMb);
    pause.after_bytes = static_cast<std::int64_t>(megabytes * kMb);
  }
}

std::vector<Planted> resources_over_time() {
  return {
      {"SawtoothClimbs",
       "RES-01",
       {},
       [](CleanRun& run) {
         collections_leave(
             run, [](double s, double left) { return left + s / 6 + std::fmod(s, 30) / 2; });
       }},
      {"HeapJumps",
       "RES-01",
       {},
       [](CleanRun& run) {
         collections_leave(run, [](double s, double left) {
           return static_cast<int>(s / 15) % 2 == 0 ? left / 10 : left + 150;
         });
       }},
      {"TimerBursts",
       "RES-05",
       {},
       [](CleanRun& run) {
         // Two thirds of a second more of CPU in every twentieth second.
         run.change(series::kCpuApp,
                    [](double s, double v) { return v + 0.66e9 * std::floor((s + 11) / 20); });
       }},
  };
}

}  // namespace

const std::vector<Planted>& planted_over_time() {
  static const std::vector<Planted> all = joined(
      {performance_over_time(), load_over_time(), stability_over_time(), resources_over_time()});
  return all;
}

}  // namespace bhsim::checks
