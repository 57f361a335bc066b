#include "framework/load/pacer.hpp"

#include <algorithm>
#include <cmath>

namespace bhsim::load {
namespace {

constexpr double kForever_s = 1e12;

Nanos from_seconds(double s) { return Nanos(std::llround(s * 1e9)); }

}  // namespace

RateCurve::RateCurve(double rate_per_s, const std::vector<Stage>& stages,
                     const std::vector<Spike>& spikes, Nanos duration) {
  const double end = to_seconds(duration);
  std::vector<Piece> base;
  double t = 0;
  double rate = rate_per_s;
  for (const Stage& stage : stages) {
    const double length = to_seconds(stage.length);
    if (length > 0) base.push_back({t, t + length, rate, stage.rate_end_per_s, 0});
    t += length;
    rate = stage.rate_end_per_s;
  }
  base.push_back({t, kForever_s, rate, rate, 0});

  const auto rate_of = [](const Piece& p, double at) {
    return p.rate0 + (p.rate1 - p.rate0) * (at - p.t0_s) / (p.t1_s - p.t0_s);
  };
  const auto add_base = [&](double from, double to) {
    for (const Piece& p : base) {
      const double a = std::max(from, p.t0_s);
      const double b = std::min(to, p.t1_s);
      if (a < b) pieces_.push_back({a, b, rate_of(p, a), rate_of(p, b), 0});
    }
  };
  double done = 0;
  for (const Spike& spike : spikes) {
    const double a = std::clamp(to_seconds(spike.at), done, end);
    const double b = std::clamp(to_seconds(spike.at + spike.length), a, end);
    add_base(done, a);
    if (a < b) pieces_.push_back({a, b, spike.rate_per_s, spike.rate_per_s, 0});
    done = b;
  }
  add_base(done, end);
  double expected = 0;
  for (Piece& p : pieces_) {
    p.expected_before = expected;
    expected += (p.t1_s - p.t0_s) * (p.rate0 + p.rate1) / 2;
  }
  expected_total_ = expected;
}

double RateCurve::rate_at(Nanos t) const {
  const double s = to_seconds(t);
  for (const Piece& p : pieces_) {
    if (s >= p.t0_s && s < p.t1_s) {
      return p.rate0 + (p.rate1 - p.rate0) * (s - p.t0_s) / (p.t1_s - p.t0_s);
    }
  }
  return 0;
}

double RateCurve::expected_by(Nanos t) const {
  const double s = to_seconds(t);
  double expected = 0;
  for (const Piece& p : pieces_) {
    if (s <= p.t0_s) break;
    const double x = std::min(s, p.t1_s) - p.t0_s;
    const double slope = (p.rate1 - p.rate0) / (p.t1_s - p.t0_s);
    expected = p.expected_before + x * (p.rate0 + slope * x / 2);
  }
  return expected;
}

const RateCurve::Piece& RateCurve::piece_by_expected(double expected) const {
  const auto after =
      std::upper_bound(pieces_.begin(), pieces_.end(), expected,
                       [](double e, const Piece& p) { return e < p.expected_before; });
  return after == pieces_.begin() ? pieces_.front() : *std::prev(after);
}

std::optional<Nanos> RateCurve::instant_of(double expected) const {
  if (expected >= expected_total_) return std::nullopt;
  const Piece& p = piece_by_expected(expected);
  const double rest = std::max(0.0, expected - p.expected_before);
  const double length = p.t1_s - p.t0_s;
  const double slope = (p.rate1 - p.rate0) / length;
  // rest = rate0 x + slope x^2 / 2, solved in the form that does not cancel.
  const double root = std::sqrt(std::max(0.0, p.rate0 * p.rate0 + 2 * slope * rest));
  const double x = rest == 0 ? 0 : 2 * rest / (p.rate0 + root);
  return from_seconds(p.t0_s + std::min(x, length));
}

double RateCurve::highest_rate() const {
  double highest = 0;
  for (const Piece& p : pieces_) highest = std::max({highest, p.rate0, p.rate1});
  return highest;
}

Pacer::Pacer(const LoadSpec& spec)
    : curve_(spec.rate_per_s, spec.stages, spec.spikes, spec.duration),
      process_(spec.process),
      duration_(spec.duration),
      replay_(spec.process == Process::replay ? spec.replay : std::vector<Nanos>{}),
      random_(Random::mix(spec.seed ^ 0x70616365ULL)) {}

std::optional<Nanos> Pacer::next() {
  std::optional<Nanos> start;
  if (process_ == Process::replay) {
    if (index_ < replay_.size()) start = replay_[index_];
  } else {
    if (process_ == Process::poisson) expected_ += random_.exponential();
    start =
        curve_.instant_of(process_ == Process::poisson ? expected_ : static_cast<double>(index_));
  }
  ++index_;
  if (!start || *start >= duration_) return std::nullopt;
  return start;
}

}  // namespace bhsim::load
