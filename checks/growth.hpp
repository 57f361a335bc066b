#pragma once
// Growth over the life of a JVM, as a verdict: what memory, threads, files and their like must not
// show.

#include <string>
#include <string_view>
#include <vector>

#include "checks/select.hpp"
#include "checks/trend.hpp"

namespace bhsim::checks {

inline constexpr double kMegabyte = 1024.0 * 1024.0;
// As many points as a trend is made of: neighbouring samples tell the same.
inline constexpr std::size_t kBuckets = 60;

struct Growing {
  std::string_view limit;  // id
  std::string_view what;   // "loaded classes"
  std::string_view unit;   // of the growth
  std::string evidence;    // a condition for rows of `sample`
};

// Where the application does the same all the time: from the first to the last phase with swaps, in
// its longest life there.
std::optional<Span> even_time(const Plan& plan, const History& history);

// What a course means. `rate` names the unit of x: "an hour", "a swap".
Verdict growth_verdict(const TrendFinding& found, const config::Limit& limit, const Growing& of,
                       Span life, const TrendRule& rule, std::string_view rate);

// Growth an hour of a series that lies in `life`; `scale` is from its unit to that of the growth.
// `rule.least_growth` is over the whole life.
Verdict hourly_growth(const Plan& plan, const Growing& of, const std::vector<Point>& points,
                      double scale, Span life, const TrendRule& rule);

// Resident memory that the Java heap cannot explain, in bytes. The heap's pages become resident
// when they are first touched, so what it held at most so far, by samples and GC log, counts as
// resident and no more: committed heap may never be touched. Outside faults.
std::vector<Point> resident_beyond_heap(const Plan& plan, const History& history, Span life);

}  // namespace bhsim::checks
