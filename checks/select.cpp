#include "checks/select.hpp"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"
#include "framework/config/timeline.hpp"
#include "framework/history/facts.hpp"
#include "framework/history/series.hpp"

namespace bhsim::checks {
namespace {

using history::WindowKind;

bool overlaps(const std::vector<Span>& spans, Span span) {
  return std::ranges::any_of(
      spans, [&](const Span& other) { return other.from < span.to && span.from < other.to; });
}

void add_windows(const History& history, WindowKind kind, std::vector<Span>& spans) {
  for (const auto& window : history.windows(kind)) spans.push_back({window.t0, window.t1});
}

// Requests planned in the second before a fault may still be in flight when it strikes.
std::vector<Span> with_front(std::vector<Span> spans) {
  for (auto& span : spans) span.from -= kSecond;
  return spans;
}

std::optional<Span> phase(const Plan& plan, const History& history, std::string_view name) {
  if (!history.windows(WindowKind::phase).empty()) return history.phase(name);
  const auto* planned = plan.phase(name);
  if (planned == nullptr || history.load().empty()) return std::nullopt;
  const Time start = history.load().front().t + planned->start;
  return Span{start, start + planned->length};
}

std::optional<Span> clipped(std::optional<Span> span, Time to) {
  if (!span) return span;
  span->to = std::min(span->to, to);
  return span->from < span->to ? span : std::nullopt;
}

std::optional<Span> hull(std::optional<Span> a, std::optional<Span> b) {
  if (!a || !b) return a ? a : b;
  return Span{std::min(a->from, b->from), std::max(a->to, b->to)};
}

std::vector<Span> disturbances(const Plan& plan, const History& history) {
  auto spans = fault_spans(plan, history);
  add_windows(history, WindowKind::outage, spans);
  add_windows(history, WindowKind::gc, spans);
  return with_front(std::move(spans));
}

}  // namespace

// A fault that is not known to have healed masks all that follows: what came then is its doing.
Span fault_span(const Plan& plan, const History& history, const Fault& fault) {
  const Time from =
      fault.t_active && *fault.t_active < fault.t_intent ? *fault.t_active : fault.t_intent;
  if (fault.t_recovered) return {from, *fault.t_recovered};
  if (fault.t_healed) return {from, *fault.t_healed + plan.app.start_within};
  return {from, history.last() + kSecond};
}

Ending ending(const History& history) {
  const auto end = history.fact(history::fact::kEnd);
  const bool told = end && end->is_object();
  const auto reason = told ? end->value("reason", std::string()) : std::string();
  const auto detail = told ? end->value("detail", std::string()) : std::string();
  Ending ending;
  ending.completed = history.sealed() && (reason == "completed" || reason.empty());
  if (ending.completed) return ending;
  ending.how = reason.empty() ? "it was never sealed" : reason;
  if (!detail.empty()) ending.how += ": " + detail;
  const auto id = detail.substr(0, detail.find_first_of(": "));
  if (reason == "aborted" && find(id) != nullptr) ending.because_of = id;
  return ending;
}

std::optional<Span> measured(const Plan& plan, const History& history) {
  auto span = history.measured();
  if (history.windows(WindowKind::phase).empty())
    for (const auto& planned : plan.phases)
      if (planned.name != "warm-up") span = hull(span, phase(plan, history, planned.name));
  return history.sealed() ? span : clipped(span, history.last());
}

std::optional<Span> swapping(const Plan& plan, const History& history) {
  const auto whole = measured(plan, history);
  if (!whole) return std::nullopt;
  std::optional<Span> span;
  for (const auto& planned : plan.phases)
    if (planned.swaps) span = hull(span, phase(plan, history, planned.name));
  if (!span) span = phase(plan, history, "steady");
  return span ? clipped(span, whole->to) : whole;
}

std::vector<Span> subtract(std::vector<Span> from, std::vector<Span> masks) {
  std::ranges::sort(masks, {}, &Span::from);
  for (const auto& mask : masks) {
    std::vector<Span> left;
    for (const auto& span : from) {
      if (mask.to <= span.from || span.to <= mask.from) {
        left.push_back(span);
        continue;
      }
      if (span.from < mask.from) left.push_back({span.from, mask.from});
      if (mask.to < span.to) left.push_back({mask.to, span.to});
    }
    from = std::move(left);
  }
  return from;
}

Nanos total(const std::vector<Span>& spans) {
  Nanos sum{};
  for (const auto& span : spans) sum += span.length();
  return sum;
}

bool contains(const std::vector<Span>& spans, Time t) {
  return std::ranges::any_of(spans, [&](const Span& span) { return span.contains(t); });
}

std::vector<Span> fault_spans(const Plan& plan, const History& history) {
  std::vector<Span> spans;
  add_windows(history, WindowKind::fault, spans);
  for (const auto& fault : history.faults()) spans.push_back(fault_span(plan, history, fault));
  return spans;
}

std::vector<Span> undisturbed(const Plan& plan, const History& history, Span whole) {
  return subtract({whole}, disturbances(plan, history));
}

std::vector<Span> undisturbed_and_warm(const Plan& plan, const History& history, Span whole) {
  auto masks = disturbances(plan, history);
  for (const auto& jvm : history.jvms()) {
    if (jvm.role != kLoadRole) continue;
    masks.push_back({jvm.t_start, jvm.t_ready.value_or(jvm.t_start) + kWarmUp});
  }
  return subtract({whole}, std::move(masks));
}

std::int64_t failures_dropped(const History& history) {
  const auto dropped = history.fact(history::fact::kFailuresDropped);
  if (!dropped) return 0;
  // What cannot be read is not nothing.
  return dropped->is_number() ? dropped->get<std::int64_t>() : 1;
}

std::vector<const LoadSecond*> load_in(const History& history, const std::vector<Span>& spans) {
  std::vector<const LoadSecond*> rows;
  const auto& all = history.load();
  for (const auto& span : spans) {
    auto row = std::ranges::lower_bound(all, span.from, {}, &LoadSecond::t);
    for (; row != all.end() && row->t + kSecond <= span.to; ++row) rows.push_back(&*row);
  }
  return rows;
}

LoadTotals totals(const std::vector<const LoadSecond*>& rows, const std::vector<Span>& spans) {
  LoadTotals totals;
  // A span that does not begin on a second's boundary holds one second less than its length.
  for (const auto& span : spans)
    totals.expected_seconds += std::max<std::int64_t>(0, span.length() / kSecond - 1);
  std::optional<Time> previous;
  for (const auto* row : rows) {
    if (!previous || row->t != *previous) ++totals.seconds;
    previous = row->t;
    totals.planned += row->planned;
    totals.within_slo += row->within_slo;
    for (std::size_t i = 0; i < history::kOutcomes; ++i) totals.outcomes[i] += row->outcomes[i];
  }
  totals.ok = totals.outcomes[static_cast<std::size_t>(history::Outcome::ok)];
  return totals;
}

std::optional<std::string> gap(const Plan& plan, const LoadTotals& totals) {
  if (totals.planned == 0)
    return "there is no load_second row with a request in the measured time: did the load run?";
  const double rate = std::max(plan.load.rate_per_s, 1e-9);
  const double never_empty = 1 - std::exp(-rate);
  const auto expected = static_cast<double>(totals.expected_seconds);
  if (static_cast<double>(totals.seconds) < 0.95 * expected * never_empty)
    return fmt::format("only {} of {} undisturbed seconds have load_second rows", totals.seconds,
                       totals.expected_seconds);
  const double due = rate * static_cast<double>(totals.seconds);
  const auto planned = static_cast<double>(totals.planned);
  if (planned < 0.95 * due - 5 * std::sqrt(due))
    return fmt::format(
        "the load_second rows hold {} requests where {:.0f}/s for {} s make {:.0f}: rows lack",
        totals.planned, rate, totals.seconds, due);
  return std::nullopt;
}

std::optional<Finding> no_jvm_counters(const History& history) {
  for (const auto name : {history::series::kHeapUsed, history::series::kClassesLoaded,
                          history::series::kMetaspaceUsed})
    if (!history.samples(name).empty()) return std::nullopt;
  return missing("sample of the JVM's own counters (hsperfdata)",
                 "the user that the image runs as needs a name in the image's /etc/passwd, and the "
                 "JVM no -XX:-UsePerfData");
}

std::optional<Finding> swapping_not_claimed(const Plan& plan) {
  if (!plan.agent.present())
    return not_applicable("the agent profile '{}' claims no swapping", plan.agent.name);
  if (plan.app.swap_directory.empty() || plan.app.swap_classes.empty())
    return not_applicable("the contract of {} names no classes to swap", plan.app.name);
  if (config::swappable(plan.app, plan.agent).empty())
    return not_applicable("the agent profile '{}' can swap none of the classes of {}",
                          plan.agent.name, plan.app.name);
  return std::nullopt;
}

SwapTally valid_swaps(const Plan& plan, const History& history) {
  SwapTally tally;
  tally.planned = std::ranges::count(plan.swaps, true, &config::PlannedSwap::valid);
  const auto faults = fault_spans(plan, history);
  for (const auto& swap : history.swaps()) {
    if (swap.role != kLoadRole || !swap.valid) continue;
    const Time end = swap.t_served.value_or(swap.t_write + plan.agent.swap_within);
    if (overlaps(faults, {swap.t_write, end}))
      ++tally.in_faults;
    else if (swap.outcome == history::SwapOutcome::landed && swap.t_served)
      tally.landed.push_back(&swap);
    else if (swap.outcome == history::SwapOutcome::superseded)
      ++tally.superseded;
    else if (swap.outcome == history::SwapOutcome::lost)
      tally.lost.push_back(&swap);
    else
      ++tally.unseen;
  }
  return tally;
}

std::vector<double> swap_latencies(const Plan& plan, const SwapTally& swaps) {
  std::vector<double> seconds;
  for (const auto* swap : swaps.landed)
    seconds.push_back(to_seconds(*swap->t_served - swap->t_write));
  seconds.insert(seconds.end(), swaps.lost.size(), to_seconds(plan.agent.swap_within));
  std::ranges::sort(seconds);
  return seconds;
}

std::vector<Point> points_in(const History& history, std::string_view series, Span span) {
  std::vector<Point> points;
  for (const auto& point : history.samples(series))
    if (span.contains(point.t)) points.push_back(point);
  return points;
}

std::optional<double> percent_of_time(const std::vector<Point>& counter) {
  if (counter.size() < 2 || counter.back().t <= counter.front().t) return std::nullopt;
  return 100 * (counter.back().value - counter.front().value) /
         static_cast<double>((counter.back().t - counter.front().t).count());
}

std::vector<Point> points_outside_faults(const Plan& plan, const History& history,
                                         std::string_view series, Span span) {
  const auto faults = fault_spans(plan, history);
  auto points = points_in(history, series, span);
  std::erase_if(points, [&](const Point& point) { return contains(faults, point.t); });
  return points;
}

std::optional<Span> longest_life(const History& history, Span span) {
  std::optional<Span> longest;
  for (const auto& jvm : history.jvms()) {
    if (jvm.role != kLoadRole) continue;
    const Span life{std::max(span.from, jvm.t_ready.value_or(jvm.t_start) + kWarmUp),
                    std::min(span.to, jvm.t_end.value_or(span.to))};
    if (life.to <= life.from) continue;
    if (!longest || life.length() > longest->length()) longest = life;
  }
  return longest;
}

std::vector<Point> thinned(const std::vector<Point>& points, Span span, std::size_t buckets) {
  if (points.size() <= buckets) return points;
  std::vector<Point> out;
  std::vector<double> values;
  const auto middle = [](std::vector<double>& v) {
    const auto half = v.begin() + static_cast<std::ptrdiff_t>(v.size() / 2);
    std::ranges::nth_element(v, half);
    return *half;
  };
  const Nanos width = std::max(Nanos(1), span.length() / static_cast<std::int64_t>(buckets));
  std::int64_t bucket = 0;
  const auto flush = [&] {
    if (!values.empty()) out.push_back({span.from + width * bucket + width / 2, middle(values)});
    values.clear();
  };
  for (const auto& point : points) {
    const std::int64_t here = (point.t - span.from) / width;
    if (here != bucket) flush();
    bucket = here;
    values.push_back(point.value);
  }
  flush();
  return out;
}

std::string spoken(Nanos length) { return format_duration(length); }

std::string within(std::string_view column, Span span) {
  return fmt::format("{0} >= {1} AND {0} < {2}", column, to_ns(span.from), to_ns(span.to));
}

}  // namespace bhsim::checks
