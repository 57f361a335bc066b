#pragma once
// When growth is a leak. A verdict of growth needs all three: the interval of the slope lies above
// the limit, the order of the values rises (Mann–Kendall), and the growth over the period is more
// than what a healthy JVM does by itself.

#include <string>
#include <vector>

#include "checks/verdict.hpp"

namespace bhsim::checks {

struct TrendPoint {
  double x = 0;
  double y = 0;
};

struct TrendRule {
  // Over the whole period, in the unit of y. Less is never called a leak, and when the interval
  // allows no more, the course is flat whatever the rate: a short period makes large rates of
  // little.
  double least_growth = 0;
  // Up to so much may come in bursts, as a young JVM loads classes late; 0: nothing does. Where
  // something does, growth over more than half of the steps of x is a leak however small, and other
  // growth only when it is more than the bursts.
  double bursts = 0;
  double p_rising = 0.01;  // one-sided
  std::size_t fewest_points = 8;
};

struct Trend {
  double slope = 0;  // Theil–Sen, y for each x
  Interval interval;
  double growth = 0;  // slope times the length of x
  double p = 1;       // one-sided, of rising
  std::size_t points = 0;
};

enum class Course {
  too_little,  // fewer points than the rule asks for, or all at one x
  flat,        // the interval ends below the limit, or it allows less than the least growth
  rising,      // a leak
  unclear,     // anything else: the data do not decide
};

struct TrendFinding {
  Course course = Course::too_little;
  Trend trend;
  // How much longer the period would have to be for the interval to fall on one side, as a factor;
  // at least 1.
  double longer = 1;
};

TrendFinding judge_trend(const std::vector<TrendPoint>& points, double limit,
                         const TrendRule& rule);

}  // namespace bhsim::checks
