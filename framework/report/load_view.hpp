#pragma once
// The load of a run, aggregated once for all reports: by second, by phase, and as a whole.
// Histograms are merged, percentiles never averaged.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "framework/history/history.hpp"
#include "framework/stats/histogram.hpp"

namespace bhsim::report {

inline constexpr std::array kPercentiles = {50.0, 90.0, 99.0, 99.9};
inline constexpr std::size_t kP99 = 2;                        // its place in there
using Percentiles = std::array<double, kPercentiles.size()>;  // seconds

struct LoadTotals {
  std::int64_t planned = 0;
  std::array<std::int64_t, history::kOutcomes> outcomes{};
  std::int64_t within_slo = 0;
  std::int64_t blocked = 0;
  stats::Histogram corrected;    // from the planned start
  stats::Histogram uncorrected;  // from the send

  void add(const history::LoadSecond& row);  // its counts; its histograms are the caller's to merge
  void add(const LoadTotals& other);
  void clear();  // keeps the memory of the histograms
  [[nodiscard]] std::int64_t ok() const { return outcomes[0]; }
  [[nodiscard]] std::int64_t not_ok() const { return planned - outcomes[0]; }
};

struct LoadSecondView {
  double second = 0;  // since the start of the load
  std::int64_t planned = 0;
  std::array<std::int64_t, history::kOutcomes> outcomes{};
  // Nothing in a second without responses.
  std::optional<Percentiles> corrected;
  std::optional<Percentiles> uncorrected;
};

struct PhaseView {
  std::string name;
  history::Span span;
  LoadTotals load;
};

struct OperationView {
  std::string name;
  LoadTotals load;
};

struct LoadView {
  std::vector<LoadSecondView> seconds;
  std::vector<PhaseView> phases;
  std::vector<OperationView> operations;  // by name
  LoadTotals whole;                       // all phases
  std::int64_t unreadable = 0;            // histograms that could not be decoded
};

LoadView view_load(const history::History& history);

std::optional<Percentiles> percentiles(const stats::Histogram& histogram);

}  // namespace bhsim::report
