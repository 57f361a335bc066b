#include "framework/report/downsample.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace bhsim::report {
namespace {

// A probe of every second may miss some.
constexpr double kShortestBreak = 4;

struct Range {
  std::size_t from, to;  // [from, to)
};

// Stretches of equal length in x that hold at least one point each, at most `most`.
std::vector<Range> stretches(const Line& line, std::size_t most) {
  std::vector<Range> ranges;
  if (line.size() == 0 || most == 0) return ranges;
  const double width = (line.x.back() - line.x.front()) / static_cast<double>(most);
  std::size_t from = 0;
  std::size_t bucket = 0;
  for (std::size_t i = 1; i <= line.size(); ++i) {
    std::size_t of_i = bucket + 1;
    if (i < line.size()) {
      const double place = width > 0 ? (line.x[i] - line.x.front()) / width : 0;
      of_i = std::min(most - 1, static_cast<std::size_t>(place));
    }
    if (i < line.size() && of_i == bucket) continue;
    ranges.push_back({from, i});
    from = i;
    bucket = of_i;
  }
  return ranges;
}

double mean_of(const std::vector<double>& values, Range r) {
  double sum = 0;
  for (std::size_t i = r.from; i < r.to; ++i) sum += values[i];
  return sum / static_cast<double>(r.to - r.from);
}

}  // namespace

Line lttb(const Line& line, std::size_t most) {
  if (line.size() <= most || most < 3) return line;
  Line result;
  const auto take = [&](std::size_t i) {
    result.x.push_back(line.x[i]);
    result.y.push_back(line.y[i]);
  };
  take(0);
  std::size_t last = 0;
  const double width = static_cast<double>(line.size() - 2) / static_cast<double>(most - 2);
  const auto bound = [&](std::size_t bucket) {
    return std::min(line.size() - 1,
                    static_cast<std::size_t>(static_cast<double>(bucket) * width) + 1);
  };
  for (std::size_t bucket = 0; bucket < most - 2; ++bucket) {
    const Range here{bound(bucket), bound(bucket + 1)};
    const Range next{here.to, std::max(here.to + 1, bound(bucket + 2))};
    const double next_x = mean_of(line.x, next);
    const double next_y = mean_of(line.y, next);
    std::size_t best = here.from;
    double largest = -1;
    for (std::size_t i = here.from; i < here.to; ++i) {
      const double area = std::abs((line.x[last] - next_x) * (line.y[i] - line.y[last]) -
                                   (line.x[last] - line.x[i]) * (next_y - line.y[last]));
      if (area > largest) {
        largest = area;
        best = i;
      }
    }
    take(best);
    last = best;
  }
  take(line.size() - 1);
  return result;
}

Line peaks(const Line& line, std::size_t most) {
  if (line.size() <= most) return line;
  Line result;
  for (const Range r : stretches(line, most)) {
    const auto begin = line.y.begin();
    const auto highest = std::max_element(begin + static_cast<std::ptrdiff_t>(r.from),
                                          begin + static_cast<std::ptrdiff_t>(r.to));
    const auto i = static_cast<std::size_t>(highest - begin);
    result.x.push_back(line.x[i]);
    result.y.push_back(line.y[i]);
  }
  return result;
}

Line banded(const Line& line, std::size_t most) {
  Line result;
  const auto ranges = line.size() <= most ? std::vector<Range>() : stretches(line, most);
  if (ranges.empty()) {
    result = line;
    result.low = result.high = line.y;
    return result;
  }
  for (const Range r : ranges) {
    const auto begin = line.y.begin() + static_cast<std::ptrdiff_t>(r.from);
    const auto end = line.y.begin() + static_cast<std::ptrdiff_t>(r.to);
    result.x.push_back(line.x[r.from]);
    result.y.push_back(mean_of(line.y, r));
    result.low.push_back(*std::min_element(begin, end));
    result.high.push_back(*std::max_element(begin, end));
  }
  return result;
}

Line with_breaks(Line thinned, const Line& raw) {
  if (raw.size() < 3) return thinned;
  std::vector<double> steps;
  for (std::size_t i = 1; i < raw.size(); ++i) steps.push_back(raw.x[i] - raw.x[i - 1]);
  const auto middle = steps.begin() + static_cast<std::ptrdiff_t>(steps.size() / 2);
  std::nth_element(steps.begin(), middle, steps.end());
  const double longest = std::max(kShortestBreak, 3 * *middle);
  constexpr double kNothing = std::numeric_limits<double>::quiet_NaN();
  Line result;
  const auto put = [&](double x, double y, double low, double high) {
    result.x.push_back(x);
    result.y.push_back(y);
    if (thinned.low.empty()) return;
    result.low.push_back(low);
    result.high.push_back(high);
  };
  std::size_t next = 0;  // of `thinned`
  const auto take_until = [&](double x) {
    for (; next < thinned.size() && thinned.x[next] <= x; ++next) {
      const bool band = !thinned.low.empty();
      put(thinned.x[next], thinned.y[next], band ? thinned.low[next] : 0,
          band ? thinned.high[next] : 0);
    }
  };
  for (std::size_t i = 1; i < raw.size(); ++i) {
    if (raw.x[i] - raw.x[i - 1] <= longest) continue;
    take_until(raw.x[i - 1]);
    put((raw.x[i - 1] + raw.x[i]) / 2, kNothing, kNothing, kNothing);
  }
  take_until(raw.x.back());
  return result;
}

}  // namespace bhsim::report
