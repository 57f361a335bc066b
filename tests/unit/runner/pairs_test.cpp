// When a pair of JVMs says nothing of the agent.

#include "framework/runner/pairs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

history::PairJvm jvm(const char* side) {
  history::PairJvm jvm;
  jvm.side = side;
  jvm.planned = 28'000;
  jvm.ok = 28'000;
  jvm.cpu = 8s;
  return jvm;
}

TEST(PairTrouble, OfAWholePair_IsNone) {
  EXPECT_THAT(trouble_of(jvm("a"), jvm("b"), 28s, 1, 1s), IsEmpty());
}

TEST(PairTrouble, RequestsThatFail_AreTold) {
  auto a = jvm("a");
  a.ok = 27'000;
  EXPECT_THAT(trouble_of(a, jvm("b"), 28s, 1, 1s),
              HasSubstr("28000 requests to side a, 27000 ended"));
  EXPECT_THAT(trouble_of(jvm("a"), history::PairJvm{.side = "b"}, 28s, 1, 1s), HasSubstr("side b"));
}

TEST(PairTrouble, OneRequestInAThousand_IsNoTrouble) {
  auto b = jvm("b");
  b.ok = 27'972;
  EXPECT_THAT(trouble_of(jvm("a"), b, 28s, 1, 1s), IsEmpty());
}

TEST(PairTrouble, CoresThatAreFull_AreToldWithTheWayOut) {
  auto a = jvm("a"), b = jvm("b");
  a.cpu = b.cpu = 13s;
  EXPECT_THAT(trouble_of(a, b, 28s, 1, 1s), HasSubstr("93 % of their cores; a lower --load"));
  EXPECT_THAT(trouble_of(a, b, 28s, 2, 1s), IsEmpty());
}

TEST(PairTrouble, CompilersThatAreStillBusy_AreToldWithTheWayOut) {
  EXPECT_THAT(trouble_of(jvm("a"), jvm("b"), 28s, 1, 7s), IsEmpty());
  EXPECT_THAT(trouble_of(jvm("a"), jvm("b"), 28s, 1, 8400ms),
              HasSubstr("took 30 % of a core; a longer run"));
}

}  // namespace
}  // namespace bhsim::runner
