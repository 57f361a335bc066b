#include "checks/over_time.hpp"

#include <algorithm>

#include "checks/latency.hpp"

namespace bhsim::checks {
namespace {

constexpr Nanos kBeforeSwap = std::chrono::milliseconds(200);
constexpr Nanos kAfterSwap = std::chrono::seconds(1);
constexpr Nanos kSettles = std::chrono::seconds(10);
constexpr Nanos kNearEnough = std::chrono::seconds(5);

}  // namespace

std::vector<Span> swap_spans(const Plan& plan, const History& history) {
  std::vector<Span> spans;
  for (const auto& swap : history.swaps()) {
    if (swap.role != kLoadRole) continue;
    const Time end = swap.t_served.value_or(swap.t_write + plan.agent.swap_within);
    spans.push_back({swap.t_write - kBeforeSwap, end + kAfterSwap});
  }
  std::ranges::sort(spans, {}, &Span::from);
  return spans;
}

std::vector<LoadStep> load_steps(const Plan& plan, const History& history) {
  std::vector<LoadStep> steps;
  for (const auto& step : plan.steps) {
    const auto* planned = plan.phase(step.phase);
    const auto phase = history.phase(step.phase);
    if (planned == nullptr || !phase) continue;
    const Time from = phase->from + (step.at - planned->start);
    steps.push_back({{from, from + step.length}, step.factor, *phase});
  }
  return steps;
}

std::vector<Span> quiet_spans(const Plan& plan, const History& history, Span whole) {
  auto masks = swap_spans(plan, history);
  for (const auto& step : load_steps(plan, history))
    masks.push_back({step.raised.from, step.raised.to + kSettles});
  return subtract(undisturbed(plan, history, whole), std::move(masks));
}

std::vector<Second> seconds_of(const History& history, const std::vector<Span>& spans) {
  std::vector<Second> seconds;
  for (const auto* row : load_in(history, spans)) {
    if (seconds.empty() || seconds.back().t != row->t) seconds.push_back({.t = row->t, .rows = {}});
    auto& second = seconds.back();
    second.planned += row->planned;
    second.within_slo += row->within_slo;
    second.rows.push_back(row);
  }
  const auto& generator = history.generator();
  for (auto& second : seconds) {
    const auto found =
        std::ranges::lower_bound(generator, second.t, {}, &history::GeneratorSecond::t);
    if (found != generator.end() && found->t == second.t) second.generator = &*found;
  }
  return seconds;
}

std::optional<double> p99_beyond_lag(const Second& second) {
  if (second.generator == nullptr) return std::nullopt;
  const auto p99 = corrected_quantile(second.rows, 99);
  if (!p99) return std::nullopt;
  // Of a second in which a stalled target left no connection free there is no lag.
  const auto lag = lag_quantile(*second.generator, 99);
  return std::max(0.0, p99->value - (lag ? lag->value : 0));
}

std::optional<double> Counter::at(Time t) const {
  const auto after = std::ranges::lower_bound(points_, t, {}, &Point::t);
  if (after == points_.end()) return std::nullopt;
  if (after->t == t) return after->value;
  if (after == points_.begin()) return std::nullopt;
  const auto before = std::prev(after);
  if (t - before->t > kNearEnough || after->t - t > kNearEnough || after->value < before->value)
    return std::nullopt;
  const double share = to_seconds(t - before->t) / to_seconds(after->t - before->t);
  return before->value + share * (after->value - before->value);
}

std::optional<double> Counter::grown(Span span) const {
  const auto from = at(span.from);
  const auto to = at(span.to);
  if (!from || !to || *to < *from) return std::nullopt;
  return *to - *from;
}

}  // namespace bhsim::checks
