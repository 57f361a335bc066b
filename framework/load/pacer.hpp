#pragma once
// When requests are due. The plan is a pure function of the spec and its seed: no clock, no
// feedback from the target; two pacers of one spec give the same starts.

#include <cstdint>
#include <optional>
#include <vector>

#include "framework/load/random.hpp"
#include "framework/load/spec.hpp"

namespace bhsim::load {

// The rate over time: piecewise linear, from rate, stages and spikes. Time counts from the start of
// the run.
class RateCurve {
 public:
  RateCurve(double rate_per_s, const std::vector<Stage>& stages, const std::vector<Spike>& spikes,
            Nanos duration);

  [[nodiscard]] double rate_at(Nanos t) const;
  // Expected number of requests that start in [0, t).
  [[nodiscard]] double expected_by(Nanos t) const;
  // The instant by which `expected` requests are expected; nothing when the curve ends before.
  [[nodiscard]] std::optional<Nanos> instant_of(double expected) const;
  [[nodiscard]] double highest_rate() const;

 private:
  struct Piece {
    double t0_s, t1_s;       // [t0, t1)
    double rate0, rate1;     // at its ends
    double expected_before;  // integral up to t0
  };
  [[nodiscard]] const Piece& piece_by_expected(double expected) const;
  std::vector<Piece> pieces_;
  double expected_total_ = 0;
};

// Gives the planned starts one after another, not decreasing, all below the duration.
class Pacer {
 public:
  explicit Pacer(const LoadSpec& spec);  // not for Process::closed

  // Start of the next request since the start of the run; nothing after the last.
  std::optional<Nanos> next();

 private:
  RateCurve curve_;
  Process process_;
  Nanos duration_;
  std::vector<Nanos> replay_;
  Random random_;
  std::uint64_t index_ = 0;
  double expected_ = 0;  // sum of the unit exponentials so far
};

}  // namespace bhsim::load
