#include "framework/probes/recording_rows.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "framework/base/log.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"
#include "framework/probes/jfr_costs.hpp"
#include "framework/probes/probe.hpp"

namespace bhsim::probes {
namespace {

struct RecordingFile {
  Path path;
  WallTime start;  // of its first chunk; far in the past when it has none
};

std::vector<RecordingFile> recordings_below(const Path& folder) {
  std::vector<RecordingFile> files;
  std::error_code trouble;
  for (auto entry = std::filesystem::recursive_directory_iterator(folder, trouble);
       !trouble && entry != std::filesystem::recursive_directory_iterator();
       entry.increment(trouble)) {
    if (!entry->is_regular_file(trouble) || entry->path().extension() != ".jfr") continue;
    std::string head(jfr::kHeaderBytes, '\0');
    std::ifstream(entry->path(), std::ios::binary)
        .read(head.data(), static_cast<std::streamsize>(head.size()));
    const auto header = jfr::parse_header(head);
    files.push_back({entry->path(), header ? header->start : WallTime::min()});
  }
  std::ranges::sort(files, {}, [](const auto& file) { return std::pair(file.start, file.path); });
  return files;
}

history::Cost row_of(const std::string& kind, std::size_t rank, const jfr::Dear& dear,
                     const Clock& clock) {
  history::Cost row;
  row.kind = kind;
  row.rank = static_cast<std::int64_t>(rank);
  row.what = dear.what;
  row.stack = dear.stack;
  row.samples = dear.samples;
  row.agent_samples = dear.agent_samples;
  row.share = dear.share;
  const auto weight = static_cast<std::int64_t>(dear.weight);
  if (kind == "allocation") row.bytes = weight;
  if (kind == "pause" || kind == "lock") row.took = Nanos(weight);
  if (dear.t) row.t = at_wall(clock, *dear.t);
  return row;
}

// A day has 170,000 rows, more than the store's queue holds at once.
void keep_allocated(const std::vector<jfr::Allocated>& points, bool agent, const Clock& clock,
                    history::Store& store) {
  constexpr std::size_t kAtOnce = 4'096;
  namespace series = history::series;
  for (std::size_t i = 0; i < points.size(); ++i) {
    const Time t = at_wall(clock, points[i].t);
    const auto add = [&](std::string_view name, std::int64_t bytes) {
      store.add(history::Sample{std::string(name), t, static_cast<double>(bytes)});
    };
    add(series::kAllocated, points[i].bytes);
    if (agent) add(series::kAllocatedAgent, points[i].agent_bytes);
    if (i % kAtOnce == kAtOnce - 1)
      if (const auto kept = store.flush(); !kept) log::warning("{}", kept.error().message);
  }
}

}  // namespace

void keep_recording_rows(const Path& run_directory, const std::string& agent_thread_prefix,
                         const Clock& clock, history::Store& store) {
  jfr::Costs costs(agent_thread_prefix);
  auto fact = nlohmann::json::array();
  const auto instant = [&clock](const std::optional<WallTime>& wall) {
    return wall ? nlohmann::json(to_ns(at_wall(clock, *wall))) : nlohmann::json();
  };
  for (const auto& [path, start] : recordings_below(run_directory / "artifacts")) {
    const auto report = costs.read(path, path.parent_path().string());
    const auto name = path.lexically_relative(run_directory).generic_string();
    if (!report.trouble.empty()) log::debug("recording {}: {}", name, report.trouble);
    std::error_code none;
    fact.push_back({{"path", name},
                    {"bytes", std::filesystem::file_size(path, none)},
                    {"chunks", report.chunks},
                    {"events", report.events},
                    {"from_ns", instant(report.from)},
                    {"to_ns", instant(report.to)},
                    {"whole", report.whole},
                    {"trouble", report.trouble}});
  }
  store.set_fact_json(history::fact::kRecordings, fact);
  keep_allocated(costs.allocated(), !agent_thread_prefix.empty(), clock, store);
  for (const auto& [kind, dearest] : costs.dearest(history::kMostCosts))
    for (std::size_t i = 0; i < dearest.size(); ++i)
      store.add(row_of(kind, i + 1, dearest[i], clock));
}

}  // namespace bhsim::probes
