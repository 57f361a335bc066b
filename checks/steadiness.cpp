// STAB-06, STAB-08, STAB-09 · phase-9.2 section 9.2.3: what piles up outside the heap.

#include <algorithm>

#include "checks/families.hpp"
#include "checks/growth.hpp"
#include "checks/limits.hpp"
#include "framework/history/series.hpp"
#include "framework/stats/trend.hpp"

namespace bhsim::checks {
namespace {

namespace series = history::series;

// The growth of direct buffers, code cache and the collector's own books that a young JVM shows by
// itself, with pages of the heap that are touched again elsewhere: 20 MB in a minute, measured.
constexpr double kYoungNative = 32;  // MB
constexpr double kYoungFiles = 16;   // MB: journals grow in blocks, files are begun

std::string rows_of(std::string_view names, Span life) {
  return fmt::format("series IN ({}) AND {}", names, within("t", life));
}

// --- STAB-08 -----------------------------------------------------------------------------------

constexpr std::int64_t kParts =
    30;                             // of the time, of which the last ten are held against the first
constexpr double kLeastLines = 10;  // more in the last third than in the first: fewer are chance
constexpr double kRiseByChance = 0.01;
constexpr Nanos kShortest = std::chrono::seconds(60);

struct Errors {
  std::vector<double> parts;   // lines in each part that faults leave half of
  double first = 0, last = 0;  // lines an hour in the first and the last third
  double more = 0;             // lines in the last third beyond those in the first
  double all = 0;
};

// How many lines came in each part, from the counter's steps that no fault explains.
Errors errors_in(const Plan& plan, const History& history, Span life) {
  const auto faults = fault_spans(plan, history);
  const Nanos width = life.length() / kParts;
  std::vector<double> lines(kParts, 0);
  std::optional<double> before;
  for (const auto& point : history.samples(series::kLogErrors)) {
    const double step = before ? point.value - *before : 0;
    before = point.value;
    if (step <= 0 || !life.contains(point.t) || contains(faults, point.t)) continue;
    lines[static_cast<std::size_t>(std::min((point.t - life.from) / width, kParts - 1))] += step;
  }
  Errors errors;
  double first_hours = 0, last_hours = 0, first = 0, last = 0;
  for (std::int64_t part = 0; part < kParts; ++part) {
    const Span span{life.from + width * part, life.from + width * (part + 1)};
    const double left = to_seconds(total(subtract({span}, faults)));
    const double count = lines[static_cast<std::size_t>(part)];
    errors.all += count;
    if (part < kParts / 3) first += count, first_hours += left / 3600;
    if (part >= kParts - kParts / 3) last += count, last_hours += left / 3600;
    if (2 * left >= to_seconds(width)) errors.parts.push_back(count * to_seconds(width) / left);
  }
  errors.first = first_hours > 0 ? first / first_hours : 0;
  errors.last = last_hours > 0 ? last / last_hours : 0;
  errors.more = (errors.last - errors.first) * last_hours;
  return errors;
}

// Why the counter does not tell of the whole life; nothing when it does.
std::optional<std::string> counter_gap(const History& history, Span life) {
  const auto& told = history.samples(series::kLogErrors);
  if (told.empty())
    return "there is no sample of 'log.errors': the engine's log of the container has to be read";
  if (told.front().t > life.from)
    return fmt::format("the log was read only from {} on", spoken(told.front().t - life.from));
  if (told.back().t < life.to)
    return fmt::format("the log was not read for the last {}", spoken(life.to - told.back().t));
  return std::nullopt;
}

// --- STAB-09 -----------------------------------------------------------------------------------

Verdict volumes_bounded(const Plan& plan, const std::vector<Point>& used, Span whole) {
  if (used.empty())
    return missing("sample of 'volume.used'", "the side-car measures the volumes").window(whole);
  const double most = std::ranges::max(used, {}, &Point::value).value / kMegabyte;
  return compare(most, limit_of(plan, "STAB-09"))
      .because("the volumes held at most {:.1f} MB", most)
      .samples(static_cast<std::int64_t>(used.size()))
      .window(whole)
      .evidence("sample", rows_of("'volume.used'", whole));
}

// Whether somebody rotates what it says is not for the application to decide; how much it says is.
Verdict output_bounded(const Plan& plan, const History& history, Span whole) {
  const auto said = points_in(history, series::kLogBytes, {Time{}, whole.to});
  if (said.empty())
    return missing("sample of 'log.bytes'", "the engine's log of the container has to be read")
        .window(whole);
  double before = said.front().value;
  for (const auto& point : said)
    if (point.t <= whole.from) before = point.value;
  const double megabytes = (said.back().value - before) / kMegabyte;
  auto finding =
      compare(megabytes / (to_seconds(whole.length()) / 3600), limit_of(plan, "STAB-09.output"))
          .because("{:.2f} MB of output in {}", megabytes, spoken(whole.length()))
          .samples(static_cast<std::int64_t>(said.size()))
          .window(whole)
          .evidence("sample", rows_of("'log.bytes'", whole));
  if (finding.status() == Status::fail && megabytes <= kYoungFiles)
    return std::move(finding)
        .but(Status::inconclusive)
        .also(": {} would show whether it goes on so", spoken(whole.length() * 4));
  return finding;
}

}  // namespace

// STAB-06. What the process holds beside heap and metaspace: direct buffers, code, stacks, the
// allocator's own.
Verdict native_memory_stable(const Plan& plan, const History& history) {
  const auto life = even_time(plan, history);
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  const auto& metaspace = history.samples(series::kMetaspaceUsed);
  std::vector<Point> native;
  for (const auto& point : resident_beyond_heap(plan, history, *life)) {
    const auto after = std::ranges::upper_bound(metaspace, point.t, {}, &Point::t);
    if (after != metaspace.begin())
      native.push_back({point.t, point.value - std::prev(after)->value});
  }
  return hourly_growth(plan,
                       {"STAB-06", "native memory", "MB",
                        rows_of("'rss', 'heap.used', 'heap.committed', 'metaspace.used'", *life)},
                       native, 1 / kMegabyte, *life, {.least_growth = kYoungNative});
}

// STAB-08. The last third of the time against the first. A burst is no trend: the parts must rise
// in their order as well.
Verdict errors_do_not_grow(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  const auto life = whole ? longest_life(history, *whole) : std::nullopt;
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  if (const auto gap = counter_gap(history, *life)) return inconclusive("{}", *gap).window(*life);
  if (life->length() < kShortest)
    return inconclusive("{} of one life of the JVM; {} are needed", spoken(life->length()),
                        spoken(kShortest))
        .window(*life);
  const auto errors = errors_in(plan, history, *life);
  const auto limit = limit_of(plan, "STAB-08");
  const double rising = stats::mann_kendall(errors.parts).p_rising;
  auto finding =
      compare(errors.last - errors.first, limit)
          .because(
              "{:.0f} lines of errors in {}: {:.0f} an hour in its first third, {:.0f} in its "
              "last",
              errors.all, spoken(life->length()), errors.first, errors.last)
          .samples(static_cast<std::int64_t>(errors.parts.size()))
          .window(*life)
          .evidence("sample", rows_of("'log.errors'", *life))
          .evidence("log_line", "level IN ('ERROR', 'EXCEPTION') AND " + within("t", *life));
  if (finding.status() != Status::fail || (rising < kRiseByChance && errors.more >= kLeastLines))
    return finding;
  if (errors.more < kLeastLines)
    return std::move(finding)
        .but(Status::pass)
        .also("; fewer than {:.0f} more are no trend", kLeastLines);
  return std::move(finding)
      .but(Status::inconclusive)
      .also(", in bursts: about {} would tell them from a trend", spoken(life->length() * 2));
}

// STAB-09. The volumes of the contract, which hold its files and its event store, and what it says
// on standard output and error.
Verdict disk_use_bounded(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  std::vector<Verdict> parts{output_bounded(plan, history, *whole)};
  if (!plan.app.volumes.empty()) {
    const auto used = points_in(history, series::kVolumeUsed, *whole);
    parts.push_back(volumes_bounded(plan, used, *whole));
    parts.push_back(hourly_growth(
        plan, {"STAB-09.growth", "use of the volumes", "MB", rows_of("'volume.used'", *whole)},
        used, 1 / kMegabyte, *whole, {.least_growth = kYoungFiles, .fewest_points = 6}));
  }
  return worst(std::move(parts));
}

}  // namespace bhsim::checks
