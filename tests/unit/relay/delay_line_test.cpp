#include "framework/relay/delay_line.hpp"

#include <gtest/gtest.h>

namespace bhsim::relay {
namespace {

using namespace std::chrono_literals;

constexpr Time at(Nanos since_start) { return Time(since_start); }

// All that may leave by then, in order; an end is a full stop.
std::string leave(DelayLine& line, Time now) {
  std::string gone;
  for (auto piece = line.front(now); !piece.empty(); piece = line.front(now)) {
    gone += piece;
    line.take(piece.size());
  }
  if (line.take_end(now)) gone += '.';
  return gone;
}

TEST(DelayLine, NothingInIt_IsEmptyAndNeverDue) {
  DelayLine line(8);
  EXPECT_TRUE(line.empty());
  EXPECT_FALSE(line.due());
  EXPECT_EQ(line.front(at(1h)), "");
  EXPECT_FALSE(line.take_end(at(1h)));
}

TEST(DelayLine, Piece_LeavesWhenItIsDueAndNotBefore) {
  DelayLine line(8);
  line.put("abc", at(10ms), 5ms);
  EXPECT_EQ(line.due(), at(15ms));
  EXPECT_EQ(line.front(at(15ms) - Nanos(1)), "");
  EXPECT_EQ(line.front(at(15ms)), "abc");
}

TEST(DelayLine, PieceWithAShorterDelay_DoesNotOvertake) {
  DelayLine line(8);
  line.put("a", at(0ms), 20ms);
  line.put("b", at(1ms), 1ms);
  EXPECT_EQ(leave(line, at(19ms)), "");
  EXPECT_EQ(leave(line, at(20ms)), "ab");
}

TEST(DelayLine, End_LeavesBehindTheLastByteAndAfterItsOwnDelay) {
  DelayLine line(8);
  line.put("a", at(0ms), 20ms);
  line.put_end(at(0ms), 5ms);
  EXPECT_EQ(line.due(), at(20ms));
  EXPECT_EQ(leave(line, at(19ms)), "");
  EXPECT_EQ(leave(line, at(20ms)), "a.");
  EXPECT_TRUE(line.empty());
}

TEST(DelayLine, EndThatIsLateByItself_WaitsAlone) {
  DelayLine line(8);
  line.put("a", at(0ms), 0ms);
  line.put_end(at(0ms), 50ms);
  EXPECT_EQ(leave(line, at(0ms)), "a");
  EXPECT_FALSE(line.empty());
  EXPECT_EQ(line.due(), at(50ms));
  EXPECT_EQ(leave(line, at(50ms)), ".");
}

TEST(DelayLine, PieceTakenInParts_TellsItsStayWithTheLastOne) {
  DelayLine line(8);
  line.put("abcde", at(1ms), 2ms);
  EXPECT_FALSE(line.take(2));
  EXPECT_EQ(line.front(at(3ms)), "cde");
  EXPECT_EQ(line.bytes(), 3U);
  const auto stay = line.take(3);
  ASSERT_TRUE(stay);
  EXPECT_EQ(stay->came, at(1ms));
  EXPECT_EQ(stay->due, at(3ms));
}

TEST(DelayLine, Room_IsWhatItMayHoldWithoutWhatItHolds) {
  DelayLine line(8);
  EXPECT_EQ(line.room(), 8U);
  line.put("abcde", at(0ms), 1s);
  line.put("fgh", at(0ms), 1s);
  EXPECT_EQ(line.room(), 0U);
  line.hurry(at(0ms));
  line.take(2);
  EXPECT_EQ(line.room(), 2U);
}

TEST(DelayLine, Hurried_LetsAllOfItLeave) {
  DelayLine line(8);
  line.put("a", at(0ms), 1h);
  line.put("b", at(0ms), 2h);
  line.put_end(at(0ms), 3h);
  line.hurry(at(7ms));
  EXPECT_EQ(line.due(), at(7ms));
  EXPECT_EQ(leave(line, at(7ms)), "ab.");
}

TEST(DelayLine, HurriedWhenItWasDue_StaysDue) {
  DelayLine line(8);
  line.put("a", at(0ms), 1ms);
  line.hurry(at(5ms));
  EXPECT_EQ(line.due(), at(1ms));
}

}  // namespace
}  // namespace bhsim::relay
