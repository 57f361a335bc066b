#include <algorithm>
#include <cmath>

#include "clean_parts.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks::clean {
namespace {

using namespace std::chrono_literals;
using namespace history;
namespace series = history::series;

void sample(CleanRun& run, std::string_view name, const std::function<double(int)>& value) {
  auto& rows = run.samples[std::string(name)];
  for (int s = 0; s < static_cast<int>(kEnd); ++s)
    rows.push_back({std::string(name), at(s), value(s)});
}

}  // namespace

void add_samples(CleanRun& run) {
  sample(run, series::kThreads, [](int s) { return 40 + (s % 50 == 0 ? 1 : 0); });
  sample(run, series::kDescriptors, [](int s) { return 90 + std::floor(2 * noise(s)); });
  sample(run, series::kRss, [&](int s) { return (420 + noise(s)) * kMb; });
  sample(run, series::kHeapCommitted, [&](int) { return 256 * kMb; });
  sample(run, series::kHeapUsed, [&](int s) { return (100 + s % 60) * kMb; });
  sample(run, series::kMetaspaceUsed, [&](int s) { return (30 + 0.01 * noise(s)) * kMb; });
  // HotSpot counts a redefined class as one more that was loaded.
  sample(run, series::kClassesLoaded, [&](int s) {
    return 5000 +
           static_cast<double>(std::ranges::count_if(
               run.redefinitions, [&](const auto& one) { return one.ok && one.t <= at(s); }));
  });
  // 155 KB a request, half a megabyte a swap; as much as the collections below find.
  sample(run, series::kAllocated, [&](int s) {
    const auto swaps = std::ranges::count_if(run.swaps, [&](const auto& swap) {
      return swap.role == "load" && swap.t_served && *swap.t_served <= at(s);
    });
    return (15.5 * s + 0.5 * static_cast<double>(swaps)) * kMb;
  });
  sample(run, series::kCpuApp, [](int s) { return s * 0.2e9; });
  sample(run, series::kCpuAgent, [](int s) { return 5e6 + s * 3e6; });
  sample(run, series::kPeriods, [](int s) { return s * 10; });
  sample(run, series::kThrottledPeriods, [](int s) { return s / 50; });
  sample(run, series::kContainerMemory, [&](int s) { return (500 + noise(s)) * kMb; });
  sample(run, series::kMemoryLimit, [&](int) { return 1024 * kMb; });
  sample(run, series::kGcTime, [](int s) { return s * 0.8e6; });
  sample(run, series::kVolumeUsed, [](int s) { return (20 + s * 0.001) * kMb; });
  sample(run, series::kLogErrors, [](int s) { return s / 100; });
  sample(run, series::kLogBytes, [](int s) { return s * 200; });
  sample(run, series::kHostSpin, [](int s) { return 1e6 * (1 + 0.03 * noise(s)); });
}

void add_collections(CleanRun& run) {
  std::int64_t id = 0;
  for (int s = 2; s < static_cast<int>(kEnd); s += 5) {
    if (disturbed(s)) continue;
    run.gc.push_back({at(s + 0.5), ++id, "Pause Young (Normal)", "G1 Evacuation Pause", 160 << 20,
                      100 << 20, 256 << 20, 4ms, false});
  }
  auto& live = run.samples[std::string(series::kHeapLive)];
  for (int s = 51; s < static_cast<int>(kEnd); s += 30) {
    run.windows.push_back({WindowKind::gc, ++id, "GC.run", at(s), at(s + 0.4)});
    run.gc.push_back({at(s + 0.3), id, "Pause Full (Diagnostic Command)", "Diagnostic Command",
                      160 << 20, 60 << 20, 256 << 20, 120ms, true});
    live.push_back({std::string(series::kHeapLive), at(s + 0.4), (60 + 0.005 * noise(s)) * kMb});
  }
  std::ranges::stable_sort(run.gc, {}, &GcPause::t);
}

}  // namespace bhsim::checks::clean
