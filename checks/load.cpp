// LOAD · phase-9.2 section 9.2.2.

#include <algorithm>
#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "checks/families.hpp"
#include "checks/growth.hpp"
#include "checks/latency.hpp"
#include "checks/limits.hpp"
#include "checks/select.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

using history::Failure;
namespace series = history::series;
namespace fact = history::fact;

// What a swap may still disturb when its new generation was not seen.
constexpr Nanos kUnseenSwap = std::chrono::seconds(1);
// Below this chance, failures that meet swaps are not the errors that happen all the time.
constexpr double kDropsByChance = 0.01;

// --- LOAD-02 -----------------------------------------------------------------------------------

// The instants at which a class was being redefined, as disjoint spans.
std::vector<Span> redefinition_spans(const Plan& plan, const History& history, Span whole) {
  std::vector<Span> spans;
  const auto faults = fault_spans(plan, history);
  for (const auto& swap : history.swaps()) {
    if (swap.role != kLoadRole || !whole.contains(swap.t_write)) continue;
    const Time end =
        std::max(swap.t_served.value_or(swap.t_write + kUnseenSwap), swap.t_write + Nanos(1));
    if (subtract({{swap.t_write, end}}, faults).empty()) continue;
    if (!spans.empty() && swap.t_write <= spans.back().to)
      spans.back().to = std::max(spans.back().to, end);
    else
      spans.push_back({swap.t_write, end});
  }
  return spans;
}

Time begin_of(const Failure& failure) { return failure.t_sent.value_or(failure.t_planned); }

bool meets(const std::vector<Span>& spans, const Failure& failure) {
  const auto next = std::ranges::upper_bound(spans, begin_of(failure), {}, &Span::to);
  return next != spans.end() && next->from <= failure.t_done;
}

// The share of `length` at which a request that takes `lasts` meets one of the spans.
double chance(const std::vector<Span>& spans, Nanos lasts, Nanos length) {
  Nanos covered{};
  Time end = time_from_ns(0);
  for (const auto& span : spans) {
    const Time from = std::max(span.from - lasts, end);
    if (span.to > from) covered += span.to - from;
    end = std::max(end, span.to);
  }
  return std::min(1.0, to_seconds(covered) / std::max(1e-9, to_seconds(length)));
}

// P(X >= k) of a Poisson count.
double at_least(std::int64_t k, double mean) {
  double term = std::exp(-mean);
  double below = 0;
  for (std::int64_t i = 0; i < k && i < 100'000; ++i) {
    below += term;
    term *= mean / static_cast<double>(i + 1);
  }
  return std::max(0.0, 1 - below);
}

struct Drops {
  std::int64_t at_swaps = 0;
  std::int64_t elsewhere = 0;
  double by_chance = 0;  // how many would meet a swap if failures did not care for swaps
};

Drops count_drops(const History& history, const std::vector<Span>& swaps,
                  const std::vector<Span>& judged) {
  Drops drops;
  const Nanos length = total(judged);
  std::map<std::int64_t, double> chances;  // by duration, rounded up to a power of two
  for (const auto& failure : history.failures()) {
    if (!contains(judged, begin_of(failure))) continue;
    ++(meets(swaps, failure) ? drops.at_swaps : drops.elsewhere);
    std::int64_t lasts = 1;
    while (lasts < (failure.t_done - begin_of(failure)).count()) lasts *= 2;
    const auto [entry, is_new] = chances.try_emplace(lasts, 0);
    if (is_new) entry->second = chance(swaps, Nanos(lasts), length);
    drops.by_chance += entry->second;
  }
  return drops;
}

// --- LOAD-04 -----------------------------------------------------------------------------------

// The log tells of a pause when it is over. One that a fault fell into lasted as long as the fault.
bool wholly_in(const std::vector<Span>& spans, const history::GcPause& gc) {
  return std::ranges::any_of(
      spans, [&](const Span& span) { return span.from <= gc.t - gc.pause && gc.t < span.to; });
}

}  // namespace

// LOAD-01. Everything planned that did not end ok, whoever refused it.
Verdict error_rate(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto spans = undisturbed(plan, history, *whole);
  const auto sums = totals(load_in(history, spans), spans);
  const auto gaps = gap(plan, sums);
  if (sums.planned == 0) return inconclusive("{}", *gaps).window(*whole);
  const auto share = proportion(sums.planned - sums.ok, sums.planned);
  return compare(share, limit_of(plan, "LOAD-01"))
      .because("{} of {} requests outside faults were not ok: {:.4f} %", sums.planned - sums.ok,
               sums.planned, share.percent)
      .window(*whole)
      .evidence("failure", within("t_planned", *whole))
      .unless(gaps);
}

// LOAD-02. A failed request is held against swaps when it was in flight while a class was
// redefined. When requests fail away from swaps as well, only an excess over what would meet a swap
// by chance is.
Verdict no_request_dropped_by_swaps(const Plan& plan, const History& history) {
  if (auto not_claimed = swapping_not_claimed(plan)) return *std::move(not_claimed);
  const auto whole = swapping(plan, history);
  if (!whole) return missing("phase with swaps", "the load has to reach one");
  const auto judged = undisturbed(plan, history, *whole);
  const auto swaps = redefinition_spans(plan, history, *whole);
  if (swaps.empty()) return inconclusive("no swap was delivered in {}", spoken(whole->length()));
  const auto sums = totals(load_in(history, judged), judged);
  const auto drops = count_drops(history, swaps, judged);
  auto finding = compare(static_cast<double>(drops.at_swaps), limit_of(plan, "LOAD-02"))
                     .samples(static_cast<std::int64_t>(swaps.size()))
                     .window(*whole)
                     .evidence("failure", within("t_planned", *whole));
  if (finding.status() == Status::pass) {
    std::optional<std::string> gaps = gap(plan, sums);
    if (const auto dropped = failures_dropped(history); dropped > 0)
      gaps = fmt::format("{} failures were too many to be kept one by one", dropped);
    return std::move(finding)
        .because("none of {} requests failed while a class was redefined ({} times)", sums.planned,
                 swaps.size())
        .unless(gaps);
  }
  if (drops.elsewhere > 0 && at_least(drops.at_swaps, drops.by_chance) >= kDropsByChance)
    return std::move(finding)
        .but(Status::inconclusive)
        .because("{} requests failed at swaps and {} elsewhere: chance alone makes {:.1f}",
                 drops.at_swaps, drops.elsewhere, drops.by_chance);
  return std::move(finding).because(
      "{} requests failed while a class was redefined, {} elsewhere ({:.1f} by chance)",
      drops.at_swaps, drops.elsewhere, drops.by_chance);
}

// LOAD-03. Two floors: the heap that forced full collections leave, and resident memory beyond the
// heap.
Verdict memory_stable_under_load(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  const auto life = whole ? longest_life(history, *whole) : std::nullopt;
  if (!life) return missing("start of the application in the measured phases", "see table jvm");
  const auto rows = [&](std::string_view names) {
    return fmt::format("series IN ({}) AND {}", names, within("t", *life));
  };
  std::vector<Verdict> parts;
  parts.push_back(hourly_growth(
      plan, {"LOAD-03", "the heap after forced full collections", "MB", rows("'heap.live'")},
      points_in(history, series::kHeapLive, *life), 1 / kMegabyte, *life,
      {.least_growth = 2, .fewest_points = 6}));
  parts.push_back(hourly_growth(plan,
                                {"LOAD-03.rss", "resident memory beyond the heap", "MB",
                                 rows("'rss', 'heap.used', 'heap.committed'")},
                                resident_beyond_heap(plan, history, *life), 1 / kMegabyte, *life,
                                {.least_growth = 32}));
  return worst(std::move(parts));
}

// LOAD-04. By the JVM's own GC log, without the collections that bhsim forced. That there was no
// pause has to be proved: by a log that tells of something else in these phases, such as a forced
// collection, or by the JVM's counter, which stood still.
Verdict gc_pressure(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  const auto spans = undisturbed(plan, history, *whole);
  std::vector<double> pauses;
  double sum = 0;
  std::int64_t lines = 0;
  for (const auto& gc : history.gc()) {
    if (whole->contains(gc.t)) ++lines;
    if (gc.forced || !wholly_in(spans, gc)) continue;
    pauses.push_back(to_seconds(gc.pause));
    sum += pauses.back();
  }
  if (lines == 0) {
    const auto counter = points_in(history, series::kGcTime, *whole);
    // A JVM that was started anew counts from zero: any change leaves the question open.
    const auto changes = [](const auto& a, const auto& b) { return a.value != b.value; };
    if (counter.size() < 2 || std::ranges::adjacent_find(counter, changes) != counter.end())
      return missing("pause of the GC log", "the JVM has to write -Xlog:gc*, and it has to be kept")
          .window(*whole);
  }
  const double length = to_seconds(total(spans));
  const double percent = length > 0 ? 100 * sum / length : 0;
  const auto count = static_cast<std::int64_t>(pauses.size());
  const auto say = [&](Finding finding) {
    return std::move(finding).samples(count).window(*whole).evidence("gc", within("t", *whole));
  };
  Finding share = compare(percent, limit_of(plan, "LOAD-04"));
  if (pauses.empty() && lines == 0)
    return say(std::move(share).because("no pause: the JVM's counter of collections stood still"));
  if (pauses.empty())
    return say(std::move(share).because(
        "no pause but {} that the GC log tells of, forced or in faults", lines));
  std::ranges::sort(pauses);
  const double p99 = quantile(pauses, 99).value;
  std::vector<Verdict> parts;
  parts.push_back(
      say(std::move(share).because("{} pauses took {:.2f} % of the time", count, percent)));
  parts.push_back(say(compare(p99, limit_of(plan, "LOAD-04.pause"))
                          .because("99 % of {} pauses were at most {:.1f} ms", count, p99 * 1e3)));
  return worst(std::move(parts));
}

namespace {

// Requests whose outcomes do not add up to what was planned, and what the load engine itself says
// is wrong.
std::vector<std::string> broken_accounts(const History& history) {
  std::vector<std::string> reasons;
  std::int64_t unaccounted = 0;
  for (const auto& row : history.load()) {
    std::int64_t ended = 0;
    for (const auto count : row.outcomes) ended += count;
    unaccounted += std::abs(row.planned - ended);
  }
  if (unaccounted != 0) reasons.push_back(fmt::format("{} requests have no outcome", unaccounted));
  if (history.dropped_rows() > 0)
    reasons.push_back(fmt::format("{} rows of the store were dropped", history.dropped_rows()));
  const auto summary = history.fact(fact::kLoadSummary);
  if (!summary || !summary->is_object() || !summary->contains("invalid")) return reasons;
  for (const auto& reason : (*summary)["invalid"])
    reasons.push_back(reason.is_string() ? reason.get<std::string>()
                                         : reason.value("text", reason.dump()));
  return reasons;
}

// A failure with the number of the first of the load engine's reasons that has one.
Finding measured_reason(const History& history) {
  Verdict verdict{.status = Status::fail};
  const auto summary = history.fact(fact::kLoadSummary);
  if (!summary || !summary->is_object() || !summary->contains("invalid"))
    return Finding(std::move(verdict));
  for (const auto& reason : (*summary)["invalid"]) {
    if (!reason.is_object() || !reason.contains("percent")) continue;
    verdict.value = reason["percent"].get<double>();
    verdict.limit = reason["most_percent"].get<double>();
    verdict.relation = "<=";
    verdict.unit = "%";
    break;
  }
  return Finding(std::move(verdict));
}

Verdict judge_generator(const Plan& plan, const History& history, const Span& whole) {
  if (const auto reasons = broken_accounts(history); !reasons.empty())
    return measured_reason(history)
        .because("the generator's figures cannot be used: {}", fmt::join(reasons, "; "))
        .window(whole)
        .evidence("fact", "name = 'load.summary'");
  std::vector<double> cpu;
  for (const auto& second : history.generator())
    if (whole.contains(second.t)) cpu.push_back(100 * second.cpu_share);
  const auto lag = lag_quantile(history, whole, 99);
  if (!lag || cpu.empty())
    return missing("generator_second row", "the load engine has to tell how it was doing")
        .window(whole);
  std::ranges::sort(cpu);
  const double busy = quantile(cpu, 95).value;
  const double seconds = to_seconds(whole.length());
  std::optional<std::string> gaps;
  if (static_cast<double>(cpu.size()) < 0.95 * seconds - 1)
    gaps = fmt::format("only {} of {:.0f} seconds have generator_second rows", cpu.size(), seconds);
  std::vector<Verdict> parts;
  parts.push_back(compare(lag->value, limit_of(plan, "LOAD-06"))
                      .because("99 % of {} sends with a free connection left within {:.3f} ms",
                               lag->samples, lag->value * 1e3)
                      .samples(lag->samples)
                      .window(whole)
                      .evidence("generator_second", within("t", whole))
                      .unless(gaps));
  parts.push_back(compare(busy, limit_of(plan, "LOAD-06.cpu"))
                      .because("the generator used {:.0f} % of a core (95 % of the seconds)", busy)
                      .samples(static_cast<std::int64_t>(cpu.size()))
                      .window(whole)
                      .evidence("generator_second", within("t", whole))
                      .unless(gaps));
  return worst(std::move(parts));
}

// Who took the CPU is what a reader has to know to do something about it.
Verdict with_stolen(Verdict verdict, const History& history, const Span& whole) {
  constexpr double kWorthTelling = 1;
  if (verdict.status != Status::fail) return verdict;
  const auto percent = percent_of_time(points_in(history, series::kHostStolen, whole));
  if (percent.value_or(0) < kWorthTelling) return verdict;
  return Finding(std::move(verdict))
      .also("; meanwhile the hypervisor gave {:.0f} % of the host's CPU to other machines",
            *percent);
}

}  // namespace

// LOAD-06. Lag counts only while a connection was free: a target that stalls holds all of them, and
// is judged by PERF-07.
Verdict generator_valid(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return missing("measured phase", "the load has to outlast its warm-up");
  return with_stolen(judge_generator(plan, history, *whole), history, *whole);
}

}  // namespace bhsim::checks
