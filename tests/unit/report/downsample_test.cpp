#include "framework/report/downsample.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

namespace bhsim::report {
namespace {

Line wave(std::size_t n) {
  Line line;
  for (std::size_t i = 0; i < n; ++i) {
    line.x.push_back(static_cast<double>(i));
    line.y.push_back(std::sin(static_cast<double>(i) / 500));
  }
  return line;
}

double highest(const Line& line) { return *std::max_element(line.y.begin(), line.y.end()); }

TEST(Lttb, KeepsEndsOrderAndCount) {
  const Line line = wave(14'400);
  const Line small = lttb(line, 900);
  ASSERT_EQ(small.size(), 900U);
  EXPECT_EQ(small.x.front(), 0);
  EXPECT_EQ(small.x.back(), 14'399);
  EXPECT_TRUE(std::is_sorted(small.x.begin(), small.x.end()));
  EXPECT_EQ(std::adjacent_find(small.x.begin(), small.x.end()), small.x.end());
}

TEST(Lttb, PointsAreOnesThatWereThere) {
  const Line line = wave(5'000);
  const Line small = lttb(line, 100);
  for (std::size_t i = 0; i < small.size(); ++i)
    EXPECT_EQ(small.y[i], line.y[static_cast<std::size_t>(small.x[i])]);
}

TEST(Lttb, SingleSpikeOfAFlatLine_Survives) {
  Line line = wave(10'000);
  std::fill(line.y.begin(), line.y.end(), 1);
  line.y[4'321] = 50;
  EXPECT_EQ(highest(lttb(line, 300)), 50);
}

TEST(Lttb, FewPoints_StayAsTheyAre) {
  EXPECT_EQ(lttb(wave(10), 900).size(), 10U);
  EXPECT_EQ(lttb({}, 900).size(), 0U);
}

TEST(Peaks, EveryPeakSurvivesWhereItWas) {
  Line line = wave(14'400);
  std::fill(line.y.begin(), line.y.end(), 1);
  for (const std::size_t i : {7U, 100U, 9'999U, 14'399U}) line.y[i] = 9;
  const Line small = peaks(line, 500);
  EXPECT_LE(small.size(), 500U);
  for (const double x : {7.0, 100.0, 9'999.0, 14'399.0}) {
    const auto found = std::find(small.x.begin(), small.x.end(), x);
    ASSERT_NE(found, small.x.end()) << x;
    EXPECT_EQ(small.y[static_cast<std::size_t>(found - small.x.begin())], 9);
  }
}

TEST(Peaks, GapInTime_GivesNoPointsThere) {
  Line line;
  for (int i = 0; i < 100; ++i) {
    line.x.push_back(i < 50 ? i : 10'000 + i);
    line.y.push_back(i);
  }
  const Line small = peaks(line, 20);
  EXPECT_TRUE(
      std::none_of(small.x.begin(), small.x.end(), [](double x) { return x > 60 && x < 9'000; }));
}

TEST(Banded, MeanLowestAndHighestOfEachStretch) {
  Line line;
  for (int i = 0; i < 8; ++i) {
    line.x.push_back(i);
    line.y.push_back(i % 2 == 0 ? 10 : 20);
  }
  const Line band = banded(line, 2);
  ASSERT_EQ(band.size(), 2U);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(band.y[i], 15);
    EXPECT_EQ(band.low[i], 10);
    EXPECT_EQ(band.high[i], 20);
  }
}

TEST(Banded, FewPoints_HaveABandOfNoWidth) {
  const Line band = banded(wave(5), 900);
  EXPECT_EQ(band.low, band.y);
  EXPECT_EQ(band.high, band.y);
}

TEST(Downsample, AllAtOneInstant_IsOneStretch) {
  Line line;
  line.x.assign(1000, 5.0);
  line.y.assign(1000, 1.0);
  EXPECT_EQ(peaks(line, 10).size(), 1U);
  EXPECT_EQ(banded(line, 10).size(), 1U);
}

TEST(WithBreaks, SilenceOfARegularLine_BecomesOnePointWithoutAValue) {
  Line line;
  for (const int s : {0, 1, 2, 3, 4, 20, 21, 23, 24}) {
    line.x.push_back(s);
    line.y.push_back(1);
  }
  const Line broken = with_breaks(line, line);
  ASSERT_EQ(broken.size(), line.size() + 1);
  EXPECT_EQ(broken.x[5], 12);
  EXPECT_TRUE(std::isnan(broken.y[5]));
  EXPECT_EQ(std::count_if(broken.y.begin(), broken.y.end(), [](double y) { return std::isnan(y); }),
            1);
}

TEST(WithBreaks, SparseLine_StaysWhole) {
  const Line line{{0, 30, 60, 95, 120}, {1, 2, 3, 4, 5}, {}, {}};
  EXPECT_EQ(with_breaks(line, line).y, line.y);
}

}  // namespace
}  // namespace bhsim::report
