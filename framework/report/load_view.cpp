#include "framework/report/load_view.hpp"

#include "framework/report/evidence.hpp"

namespace bhsim::report {
namespace {

// The histograms of the second at hand, over all operations.
struct Second {
  stats::Histogram corrected, uncorrected;
};

}  // namespace

void LoadTotals::add(const history::LoadSecond& row) {
  planned += row.planned;
  for (std::size_t i = 0; i < outcomes.size(); ++i) outcomes[i] += row.outcomes[i];
  within_slo += row.within_slo;
  blocked += row.blocked;
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
  Second second;
  const auto merge = [&](const std::string& bytes, stats::Histogram& into) {
    if (bytes.empty()) return;
    if (const auto decoded = stats::Histogram::decode(bytes)) {
      into.merge(*decoded);
    } else {
      ++view.unreadable;
    }
  };
  const auto& rows = history.load();
  for (std::size_t i = 0; i < rows.size();) {
    const Time t = rows[i].t;
    LoadSecondView shown;
    shown.second = to_seconds(t - start);
    second.corrected.clear();
    second.uncorrected.clear();
    LoadTotals totals;
    for (; i < rows.size() && rows[i].t == t; ++i) {
      totals.add(rows[i]);
      merge(rows[i].corrected, second.corrected);
      merge(rows[i].uncorrected, second.uncorrected);
    }
    shown.planned = totals.planned;
    shown.outcomes = totals.outcomes;
    shown.corrected = percentiles(second.corrected);
    shown.uncorrected = percentiles(second.uncorrected);
    view.seconds.push_back(shown);

    const auto add_to = [&](LoadTotals& sum) {
      sum.planned += totals.planned;
      for (std::size_t o = 0; o < sum.outcomes.size(); ++o) sum.outcomes[o] += totals.outcomes[o];
      sum.within_slo += totals.within_slo;
      sum.blocked += totals.blocked;
      sum.corrected.merge(second.corrected);
    };
    add_to(view.whole);
    for (auto& phase : view.phases) {
      if (phase.span.contains(t)) add_to(phase.load);
    }
  }
  return view;
}

}  // namespace bhsim::report
