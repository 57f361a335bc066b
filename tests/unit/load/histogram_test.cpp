#include "framework/load/histogram.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "framework/load/random.hpp"

namespace bhsim::load {
namespace {

// Values from 1 us to 1 h, evenly over orders of magnitude.
std::vector<std::int64_t> spread_values(std::uint64_t seed, int count) {
  Random random(seed);
  std::vector<std::int64_t> values;
  for (int i = 0; i < count; ++i) {
    values.push_back(static_cast<std::int64_t>(
        std::exp(std::log(1e3) + random.unit() * (std::log(3.6e12) - std::log(1e3)))));
  }
  return values;
}

Histogram histogram_of(const std::vector<std::int64_t>& values) {
  Histogram h;
  for (const std::int64_t v : values) h.record(Nanos(v));
  return h;
}

TEST(Histogram, AnyValueOfTheRange_ComesBackWithinAThousandth) {
  for (const std::int64_t value : spread_values(1, 20'000)) {
    Histogram h;
    h.record(Nanos(value));
    h.record(Nanos(Histogram::kHighestNs));  // so that max() does not clamp the percentile
    const double found = static_cast<double>(h.percentile(50).count());
    ASSERT_NEAR(found, static_cast<double>(value), static_cast<double>(value) * 0.001) << value;
  }
}

TEST(Histogram, ManyValues_PercentilesAreThoseOfTheSortedListWithinAThousandth) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    std::vector<std::int64_t> values = spread_values(seed, 5'000);
    const Histogram h = histogram_of(values);
    std::sort(values.begin(), values.end());
    for (const double percent : {0.0, 1.0, 25.0, 50.0, 90.0, 99.0, 99.9, 100.0}) {
      const auto rank =
          static_cast<std::size_t>(std::max(1.0, std::ceil(percent / 100 * 5'000 - 1e-6)));
      const double exact = static_cast<double>(values[rank - 1]);
      ASSERT_NEAR(static_cast<double>(h.percentile(percent).count()), exact, exact * 0.001)
          << percent;
    }
    EXPECT_EQ(h.min().count(), values.front());
    EXPECT_EQ(h.max().count(), values.back());
  }
}

TEST(Histogram, MeanOfManyValues_IsWithinAThousandth) {
  const std::vector<std::int64_t> values = spread_values(3, 10'000);
  double sum = 0;
  for (const std::int64_t v : values) sum += static_cast<double>(v);
  EXPECT_NEAR(static_cast<double>(histogram_of(values).mean().count()), sum / 10'000,
              sum / 10'000 * 0.001);
}

TEST(Histogram, MergeOfParts_EqualsTheWhole) {
  const std::vector<std::int64_t> values = spread_values(4, 9'000);
  Histogram merged;
  for (std::size_t part = 0; part < 3; ++part) {
    merged.merge(histogram_of({values.begin() + static_cast<std::ptrdiff_t>(part * 3000),
                               values.begin() + static_cast<std::ptrdiff_t>((part + 1) * 3000)}));
  }
  EXPECT_EQ(merged, histogram_of(values));
  EXPECT_EQ(merged.count(), 9'000U);
  EXPECT_EQ(merged.max(), histogram_of(values).max());
}

TEST(Histogram, EncodedAndDecoded_HasTheSameCounts) {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    const Histogram h = histogram_of(spread_values(seed, 3'000));
    const auto back = Histogram::decode(h.encode());
    ASSERT_TRUE(back) << back.error().message;
    EXPECT_EQ(*back, h);
    EXPECT_EQ(back->count(), h.count());
  }
}

TEST(Histogram, EmptyOne_EncodesAndAnswersZero) {
  const Histogram empty;
  const auto back = Histogram::decode(empty.encode());
  ASSERT_TRUE(back);
  EXPECT_EQ(back->count(), 0U);
  EXPECT_EQ(empty.percentile(99), Nanos(0));
  EXPECT_EQ(empty.mean(), Nanos(0));
  EXPECT_EQ(empty.max(), Nanos(0));
}

TEST(Histogram, CountsBeyond32Bits_SurviveEncoding) {
  Histogram h;
  h.record(Nanos(5), std::uint64_t{1} << 40U);
  h.record(Nanos(Histogram::kHighestNs), 3);
  const auto back = Histogram::decode(h.encode());
  ASSERT_TRUE(back);
  EXPECT_EQ(*back, h);
}

TEST(Histogram, DamagedBytes_AreAnErrorOrAHistogram) {
  const std::string good = histogram_of(spread_values(9, 500)).encode();
  for (std::size_t i = 0; i < good.size(); ++i) {
    EXPECT_FALSE(Histogram::decode(std::string_view(good).substr(0, i))) << i;
    std::string damaged = good;
    damaged[i] = static_cast<char>(damaged[i] ^ 0x55);
    (void)Histogram::decode(damaged);  // must return
  }
}

TEST(Histogram, MoreThanAnHour_CountsAsOneHourAndIsCountedAsClipped) {
  Histogram h;
  h.record(std::chrono::hours(2));
  h.record(Nanos(-5));
  EXPECT_EQ(h.max(), Nanos(Histogram::kHighestNs));
  EXPECT_EQ(h.clipped(), 1U);
  EXPECT_EQ(h.min(), Nanos(0));
}

TEST(Histogram, Cleared_IsLikeNew) {
  Histogram h = histogram_of(spread_values(5, 100));
  h.clear();
  EXPECT_TRUE(h.empty());
  EXPECT_EQ(h, Histogram());
  h.record(Nanos(7));
  EXPECT_EQ(h.max(), Nanos(7));
}

TEST(Histogram, CountAbove_CountsWhatIsLargerThanTheBucketOfTheLimit) {
  Histogram h;
  for (int ms = 1; ms <= 100; ++ms) h.record(std::chrono::milliseconds(ms));
  EXPECT_EQ(h.count_above(std::chrono::milliseconds(90)), 10U);
  EXPECT_EQ(h.count_above(std::chrono::milliseconds(100)), 0U);
}

TEST(HistogramLog, Line_HasStartLengthMaximumAndBase64) {
  Histogram h;
  h.record(std::chrono::milliseconds(2));
  const std::string line = hlog_line(h, std::chrono::seconds(3), std::chrono::seconds(1), "quote");
  EXPECT_EQ(line.substr(0, 30), "Tag=quote,3.000,1.000,2.000000");
  EXPECT_NE(line.find(",HISTFAAA"), std::string::npos);
  EXPECT_TRUE(hlog_header(WallTime{}).starts_with("#[Histogram log format version 1.3]"));
}

}  // namespace
}  // namespace bhsim::load
