#include "framework/history/history.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/support/history_builder.hpp"

namespace bhsim::history {
namespace {

using ::testing::HasSubstr;

std::vector<std::pair<double, double>> in_seconds(const std::vector<Span>& spans) {
  std::vector<std::pair<double, double>> result;
  for (const auto& s : spans)
    result.emplace_back(to_seconds(s.from - kBuilderStart), to_seconds(s.to - kBuilderStart));
  return result;
}

TEST(History, PhaseAndMeasured_ComeFromThePhaseWindows) {
  HistoryBuilder run;
  run.phase("warm-up", 0, 20).phase("steady", 50, 90).phase("baseline", 20, 50);
  const History history = run.build();
  EXPECT_EQ(history.phase("steady"), (Span{at(50), at(90)}));
  EXPECT_EQ(history.phase("recover"), std::nullopt);
  EXPECT_EQ(history.measured(), (Span{at(20), at(90)}));
  EXPECT_EQ(history.windows().front().name, "warm-up");
  EXPECT_EQ(history.windows().back().name, "steady");
}

TEST(History, NoPhases_ThereIsNothingMeasured) {
  HistoryBuilder run;
  run.phase("warm-up", 0, 20);
  EXPECT_EQ(run.build().measured(), std::nullopt);
}

TEST(History, InWindow_IsHalfOpenAndKnowsOverlaps) {
  HistoryBuilder run;
  run.window(WindowKind::swap, "A", 10, 20)
      .window(WindowKind::swap, "B", 12, 14)
      .window(WindowKind::swap, "A", 30, 31);
  const History history = run.build();
  EXPECT_FALSE(history.in_window(WindowKind::swap, at(9.999)));
  EXPECT_TRUE(history.in_window(WindowKind::swap, at(10)));
  EXPECT_TRUE(history.in_window(WindowKind::swap, at(17)));
  EXPECT_FALSE(history.in_window(WindowKind::swap, at(20)));
  EXPECT_TRUE(history.in_window(WindowKind::swap, at(30.5)));
  EXPECT_FALSE(history.in_window(WindowKind::fault, at(15)));
}

TEST(History, Outside_CutsOverlappingAndTouchingWindowsOut) {
  HistoryBuilder run;
  run.window(WindowKind::swap, "A", 10, 20)
      .window(WindowKind::fault, "kill", 18, 25)
      .window(WindowKind::gc, "gc", 25, 26);
  run.window(WindowKind::swap, "B", -5, 1).window(WindowKind::swap, "C", 99, 200);
  const History history = run.build();
  const std::array kinds = {WindowKind::swap, WindowKind::fault, WindowKind::gc};
  EXPECT_EQ(in_seconds(history.outside({at(0), at(100)}, kinds)),
            (std::vector<std::pair<double, double>>{{1, 10}, {26, 99}}));
  EXPECT_EQ(in_seconds(history.outside({at(11), at(12)}, kinds)),
            (std::vector<std::pair<double, double>>{}));
  EXPECT_EQ(in_seconds(history.outside({at(0), at(100)}, {})),
            (std::vector<std::pair<double, double>>{{0, 100}}));
}

TEST(History, Samples_AreInTimeOrderAndUnknownSeriesIsEmpty) {
  HistoryBuilder run;
  run.add(Sample{"s", at(2), 2}).add(Sample{"s", at(1), 1});
  run.sampled("ramp", 0, 10, 0.5, [](double s) { return 2 * s; });
  const History history = run.build();
  EXPECT_EQ(history.samples("s").front().value, 1);
  EXPECT_EQ(history.samples("ramp").size(), 20U);
  EXPECT_EQ(history.samples("ramp").back().value, 19);
  EXPECT_TRUE(history.samples("nothing").empty());
}

TEST(History, Wall_UsesTheNearestClockPoint) {
  HistoryBuilder run;
  run.add(ClockPoint{at(0), wall_from_ns(5'000)})
      .add(ClockPoint{at(1), wall_from_ns(2'000'000'000)});
  const History history = run.build();
  EXPECT_EQ(history.wall(at(0.25)), wall_from_ns(250'005'000));
  EXPECT_EQ(history.wall(at(0.75)), wall_from_ns(1'750'000'000));
  EXPECT_EQ(history.wall(at(3)), wall_from_ns(4'000'000'000));
}

TEST(History, CutShort_IsReadWhileTheWriterLivesAndAfterwards) {
  HistoryBuilder run;
  run.phase("steady", 0, 10).add(Sample{"s", at(9), 1});
  {
    const History history = run.build_cut_short();
    EXPECT_FALSE(history.sealed());
    EXPECT_EQ(history.last(), at(9));
    EXPECT_EQ(history.samples("s").size(), 1U);
  }
  run.add(Sample{"s", at(11), 1});
  const History later = run.build_cut_short();
  EXPECT_EQ(later.samples("s").size(), 2U);
}

TEST(History, FolderWithoutAStore_IsNotFound) {
  const auto temporary = TemporaryDirectory::create("bhsim-history-test");
  ASSERT_TRUE(temporary);
  const auto history = History::open(temporary->path());
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, ErrorCode::not_found);
}

TEST(History, FileThatIsNoDatabase_IsAnError) {
  const auto temporary = TemporaryDirectory::create("bhsim-history-test");
  ASSERT_TRUE(temporary);
  ASSERT_TRUE(write_file(temporary->path() / "run.db", "this is not a database, not at all"));
  const auto history = History::open(temporary->path());
  ASSERT_FALSE(history);
  EXPECT_THAT(history.error().message, HasSubstr("run.db"));
}

TEST(History, EmptyFile_IsRefusedByItsSchemaVersion) {
  const auto temporary = TemporaryDirectory::create("bhsim-history-test");
  ASSERT_TRUE(temporary);
  ASSERT_TRUE(write_file(temporary->path() / "run.db", ""));
  const auto history = History::open(temporary->path());
  ASSERT_FALSE(history);
  EXPECT_EQ(history.error().code, ErrorCode::unsupported);
}

TEST(History, PathWithCharactersOfAUri_CanBeOpened) {
  const auto temporary = TemporaryDirectory::create("bhsim-history-test");
  ASSERT_TRUE(temporary);
  const Path folder = temporary->path() / "a b?c=1#d%20e";
  auto store = Store::create(folder, "odd");
  ASSERT_TRUE(store) << store.error().message;
  ASSERT_TRUE(store->flush());
  EXPECT_TRUE(History::open(folder));
  ASSERT_TRUE(store->seal());
  const auto history = History::open(folder);
  ASSERT_TRUE(history) << history.error().message;
  EXPECT_EQ(history->run_id(), "odd");
}

}  // namespace
}  // namespace bhsim::history
