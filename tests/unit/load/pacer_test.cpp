#include "framework/load/pacer.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

LoadSpec spec_of(Process process, double rate, Nanos duration, std::uint64_t seed = 1) {
  LoadSpec spec;
  spec.process = process;
  spec.rate_per_s = rate;
  spec.duration = duration;
  spec.seed = seed;
  return spec;
}

std::vector<Nanos> all_starts(const LoadSpec& spec) {
  Pacer pacer(spec);
  std::vector<Nanos> starts;
  while (const auto start = pacer.next()) starts.push_back(*start);
  return starts;
}

// Kolmogorov and Smirnov's distance of `gaps` (in units of their mean) to the exponential
// distribution.
double distance_to_exponential(std::vector<double> gaps) {
  std::sort(gaps.begin(), gaps.end());
  const auto n = static_cast<double>(gaps.size());
  double distance = 0;
  for (std::size_t i = 0; i < gaps.size(); ++i) {
    const double expected = 1 - std::exp(-gaps[i]);
    distance = std::max({distance, expected - static_cast<double>(i) / n,
                         static_cast<double>(i + 1) / n - expected});
  }
  return distance;
}

TEST(Pacer, ConstantRate_SpacesEvenlyFromZero) {
  const auto starts = all_starts(spec_of(Process::constant, 1000, seconds(10)));
  ASSERT_EQ(starts.size(), 10'000U);
  for (std::size_t i = 0; i < starts.size(); ++i)
    ASSERT_NEAR(static_cast<double>(starts[i].count()), static_cast<double>(i) * 1e6, 1);
}

TEST(Pacer, ConstantRateForDays_DoesNotDrift) {
  const auto starts = all_starts(spec_of(Process::constant, 0.1, std::chrono::hours(24 * 30)));
  ASSERT_EQ(starts.size(), 259'200U);
  EXPECT_NEAR(static_cast<double>(starts.back().count()), 259'199 * 1e10, 1e3);
}

TEST(Pacer, Poisson_PassesKolmogorovSmirnovInAtLeast97Of100Seeds) {
  constexpr double kRate = 1000;
  int passed = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const auto starts = all_starts(spec_of(Process::poisson, kRate, seconds(5), seed));
    std::vector<double> gaps;
    for (std::size_t i = 1; i < starts.size(); ++i)
      gaps.push_back(to_seconds(starts[i] - starts[i - 1]) * kRate);
    const double critical = 1.628 / std::sqrt(static_cast<double>(gaps.size()));  // at 1 %
    if (distance_to_exponential(gaps) < critical) ++passed;
    EXPECT_NEAR(static_cast<double>(starts.size()), 5000, 5 * std::sqrt(5000)) << seed;
  }
  EXPECT_GE(passed, 97);
}

// Of a rate that changes, too: in units of the requests expected so far, the gaps are exponential.
TEST(Pacer, PoissonOfStagesAndSpikes_PassesKolmogorovSmirnovInAtLeast97Of100Seeds) {
  int passed = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    LoadSpec spec = spec_of(Process::poisson, 100, seconds(9), seed);
    spec.stages = {{seconds(3), 900}, {seconds(0), 50}, {seconds(3), 0}, {seconds(2), 1500}};
    spec.spikes = {{seconds(1), milliseconds(300), 3000}, {seconds(5), milliseconds(500), 2000}};
    const RateCurve curve(spec.rate_per_s, spec.stages, spec.spikes, spec.duration);
    std::vector<double> gaps;
    double before = 0;
    for (const Nanos start : all_starts(spec)) {
      const double expected = curve.expected_by(start);
      gaps.push_back(expected - before);
      before = expected;
    }
    const double critical = 1.628 / std::sqrt(static_cast<double>(gaps.size()));  // at 1 %
    if (distance_to_exponential(gaps) < critical) ++passed;
  }
  EXPECT_GE(passed, 97);
}

TEST(Pacer, SameSeed_SameStarts_OtherSeed_OtherStarts) {
  const auto a = all_starts(spec_of(Process::poisson, 500, seconds(2), 7));
  EXPECT_EQ(a, all_starts(spec_of(Process::poisson, 500, seconds(2), 7)));
  EXPECT_NE(a, all_starts(spec_of(Process::poisson, 500, seconds(2), 8)));
}

TEST(Pacer, EveryProcess_StartsDoNotDecreaseAndEndBeforeTheDuration) {
  for (const Process process : {Process::constant, Process::poisson}) {
    LoadSpec spec = spec_of(process, 100, seconds(9));
    spec.stages = {{seconds(2), 900}, {seconds(0), 50}, {seconds(3), 0}, {seconds(1), 400}};
    spec.spikes = {{seconds(1), milliseconds(300), 3000}, {seconds(5), milliseconds(500), 2000}};
    const auto starts = all_starts(spec);
    EXPECT_TRUE(std::is_sorted(starts.begin(), starts.end()));
    EXPECT_GE(starts.front(), Nanos(0));
    EXPECT_LT(starts.back(), spec.duration);
    const RateCurve curve(spec.rate_per_s, spec.stages, spec.spikes, spec.duration);
    const double expected = curve.expected_by(spec.duration);
    EXPECT_NEAR(static_cast<double>(starts.size()), expected,
                process == Process::constant ? 1 : 5 * std::sqrt(expected));
  }
}

TEST(Pacer, Ramp_HasTheAreaBelowIt) {
  LoadSpec spec = spec_of(Process::constant, 0, seconds(10));
  spec.stages = {{seconds(10), 1000}};
  const auto starts = all_starts(spec);
  EXPECT_NEAR(static_cast<double>(starts.size()), 5000, 1);
  const auto half =
      std::lower_bound(starts.begin(), starts.end(), Nanos(seconds(5))) - starts.begin();
  EXPECT_NEAR(static_cast<double>(half), 1250, 2);
}

TEST(Pacer, Spikes_AddTheirRateOnlyWhileTheyLast) {
  LoadSpec spec = spec_of(Process::constant, 100, seconds(10));
  spec.spikes = {{seconds(4), seconds(1), 2000}};
  const auto starts = all_starts(spec);
  const auto in = [&starts](Nanos a, Nanos b) {
    return std::count_if(starts.begin(), starts.end(), [&](Nanos t) { return t >= a && t < b; });
  };
  EXPECT_NEAR(static_cast<double>(in(seconds(4), seconds(5))), 2000, 1);
  EXPECT_NEAR(static_cast<double>(in(seconds(0), seconds(4))), 400, 1);
  EXPECT_NEAR(static_cast<double>(in(seconds(5), seconds(10))), 500, 1);
}

TEST(Pacer, Replay_IsExact) {
  LoadSpec spec = spec_of(Process::replay, 0, seconds(10));
  spec.replay = {Nanos(0),   Nanos(17), Nanos(17), milliseconds(1234), Nanos(9'999'999'999),
                 seconds(11)};
  const auto starts = all_starts(spec);
  EXPECT_EQ(starts, (std::vector<Nanos>{Nanos(0), Nanos(17), Nanos(17), milliseconds(1234),
                                        Nanos(9'999'999'999)}));
}

TEST(RateCurve, InstantOf_IsTheInverseOfExpectedBy) {
  const RateCurve curve(50, {{seconds(3), 500}, {seconds(2), 0}, {seconds(2), 100}},
                        {{seconds(1), seconds(1), 900}}, seconds(12));
  const double all = curve.expected_by(seconds(12));
  for (int i = 0; i < 1000; ++i) {
    const double expected = all * i / 1000;
    const auto t = curve.instant_of(expected);
    ASSERT_TRUE(t);
    EXPECT_NEAR(curve.expected_by(*t), expected, 1e-5);
  }
  EXPECT_FALSE(curve.instant_of(all + 1));
  EXPECT_EQ(curve.highest_rate(), 900);
}

}  // namespace
}  // namespace bhsim::load
