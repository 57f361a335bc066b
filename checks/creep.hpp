#pragma once
// How much a figure changes from the beginning to the end of a run, as a share of what it was at
// the beginning, and whether that is beyond what a machine does to it by its own ups and downs.

#include <vector>

#include "checks/trend.hpp"

namespace bhsim::checks {

// Fewer windows than that say nothing of a run, and with more of them than that neighbours tell the
// same: what disturbs a machine lasts for minutes.
inline constexpr std::size_t kFewestWindowsOfCreep = 10;
inline constexpr std::size_t kMostWindowsOfCreep = 24;

struct Creep {
  double percent = 0;   // of growth from the first to the last window
  Interval interval;    // 95 %, wider where neighbouring windows depend on each other
  Interval wide;        // 99 %: what a failure has to lie beyond
  double p_rising = 1;  // one-sided
  std::size_t windows = 0;
};

// `windows` in order of x; needs at least kFewestWindowsOfCreep. Where the figure at the beginning
// is below `least`, that counts instead: a large share of next to nothing is nothing.
Creep creep_of(const std::vector<TrendPoint>& windows, double least);

enum class CreepCourse {
  steady,   // the interval ends below the limit
  growing,  // the wide interval lies above the limit, and the order of the windows rises (1 %)
  unclear,
};
CreepCourse course_of(const Creep& creep, double limit_percent);

// How many times longer a run has to be for the interval to fall on one side of the limit, when the
// machine stays as it is: windows grow in length or number, and the interval shrinks by the root.
double longer_for(const Creep& creep, double limit_percent);

}  // namespace bhsim::checks
