#include "clean_parts.hpp"

namespace bhsim::checks::clean {

using namespace std::chrono_literals;
using history::at;

// Eight pairs, every fourth of the floor; an agent that costs 1 %, half of it by its own threads.
void add_pairs(CleanRun& run) {
  for (std::int64_t id = 1; id <= 8; ++id) {
    const bool floor = id % 4 == 0;
    const double s = 720 + 40 * static_cast<double>(id);
    run.pairs.push_back({.id = id,
                         .floor = floor,
                         .t0 = at(s),
                         .t1 = at(s + 10),
                         .swaps = floor ? 0 : 3,
                         .served = floor ? 0 : 3,
                         .trouble = ""});
    for (const char* side : {"a", "b"}) {
      const bool agent = !floor && side[0] == 'a';
      const auto off = noise(id * 2 + (agent ? 1 : 0));
      run.pair_jvms.push_back(
          {.pair = id,
           .side = side,
           .start = 1500ms + (agent ? 200ms : 0ms) + Nanos(static_cast<std::int64_t>(5e7 * off)),
           .planned = 11'000,
           .ok = 11'000,
           .cpu = agent ? 3030ms : 3000ms,
           .p50 = 1ms,
           .p99 = 6ms,
           .heap_live = static_cast<std::int64_t>((agent ? 22 : 20) * kMb + off * 1e5),
           .beside_heap = static_cast<std::int64_t>((agent ? 93 : 90) * kMb + off * 1e6)});
      const auto thread = [&](const char* name, Nanos cpu) {
        run.pair_threads.push_back({id, side, name, cpu});
      };
      thread("worker-##", 2800ms);
      thread("G# Conc##", 20ms);
      if (agent) thread("bhsim-agent-wat", 15ms);
      if (agent) thread("C# CompilerThre", 90ms);  // started when the JVM needs it
    }
    for (int i = 0; i < 40; ++i) {
      const double more = (floor ? 0 : 0.01) + 0.006 * noise(id * 31) + 0.08 * noise(id * 100 + i);
      run.pair_windows.push_back({.pair = id,
                                  .t = at(s + 0.25 * i),
                                  .cpu_a = Nanos(static_cast<std::int64_t>(75e6 * (1 + more))),
                                  .length_a = 250ms,
                                  .cpu_b = 75ms,
                                  .length_b = 250ms});
    }
  }
}

}  // namespace bhsim::checks::clean
