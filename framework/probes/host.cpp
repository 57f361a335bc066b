// What is looked at once a second for the whole run: both clocks, the host's speed, bhsim itself.

#include <unistd.h>

#include <array>
#include <cstdio>
#include <ctime>
#include <fstream>

#include "framework/history/series.hpp"
#include "framework/probes/host.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;
namespace series = history::series;

constexpr int kSpins = 200'000;  // about 0.3 ms

// A fixed piece of work; the time it takes is the host's speed at this moment.
std::uint32_t spin() {
  std::uint32_t state = 1;
  for (int i = 0; i < kSpins; ++i) state = state * 1'664'525U + 1'013'904'223U;
  return state;
}

Nanos own_cpu() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + Nanos(used.tv_nsec);
}

std::int64_t own_rss() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0, resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

}  // namespace

void probe_host(const Scene& scene, const std::stop_token& stop) {
  each(scene.clock, 1s, stop, [&] {
    const Time t = scene.clock.now();
    scene.store.add(history::ClockPoint{t, scene.clock.wall()});
    const Time from = scene.clock.now();
    if (spin() == 0) return;  // never; keeps the work from being optimised away
    sample(scene, series::kHostSpin, t, static_cast<double>((scene.clock.now() - from).count()));
    sample(scene, series::kOwnCpu, t, static_cast<double>(own_cpu().count()));
    sample(scene, series::kOwnRss, t, static_cast<double>(own_rss()));
  });
}

}  // namespace bhsim::probes
