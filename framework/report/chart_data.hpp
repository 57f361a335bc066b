#pragma once
// What the charts of the HTML report draw, down-sampled, as the JSON that its script reads
// (docs/reports.md).

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "framework/history/history.hpp"
#include "framework/report/downsample.hpp"
#include "framework/report/load_view.hpp"

namespace bhsim::report {

// A point of a line for every second and a half of a 4 h run would be 10,000: a chart is some 1,000
// pixels wide.
inline constexpr std::size_t kMostChartPoints = 900;

struct Series {
  std::string name;
  Line line;
  int colour = 0;  // of the style sheet's --c1 …
};

enum class ChartKind { lines, points, band };

struct Chart {
  std::string id;     // of its element: "throughput"
  std::string title;  // "Throughput"
  std::string unit;   // "requests/s"
  std::string note;   // how to read it, one sentence; may be empty
  ChartKind kind = ChartKind::lines;
  bool logarithmic = false;
  std::vector<Series> series;  // without those that have no points
  // Points over all series; a chart without is not shown, and said to lack.
  [[nodiscard]] std::size_t size() const;
};

std::vector<Chart> make_charts(const history::History& history, const LoadView& load);

// {"charts": […], "phases": […], "classes": […], "swaps": […], "faults": […], "starts": […]}; x in
// seconds since the start of the load; a null in a line is where it breaks.
nlohmann::json chart_json(const std::vector<Chart>& charts, const history::History& history);

}  // namespace bhsim::report
