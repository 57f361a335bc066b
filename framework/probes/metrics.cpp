// The application's own /metrics.

#include <array>

#include "framework/history/series.hpp"
#include "framework/probes/exposition.hpp"
#include "framework/probes/http.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

using namespace std::chrono_literals;
namespace series = history::series;

struct Wanted {
  std::string_view name;
  std::string_view series;
};
constexpr std::array<Wanted, 3> kWanted{{
    {"hot_swaps_completed", series::kSwapsCompleted},
    {"error_rate", series::kMetricsErrorRate},
    {"requests_per_second", series::kMetricsRequestRate},
}};

// "hot_swaps_completed", or as a counter is called: "hot_swaps_completed_total".
bool is_called(std::string_view metric, std::string_view name) {
  return metric.starts_with(name) &&
         (metric.size() == name.size() || metric.substr(name.size()) == "_total");
}

}  // namespace

void probe_metrics(const Scene& scene, const std::stop_token& stop) {
  if (scene.options.metrics_path.empty() || scene.segment.port == 0) return;
  bool said = false;
  each(scene.clock, 5s, stop, [&] {
    const auto answer = http_get(scene.segment.port, scene.options.metrics_path, 2s, scene.clock);
    // Whether it answers is what the health probes tell.
    if (!answer || answer->status != 200) return;
    const auto metrics = parse_exposition(answer->body);
    if (!metrics) {
      if (!std::exchange(said, true)) scene.complain("metrics", metrics.error().message);
      return;
    }
    const Time t = scene.clock.now();
    for (const auto& metric : *metrics)
      for (const auto& wanted : kWanted)
        if (metric.labels.empty() && is_called(metric.name, wanted.name))
          sample(scene, wanted.series, t, metric.value);
  });
}

}  // namespace bhsim::probes
