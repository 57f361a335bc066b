#include <gtest/gtest.h>

#include "clean_run.hpp"

namespace bhsim::checks {
namespace {

using history::at;

constexpr std::int64_t kFull = 240LL << 20U;

double recorded(const CleanRun& run) { return judge(run).of("MON-05").value.value(); }

// Of the life from 0 to 540, the first recording; of the one after it, the second.
TEST(Recordings, OfARingThatIsFull_MayLackTheBeginningOfTheirOwnLife) {
  CleanRun run;
  auto& first = run.facts["recordings"][0];
  first["from_ns"] = to_ns(at(200));
  EXPECT_LT(recorded(run), 99);
  first["bytes"] = kFull;
  EXPECT_GT(recorded(run), 99);
}

TEST(Recordings, OfARingThatIsFull_DoNotExcuseAnotherLife) {
  CleanRun run;
  run.facts["recordings"].erase(0);
  run.facts["recordings"][0]["bytes"] = kFull;
  EXPECT_LT(recorded(run), 99) << "nothing is there of the life before";
}

}  // namespace
}  // namespace bhsim::checks
