#include "framework/report/chart_data.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "framework/history/names.hpp"
#include "framework/history/series.hpp"
#include "framework/report/evidence.hpp"
#include "framework/report/text.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::report {
namespace {

using history::History;
using history::WindowKind;
namespace series = history::series;

// Each swap is an event of its own; some 2,400 are made in 4 h.
constexpr std::size_t kMostSwapPoints = 2500;
constexpr double kMegabyte = 1024.0 * 1024.0;

// Four significant digits are more than a chart shows.
double rounded(double value) {
  if (value == 0 || !std::isfinite(value)) return 0;
  const double scale = std::pow(10, 3 - std::floor(std::log10(std::abs(value))));
  return std::round(value * scale) / scale;
}

double rounded_second(double s) { return std::round(s * 10) / 10; }

void add(Chart& chart, std::string name, Line line) {
  const int colour = static_cast<int>(chart.series.size());
  if (line.size() > 0) chart.series.push_back({std::move(name), std::move(line), colour});
}

Line gauge(const History& history, std::string_view name, double scale) {
  Line line;
  const Time start = load_start(history);
  for (const auto& point : history.samples(name)) {
    line.x.push_back(to_seconds(point.t - start));
    line.y.push_back(point.value * scale);
  }
  return with_breaks(lttb(line, kMostChartPoints), line);
}

// Of a counter in nanoseconds: its rate of growth, as percent of one core. A counter that falls was
// started anew.
Line busy_percent(const History& history, std::string_view name) {
  Line line;
  const Time start = load_start(history);
  const auto& points = history.samples(name);
  for (std::size_t i = 1; i < points.size(); ++i) {
    const double passed = static_cast<double>((points[i].t - points[i - 1].t).count());
    const double grown = points[i].value - points[i - 1].value;
    if (passed <= 0 || grown < 0) continue;
    line.x.push_back(to_seconds(points[i].t - start));
    line.y.push_back(100 * grown / passed);
  }
  return with_breaks(lttb(line, kMostChartPoints), line);
}

Chart throughput(const LoadView& load) {
  Chart chart{"throughput", "Throughput", "requests/s",
              "Mean of each stretch, with the lowest and highest second as a band.",
              ChartKind::band};
  Line planned;
  Line ok;
  for (const auto& second : load.seconds) {
    for (Line* line : {&planned, &ok}) line->x.push_back(second.second);
    planned.y.push_back(static_cast<double>(second.planned));
    ok.y.push_back(static_cast<double>(second.outcomes[0]));
  }
  add(chart, "planned", banded(planned, kMostChartPoints));
  add(chart, "ok", banded(ok, kMostChartPoints));
  return chart;
}

using SecondPercentiles = std::optional<Percentiles> LoadSecondView::*;

Line latency_line(const LoadView& load, SecondPercentiles which, std::size_t percentile) {
  Line line;
  for (const auto& second : load.seconds) {
    const auto& values = second.*which;
    if (!values) continue;
    line.x.push_back(second.second);
    line.y.push_back((*values)[percentile] * 1e3);
  }
  return with_breaks(peaks(line, kMostChartPoints), line);
}

Chart latency(const LoadView& load, SecondPercentiles which, std::string id, std::string title,
              std::string note) {
  Chart chart{std::move(id), std::move(title), "ms", std::move(note), ChartKind::lines};
  chart.logarithmic = true;
  for (std::size_t i = 0; i < kPercentiles.size(); ++i)
    add(chart, fmt::format("p{}", kPercentiles[i]), latency_line(load, which, i));
  // The highest is drawn first, so that it does not hide the others.
  std::reverse(chart.series.begin(), chart.series.end());
  return chart;
}

Chart errors(const LoadView& load) {
  Chart chart{"errors", "Requests that failed", "requests/s", "The worst second of each stretch.",
              ChartKind::lines};
  for (std::size_t outcome = 1; outcome < history::kOutcomes; ++outcome) {
    Line line;
    bool any = false;
    for (const auto& second : load.seconds) {
      line.x.push_back(second.second);
      line.y.push_back(static_cast<double>(second.outcomes[outcome]));
      any = any || second.outcomes[outcome] > 0;
    }
    if (any) {
      add(chart, spaced(to_string(static_cast<history::Outcome>(outcome))),
          peaks(line, kMostChartPoints));
    }
  }
  return chart;
}

Chart swap_latency(const History& history) {
  Chart chart{
      "swaps", "Swap latency", "s",
      "From just before the first byte is written to the first response by the new version.",
      ChartKind::points};
  Line line;
  const Time start = load_start(history);
  for (const auto& swap : history.swaps()) {
    if (!swap.valid || !swap.t_served || swap.role != "load") continue;
    line.x.push_back(to_seconds(swap.t_write - start));
    line.y.push_back(to_seconds(*swap.t_served - swap.t_write));
  }
  add(chart, "valid swaps", peaks(line, kMostSwapPoints));
  return chart;
}

Chart memory(const History& history) {
  Chart chart{"memory", "Memory", "MB", "", ChartKind::lines};
  add(chart, "heap used", gauge(history, series::kHeapUsed, 1 / kMegabyte));
  add(chart, "heap committed", gauge(history, series::kHeapCommitted, 1 / kMegabyte));
  add(chart, "metaspace", gauge(history, series::kMetaspaceUsed, 1 / kMegabyte));
  add(chart, "resident (RSS)", gauge(history, series::kRss, 1 / kMegabyte));
  add(chart, "container", gauge(history, series::kContainerMemory, 1 / kMegabyte));
  return chart;
}

Chart live_set(const History& history) {
  Chart chart{"live-set", "Live set after full collections", "MB",
              "Heap in use right after collections that bhsim forced: where a leak shows.",
              ChartKind::lines};
  add(chart, "live", gauge(history, series::kHeapLive, 1 / kMegabyte));
  return chart;
}

Chart cpu(const History& history) {
  Chart chart{"cpu", "CPU", "% of one core", "", ChartKind::lines};
  add(chart, "application", busy_percent(history, series::kCpuApp));
  add(chart, "agent's threads", busy_percent(history, series::kCpuAgent));
  add(chart, "bhsim", busy_percent(history, series::kOwnCpu));
  return chart;
}

Chart collections(const History& history) {
  Chart chart{"gc", "Garbage collection pauses", "ms", "", ChartKind::points};
  Line own;
  Line forced;
  const Time start = load_start(history);
  for (const auto& pause : history.gc()) {
    Line& line = pause.forced ? forced : own;
    line.x.push_back(to_seconds(pause.t - start));
    line.y.push_back(to_seconds(pause.pause) * 1e3);
  }
  add(chart, "pause", peaks(own, kMostChartPoints));
  add(chart, "forced by bhsim", peaks(forced, kMostChartPoints));
  return chart;
}

Chart plain(const History& history, std::string id, std::string title, std::string_view name,
            std::string unit) {
  Chart chart{std::move(id), std::move(title), std::move(unit), "", ChartKind::lines};
  add(chart, chart.title, gauge(history, name, 1));
  return chart;
}

// How far behind its own plan the generator sent while a connection was free: of other charts'
// latencies this much may be bhsim's own.
Chart generator(const History& history) {
  Chart chart{"generator", "Generator: lag of sends", "ms",
              "How late bhsim itself sent although a connection was free (LOAD-06). The worst "
              "second of each stretch.",
              ChartKind::lines};
  chart.logarithmic = true;
  Line p99;
  Line highest;
  const Time start = load_start(history);
  for (const auto& second : history.generator()) {
    const auto lag = stats::Histogram::decode(second.lag);
    if (!lag || lag->empty()) continue;
    for (Line* line : {&p99, &highest}) line->x.push_back(to_seconds(second.t - start));
    p99.y.push_back(to_seconds(lag->percentile(99)) * 1e3);
    highest.y.push_back(to_seconds(second.lag_max) * 1e3);
  }
  add(chart, "highest", with_breaks(peaks(highest, kMostChartPoints), highest));
  add(chart, "p99", with_breaks(peaks(p99, kMostChartPoints), p99));
  return chart;
}

Chart health(const History& history) {
  Chart chart{"health", "Health probes", "ms",
              "Time to an answer, the worst of each stretch; without a line there was none.",
              ChartKind::lines};
  const Time start = load_start(history);
  for (const std::string_view endpoint : {"live", "ready"}) {
    Line line;
    for (const auto& probe : history.health()) {
      if (probe.endpoint != endpoint || probe.role != "load" || probe.status == 0) continue;
      line.x.push_back(to_seconds(probe.t - start));
      line.y.push_back(to_seconds(probe.latency) * 1e3);
    }
    add(chart, std::string(endpoint), with_breaks(peaks(line, kMostChartPoints), line));
  }
  return chart;
}

nlohmann::json numbers(const std::vector<double>& values, double (*round)(double)) {
  auto list = nlohmann::json::array();
  for (const double v : values) {
    if (std::isnan(v)) {  // a break of the line
      list.push_back(nullptr);
      continue;
    }
    const double r = round(v);
    // Whole numbers without ".0": a tenth of the file.
    if (r == std::floor(r) && std::abs(r) < 1e15) {
      list.push_back(static_cast<std::int64_t>(r));
    } else {
      list.push_back(r);
    }
  }
  return list;
}

nlohmann::json series_json(const Series& one) {
  nlohmann::json json = {{"name", valid_utf8(one.name)},
                         {"colour", one.colour},
                         {"x", numbers(one.line.x, rounded_second)},
                         {"y", numbers(one.line.y, rounded)}};
  if (!one.line.low.empty()) {
    json["low"] = numbers(one.line.low, rounded);
    json["high"] = numbers(one.line.high, rounded);
  }
  return json;
}

std::string_view kind_name(ChartKind kind) {
  if (kind == ChartKind::points) return "points";
  return kind == ChartKind::band ? "band" : "lines";
}

}  // namespace

std::size_t Chart::size() const {
  std::size_t sum = 0;
  for (const auto& one : series) sum += one.line.size();
  return sum;
}

std::vector<Chart> make_charts(const History& history, const LoadView& load) {
  std::vector<Chart> charts;
  charts.push_back(throughput(load));
  charts.push_back(errors(load));
  charts.push_back(
      latency(load, &LoadSecondView::corrected, "latency", "Latency from the planned start",
              "The worst second of each stretch. Waiting for a free connection counts."));
  charts.push_back(latency(
      load, &LoadSecondView::uncorrected, "latency-uncorrected", "Latency from the send",
      "The same, uncorrected. Where it is far below the left one, requests waited to be sent."));
  charts.push_back(swap_latency(history));
  charts.push_back(collections(history));
  charts.push_back(memory(history));
  charts.push_back(live_set(history));
  charts.push_back(cpu(history));
  charts.push_back(plain(history, "threads", "Threads", series::kThreads, ""));
  charts.push_back(health(history));
  charts.push_back(generator(history));
  charts.push_back(plain(history, "descriptors", "Open descriptors", series::kDescriptors, ""));
  charts.push_back(plain(history, "classes", "Loaded classes", series::kClassesLoaded, ""));
  return charts;
}

nlohmann::json chart_json(const std::vector<Chart>& charts, const History& history) {
  const Time start = load_start(history);
  const auto second = [&](Time t) { return rounded_second(to_seconds(t - start)); };
  auto list = nlohmann::json::array();
  for (const auto& chart : charts) {
    if (chart.size() == 0) continue;
    auto all = nlohmann::json::array();
    for (const auto& one : chart.series) all.push_back(series_json(one));
    list.push_back({{"id", chart.id},
                    {"title", chart.title},
                    {"unit", chart.unit},
                    {"kind", kind_name(chart.kind)},
                    {"log", chart.logarithmic},
                    {"series", std::move(all)}});
  }
  nlohmann::json json = {{"charts", std::move(list)},          {"phases", nlohmann::json::array()},
                         {"classes", nlohmann::json::array()}, {"swaps", nlohmann::json::array()},
                         {"faults", nlohmann::json::array()},  {"starts", nlohmann::json::array()}};
  for (const auto& window : history.windows()) {
    const bool phase = window.kind == WindowKind::phase;
    if (!phase && window.kind != WindowKind::fault) continue;
    json[phase ? "phases" : "faults"].push_back(
        {valid_utf8(window.name), second(window.t0), second(window.t1)});
  }
  std::map<std::string, std::size_t> class_numbers;
  for (const auto& swap : history.swaps()) {
    if (swap.role != "load") continue;
    const bool bad = swap.outcome == history::SwapOutcome::lost ||
                     swap.outcome == history::SwapOutcome::accepted;
    // A name is stored once: four hours have some 2,400 swaps.
    const auto named = class_numbers.try_emplace(swap.class_name, class_numbers.size());
    if (named.second) json["classes"].push_back(valid_utf8(swap.class_name));
    json["swaps"].push_back(
        {second(swap.t_write), bad ? 1 : 0, named.first->second, swap.generation});
  }
  for (const auto& jvm : history.jvms()) {
    if (jvm.role == "load") json["starts"].push_back(second(jvm.t_start));
  }
  return json;
}

}  // namespace bhsim::report
