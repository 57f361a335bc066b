#include "framework/load/capacity.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>

#include "framework/load/random.hpp"
#include "framework/stats/intervals.hpp"

namespace bhsim::load {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

using Behaviour = std::function<TrialVerdict(const TrialStep&)>;

struct TrialDone {
  TrialStep step;
  TrialVerdict verdict = TrialVerdict::held;
};

struct Search {
  Knee knee;
  std::vector<TrialDone> trials;
};

CapacityOptions range_of(double from, double to, double precision = 0.05) {
  CapacityOptions options;
  options.from_per_s = from;
  options.to_per_s = to;
  options.precision = precision;
  return options;
}

// The last two trials of a rate, of which none held: what has to be behind a rate that counts as
// not held.
bool did_not_hold_twice(const Search& search, double rate, KneeLimit limit) {
  for (std::size_t i = 1; i < search.trials.size(); ++i) {
    const TrialDone& first = search.trials[i - 1];
    const TrialDone& second = search.trials[i];
    if (first.step.rate_per_s != rate || second.step.rate_per_s != rate) continue;
    if (first.verdict == TrialVerdict::held || second.verdict == TrialVerdict::held) continue;
    const bool target =
        first.verdict == TrialVerdict::broke && second.verdict == TrialVerdict::broke;
    return limit == (target ? KneeLimit::target : KneeLimit::generator);
  }
  return false;
}

// Whatever the target does.
void expect_sound(const CapacityOptions& options, const Search& search) {
  const SearchBound bound = bound_of(options);
  const Knee& knee = search.knee;
  ASSERT_LE(std::ssize(search.trials), bound.trials);
  Nanos judged{};
  for (const TrialDone& trial : search.trials) {
    ASSERT_GE(trial.step.rate_per_s, options.from_per_s);
    ASSERT_LE(trial.step.rate_per_s, options.to_per_s);
    judged += judged_length(options, trial.step.rate_per_s, trial.step.purpose);
  }
  ASSERT_LE(judged, bound.judged);
  if (knee.held_per_s) {
    ASSERT_TRUE(std::any_of(search.trials.begin(), search.trials.end(), [&](const TrialDone& t) {
      return t.step.rate_per_s == *knee.held_per_s && t.verdict == TrialVerdict::held;
    }));
  }
  if (knee.not_held_per_s) {
    ASSERT_TRUE(did_not_hold_twice(search, *knee.not_held_per_s, knee.limit));
    if (knee.held_per_s) {
      ASSERT_LT(*knee.held_per_s, *knee.not_held_per_s);
    }
  }
  if (!knee.confirmed) return;
  const TrialDone& last = search.trials.back();
  ASSERT_EQ(last.step.purpose, Purpose::confirm);
  ASSERT_EQ(last.verdict, TrialVerdict::held);
  ASSERT_EQ(last.step.rate_per_s, *knee.held_per_s);
  if (knee.not_held_per_s) {
    ASSERT_LE(*knee.not_held_per_s, *knee.held_per_s * (1 + options.precision) * (1 + 1e-9));
  } else {
    ASSERT_EQ(*knee.held_per_s, options.to_per_s);
    ASSERT_EQ(knee.limit, KneeLimit::range);
  }
}

Search search_through(const CapacityOptions& options, const Behaviour& target) {
  CapacitySearch search(options);
  Search done;
  while (search.next() && std::ssize(done.trials) <= bound_of(options).trials) {
    const TrialStep step = *search.next();
    done.trials.push_back({step, target(step)});
    search.take(done.trials.back().verdict);
  }
  done.knee = search.knee();
  expect_sound(options, done);
  return done;
}

Behaviour with_knee(double knee, TrialVerdict above = TrialVerdict::broke) {
  return
      [=](const TrialStep& step) { return step.rate_per_s <= knee ? TrialVerdict::held : above; };
}

// Evenly on a logarithmic scale.
double between(Random& random, double low, double high) {
  return low * std::pow(high / low, random.unit());
}

TEST(CapacitySearch, SharpKneeAnywhere_IsFoundToThePrecision) {
  Random random(1);
  for (int i = 0; i < 20'000; ++i) {
    const CapacityOptions options = range_of(1, 1e6, between(random, 0.005, 0.5));
    const double knee = between(random, 1, 1e6);
    const Search search = search_through(options, with_knee(knee));
    ASSERT_TRUE(search.knee.confirmed) << knee;
    ASSERT_LE(*search.knee.held_per_s, knee);
    ASSERT_GT(*search.knee.not_held_per_s, knee);
    ASSERT_EQ(search.knee.limit, KneeLimit::target);
  }
}

TEST(CapacitySearch, DefaultRange_NeedsFarFewerTrialsThanItsBound) {
  const CapacityOptions options;
  const Search search = search_through(options, with_knee(5000));
  // Seven doublings, four halvings, three that did not hold repeated, one to confirm.
  EXPECT_EQ(search.trials.size(), 15U);
  EXPECT_EQ(bound_of(options).trials, 2 * (15 + 4 + 3));
}

// Between 1 - w and 1 + w of the knee a trial holds now and then.
TEST(CapacitySearch, NoisyKnee_IsFoundWithinThePrecisionOfTheNoise) {
  Random random(2);
  int confirmed = 0;
  for (int i = 0; i < 20'000; ++i) {
    const CapacityOptions options = range_of(1, 1e6, 0.05);
    const double knee = between(random, 10, 1e5);
    const double low = knee * 0.975;
    const double high = knee * 1.025;
    const Search search = search_through(options, [&](const TrialStep& step) {
      const double chance = (high - step.rate_per_s) / (high - low);
      return random.unit() < chance ? TrialVerdict::held : TrialVerdict::broke;
    });
    ASSERT_TRUE(search.knee.held_per_s);
    ASSERT_LE(*search.knee.held_per_s, high);
    ASSERT_GE(*search.knee.not_held_per_s, low);
    if (search.knee.confirmed) ++confirmed;
  }
  EXPECT_EQ(confirmed, 20'000);  // what the confirmation may step down is wider than the noise
}

TEST(CapacitySearch, OneTrialSpoiltByNoise_ChangesNothing) {
  Random random(3);
  for (int i = 0; i < 300; ++i) {
    const CapacityOptions options = range_of(100, 1e6);
    const double knee = between(random, 100, 1e6);
    const Search clean = search_through(options, with_knee(knee));
    for (std::size_t spoilt = 0; spoilt < clean.trials.size(); ++spoilt) {
      if (clean.trials[spoilt].verdict != TrialVerdict::held) continue;
      std::size_t number = 0;
      const Search search = search_through(options, [&](const TrialStep& step) {
        return number++ == spoilt ? TrialVerdict::broke : with_knee(knee)(step);
      });
      ASSERT_EQ(search.knee.held_per_s, clean.knee.held_per_s);
      ASSERT_EQ(search.knee.not_held_per_s, clean.knee.not_held_per_s);
      ASSERT_TRUE(search.knee.confirmed);
    }
  }
}

TEST(CapacitySearch, TargetThatNeverBreaks_HoldsTheHighestRateOfTheRange) {
  const Search search = search_through(range_of(100, 1'000'000), with_knee(1e9));
  EXPECT_EQ(search.knee.held_per_s, 1e6);
  EXPECT_EQ(search.knee.limit, KneeLimit::range);
  EXPECT_FALSE(search.knee.not_held_per_s);
  EXPECT_EQ(search.trials.size(), 16U);  // fifteen rates and one to confirm
}

TEST(CapacitySearch, TargetThatAlwaysBreaks_IsTriedTwice) {
  const Search search = search_through(range_of(100, 1e6), with_knee(0));
  EXPECT_FALSE(search.knee.held_per_s);
  EXPECT_FALSE(search.knee.confirmed);
  EXPECT_EQ(search.knee.not_held_per_s, 100);
  EXPECT_EQ(search.knee.limit, KneeLimit::target);
  EXPECT_EQ(search.trials.size(), 2U);
}

TEST(CapacitySearch, RangeOfOneRate_IsAskedWhetherItHolds) {
  EXPECT_TRUE(search_through(range_of(500, 500), with_knee(501)).knee.confirmed);
  EXPECT_FALSE(search_through(range_of(500, 500), with_knee(499)).knee.held_per_s);
}

TEST(CapacitySearch, AnyVerdictsInAnyOrder_EndWithinTheBoundAndSaySoundThings) {
  Random random(4);
  int confirmed = 0;
  for (int i = 0; i < 50'000; ++i) {
    const double from = between(random, 0.01, 1000);
    const CapacityOptions options =
        range_of(from, std::min(1e7, from * between(random, 1, 1e6)), between(random, 0.005, 0.5));
    const double held = random.unit();
    const double invalid = (1 - held) * random.unit();
    const Search search = search_through(options, [&](const TrialStep&) {
      const double point = random.unit();
      return point < held             ? TrialVerdict::held
             : point < held + invalid ? TrialVerdict::invalid
                                      : TrialVerdict::broke;
    });
    if (search.knee.confirmed) ++confirmed;
  }
  EXPECT_GT(confirmed, 10'000);
  EXPECT_LT(confirmed, 50'000);
}

TEST(CapacitySearch, GeneratorBelowTheTarget_IsNamedAsTheLimit) {
  const Search search =
      search_through(range_of(100, 1e6), with_knee(40'000, TrialVerdict::invalid));
  EXPECT_TRUE(search.knee.confirmed);
  EXPECT_EQ(search.knee.limit, KneeLimit::generator);
  EXPECT_GT(*search.knee.held_per_s, 40'000 / 1.05);
}

TEST(CapacitySearch, GeneratorAboveTheTarget_DoesNotHideTheKnee) {
  const Search search = search_through(range_of(100, 1e6), [](const TrialStep& step) {
    return step.rate_per_s <= 30'000   ? TrialVerdict::held
           : step.rate_per_s <= 45'000 ? TrialVerdict::broke
                                       : TrialVerdict::invalid;
  });
  EXPECT_TRUE(search.knee.confirmed);
  EXPECT_EQ(search.knee.limit, KneeLimit::target);
  EXPECT_LE(*search.knee.held_per_s, 30'000);
}

TEST(CapacitySearch, TargetAndGeneratorAtOnce_TheTargetIsNotBlamed) {
  for (const bool target_first : {true, false}) {
    const Search search = search_through(range_of(100, 1e6), [=](const TrialStep& step) {
      if (step.rate_per_s <= 1000) return TrialVerdict::held;
      return (step.attempt == 1) == target_first ? TrialVerdict::broke : TrialVerdict::invalid;
    });
    EXPECT_EQ(search.knee.limit, KneeLimit::generator);
  }
}

TEST(CapacitySearch, RateThatHoldsOnlyForAShortTime_IsLeftForALowerOne) {
  const Search search = search_through(range_of(100, 1e6), [](const TrialStep& step) {
    return step.rate_per_s <= (step.purpose == Purpose::confirm ? 9200 : 10'000)
               ? TrialVerdict::held
               : TrialVerdict::broke;
  });
  EXPECT_TRUE(search.knee.confirmed);
  EXPECT_LE(*search.knee.held_per_s, 9200);
  EXPECT_GT(*search.knee.not_held_per_s, 9200);
}

TEST(CapacitySearch, NothingConfirmed_IsNoAnswer) {
  const Search search = search_through(range_of(100, 1e6), [](const TrialStep& step) {
    return step.rate_per_s <= 10'000 && step.purpose != Purpose::confirm ? TrialVerdict::held
                                                                         : TrialVerdict::broke;
  });
  EXPECT_FALSE(search.knee.confirmed);
  EXPECT_TRUE(search.knee.held_per_s);
  EXPECT_EQ(std::count_if(search.trials.begin(), search.trials.end(),
                          [](const TrialDone& t) { return t.step.purpose == Purpose::confirm; }),
            6);
}

TEST(CapacitySearch, CutShort_SaysWhatIsKnown) {
  CapacitySearch search(range_of(100, 1e6));
  EXPECT_FALSE(search.knee().held_per_s);
  search.take(TrialVerdict::held);
  search.take(TrialVerdict::broke);
  EXPECT_EQ(search.knee().held_per_s, 100);
  EXPECT_FALSE(search.knee().not_held_per_s);
  search.take(TrialVerdict::broke);
  EXPECT_EQ(search.knee().not_held_per_s, 200);
  EXPECT_FALSE(search.knee().confirmed);
}

TEST(CapacitySearch, RatesOfItsOwn_HaveFourDigits) {
  Random random(5);
  for (int i = 0; i < 1000; ++i) {
    const Search search =
        search_through(range_of(0.01, 1e7, 0.005), with_knee(between(random, 0.01, 1e7)));
    for (const TrialDone& trial : search.trials) {
      const double shown = std::stod(fmt::format("{:.4g}", trial.step.rate_per_s));
      ASSERT_NEAR(trial.step.rate_per_s / shown, 1, 1e-12);
    }
  }
}

TEST(Trials, Length_SufficesForTheP99AndForABacklogToShow) {
  CapacityOptions options;
  EXPECT_EQ(judged_length(options, 5000, Purpose::climb), Nanos(seconds(10)));
  EXPECT_EQ(judged_length(options, 5000, Purpose::confirm), Nanos(seconds(30)));
  EXPECT_EQ(judged_length(options, 10, Purpose::climb), Nanos(seconds(100)));
  options.max_p99 = seconds(1);
  EXPECT_EQ(judged_length(options, 5000, Purpose::narrow), Nanos(seconds(20)));
  options.duration = seconds(25);
  EXPECT_EQ(judged_length(options, 5000, Purpose::narrow), Nanos(seconds(25)));
}

// What docs/load.md and CapacityOptions say of 1,000 requests.
TEST(Trials, TenOfAThousandAboveALimit_AreHalfToTwiceAsManyInTruth) {
  const stats::Interval interval = stats::clopper_pearson(10, 1000);
  EXPECT_NEAR(interval.low, 0.0048, 0.00005);
  EXPECT_NEAR(interval.high, 0.0183, 0.00005);
  // Below 368 the p99 has no upper bound at all.
  EXPECT_LE(stats::quantile_ranks(368, 0.99).high, 368);
  EXPECT_EQ(stats::quantile_ranks(367, 0.99).high, 368);
}

class TrialJudging : public testing::Test {
 protected:
  TrialJudging() {
    judged_.planned = judged_.sent = 1000;
    at(judged_.outcomes, Outcome::ok) = 1000;
    judged_.corrected.record(milliseconds(5), 995);
    judged_.corrected.record(milliseconds(900), 5);
  }
  [[nodiscard]] TrialJudgement judge() const { return judge_trial(options_, judged_, summary_); }
  CapacityOptions options_;
  OperationTotals judged_;
  Summary summary_;
};

TEST_F(TrialJudging, AllLimitsKept_Held) {
  EXPECT_EQ(judge().verdict, TrialVerdict::held);
  EXPECT_TRUE(judge().why.empty());
}

TEST_F(TrialJudging, P99AboveTheLimit_Broke) {
  judged_.corrected.record(milliseconds(900), 6);
  EXPECT_EQ(judge().verdict, TrialVerdict::broke);
  EXPECT_EQ(judge().why, std::vector<std::string>{"p99 900 ms"});
}

TEST_F(TrialJudging, MoreErrorsThanTheLimit_Broke) {
  at(judged_.outcomes, Outcome::ok) = 990;
  at(judged_.outcomes, Outcome::reset) = 10;
  EXPECT_EQ(judge().verdict, TrialVerdict::held);
  ++judged_.planned;
  ++judged_.sent;
  at(judged_.outcomes, Outcome::reset) = 11;
  EXPECT_EQ(judge().verdict, TrialVerdict::broke);
  EXPECT_EQ(judge().why, std::vector<std::string>{"errors 1.1 %"});
}

TEST_F(TrialJudging, OneRequestNeverSent_Broke) {
  at(judged_.outcomes, Outcome::ok) = 999;
  at(judged_.outcomes, Outcome::unsent) = 1;
  judged_.sent = 999;
  EXPECT_EQ(judge().verdict, TrialVerdict::broke);
  EXPECT_EQ(judge().why, std::vector<std::string>{"1 of 1000 never sent"});
}

TEST_F(TrialJudging, NothingAnswered_IsNoSuccess) {
  options_.max_error_share = 0.99;
  judged_.corrected = {};
  EXPECT_EQ(judge().verdict, TrialVerdict::broke);
  judged_ = {};
  EXPECT_EQ(judge().verdict, TrialVerdict::invalid);
}

TEST_F(TrialJudging, GeneratorAtItsLimits_SaysNothingOfTheTarget) {
  summary_.invalid.push_back({InvalidReason::Kind::cpu, "a load thread used 91 %", {}, {}});
  judged_.corrected.record(seconds(2), 500);
  EXPECT_EQ(judge().verdict, TrialVerdict::invalid);
  EXPECT_EQ(judge().why, std::vector<std::string>{"a load thread used 91 %"});
  summary_ = {};
  summary_.out_of_descriptors = 3;
  EXPECT_EQ(judge().verdict, TrialVerdict::invalid);
}

TEST(CapacityOptionsCheck, ImpossibleOnes_AreRefused) {
  const auto refused = [](auto&& change) {
    CapacityOptions options;
    change(options);
    return !validate(options);
  };
  EXPECT_TRUE(validate(CapacityOptions{}));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.from_per_s = 0; }));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.from_per_s = std::nan(""); }));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.to_per_s = 99; }));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.to_per_s = 1e9; }));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.precision = 0.001; }));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.precision = 0.9; }));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.max_p99 = Nanos(0); }));
  EXPECT_TRUE(refused([](CapacityOptions& o) { o.max_error_share = 1; }));
}

}  // namespace
}  // namespace bhsim::load
