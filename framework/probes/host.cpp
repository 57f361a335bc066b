// What is looked at once a second for the whole run: both clocks, the host's speed, bhsim itself.

#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <fstream>

#include "framework/base/files.hpp"
#include "framework/history/series.hpp"
#include "framework/probes/probe.hpp"
#include "framework/probes/stolen.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;
namespace series = history::series;

// Of three spins the quickest counts: one that was interrupted tells of the scheduler, not of the
// core. Together at most half a millisecond of CPU.
constexpr int kSpins = 3;
constexpr int kRounds = 60'000;

// A fixed piece of work, each step of which needs the one before.
std::uint32_t spin(std::uint32_t state) {
  for (int i = 0; i < kRounds; ++i) state = state * 1'664'525U + 1'013'904'223U;
  return state;
}

Nanos quickest_spin(const Clock& clock) {
  volatile std::uint32_t state =
      1;  // read and written each time, so that the work cannot be left out
  Nanos quickest = 1h;
  for (int i = 0; i < kSpins; ++i) {
    const Time from = clock.now();
    state = spin(state);
    quickest = std::min(quickest, clock.now() - from);
  }
  return quickest;
}

Nanos own_cpu() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + Nanos(used.tv_nsec);
}

std::int64_t own_rss() {
  std::ifstream statm("/proc/self/statm");
  std::int64_t size = 0;
  std::int64_t resident = 0;
  statm >> size >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

std::optional<Nanos> stolen() {
  const auto text = read_file("/proc/stat");
  return text ? parse_stolen(*text, ::sysconf(_SC_CLK_TCK)) : std::nullopt;
}

}  // namespace

void probe_host(const Scene& scene, const std::stop_token& stop) {
  each(scene.clock, 1s, stop, [&] {
    const Time t = scene.clock.now();
    scene.store.add(history::ClockPoint{t, scene.clock.wall()});
    const auto spun = quickest_spin(scene.clock);
    sample(scene, series::kHostSpin, t, static_cast<double>(spun.count()));
    if (const auto taken = stolen())
      sample(scene, series::kHostStolen, t, static_cast<double>(taken->count()));
    sample(scene, series::kOwnCpu, t, static_cast<double>(own_cpu().count()));
    sample(scene, series::kOwnRss, t, static_cast<double>(own_rss()));
  });
}

}  // namespace bhsim::probes
