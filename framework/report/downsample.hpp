#pragma once
// Fewer points that look the same: what a chart can show, not what was measured.

#include <cstddef>
#include <vector>

namespace bhsim::report {

// A line: y at x, x ascending. `low` and `high` are either empty or as long as the others: the band
// around y.
struct Line {
  std::vector<double> x, y, low, high;
  [[nodiscard]] std::size_t size() const { return x.size(); }
};

// Largest triangle three buckets (S. Steinarsson, "Downsampling Time Series for Visual
// Representation", 2013): at most `most` of the points, first and last among them, chosen so that
// the shape stays. For gauges.
Line lttb(const Line& line, std::size_t most);

// At most `most` points, each the highest of its stretch of time, where it was: no peak is lost.
// For latencies and pauses.
Line peaks(const Line& line, std::size_t most);

// At most `most` stretches of time of equal length, each with its mean and, as a band, its lowest
// and highest. For rates, whose means are what matters and whose dips must not vanish.
Line banded(const Line& line, std::size_t most);

// `thinned` with a point that has no value (NaN) wherever `raw` is silent for more than four
// seconds and three times its usual step: nobody shall draw a line through a time in which nothing
// was seen.
Line with_breaks(Line thinned, const Line& raw);

}  // namespace bhsim::report
