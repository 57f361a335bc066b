#include "framework/report/load_view.hpp"

#include <map>

#include "framework/report/evidence.hpp"

namespace bhsim::report {

void LoadTotals::add(const history::LoadSecond& row) {
  planned += row.planned;
  for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += row.outcomes[i];
  within_slo += row.within_slo;
  blocked += row.blocked;
}

void LoadTotals::add(const LoadTotals& other) {
  planned += other.planned;
  for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += other.outcomes[i];
  within_slo += other.within_slo;
  blocked += other.blocked;
  corrected.merge(other.corrected);
  uncorrected.merge(other.uncorrected);
}

void LoadTotals::clear() {
  planned = within_slo = blocked = 0;
  outcomes.fill(0);
  corrected.clear();
  uncorrected.clear();
}

std::optional<Percentiles> percentiles(const stats::Histogram& histogram) {
  if (histogram.empty()) return std::nullopt;
  Percentiles values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = to_seconds(histogram.percentile(kPercentiles[i]));
  return values;
}

LoadView view_load(const history::History& history) {
  LoadView view;
  const Time start = load_start(history);
  for (const auto& window : history.windows()) {
    if (window.kind != history::WindowKind::phase) continue;
    view.phases.push_back({window.name, {window.t0, window.t1}, {}});
  }
  std::map<std::string, LoadTotals> operations;
  LoadTotals second;
  const auto merge = [&](const std::string& bytes, stats::Histogram& into, stats::Histogram& also) {
    if (bytes.empty()) return;
    if (const auto decoded = stats::Histogram::decode(bytes)) {
      into.merge(*decoded);
      also.merge(*decoded);
    } else {
      ++view.unreadable;
    }
  };
  const auto& rows = history.load();
  for (std::size_t i = 0; i < rows.size();) {
    const Time t = rows[i].t;
    second.clear();
    for (; i < rows.size() && rows[i].t == t; ++i) {
      auto& operation = operations[rows[i].operation];
      operation.add(rows[i]);
      second.add(rows[i]);
      merge(rows[i].corrected, second.corrected, operation.corrected);
      merge(rows[i].uncorrected, second.uncorrected, operation.uncorrected);
    }
    view.seconds.push_back({.second = to_seconds(t - start),
                            .planned = second.planned,
                            .outcomes = second.outcomes,
                            .corrected = percentiles(second.corrected),
                            .uncorrected = percentiles(second.uncorrected)});
    view.whole.add(second);
    for (auto& phase : view.phases) {
      if (phase.span.contains(t)) phase.load.add(second);
    }
  }
  for (auto& [name, load] : operations) view.operations.push_back({name, std::move(load)});
  return view;
}

}  // namespace bhsim::report
