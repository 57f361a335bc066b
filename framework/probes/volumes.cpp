#include "framework/history/series.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {

using namespace std::chrono_literals;

void probe_volumes(const Scene& scene, const std::stop_token& stop) {
  if (scene.options.volumes.empty()) return;
  bool said = false;
  each(scene.clock, 10s, stop, [&] {
    std::int64_t bytes = 0;
    for (const auto& path : scene.options.volumes) {
      const auto usage = scene.segment.sidecar->usage(path);
      if (!usage) {
        if (!said && scene.segment.sidecar->alive())
          scene.complain("volumes", usage.error().message);
        said = true;
        return;
      }
      bytes += usage->bytes;
    }
    sample(scene, history::series::kVolumeUsed, scene.clock.now(), static_cast<double>(bytes));
  });
}

}  // namespace bhsim::probes
