// Each check against its defect: red where it must be, and nothing else red.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "planted.hpp"

namespace bhsim::checks {
namespace {

std::vector<Planted> everything() {
  return joined({planted_performance(), planted_stability(), planted_reliability(),
                 planted_readiness(), planted_over_time(), planted_security(), planted_items()});
}

class PlantedDefect : public ::testing::TestWithParam<Planted> {};

TEST_P(PlantedDefect, TurnsItsCheckRedAndNoOther) {
  const auto& planted = GetParam();
  CleanRun run;
  planted.spoil(run);
  const auto judged = judge(run);
  const auto& verdict = judged.of(planted.must_be_red);
  EXPECT_EQ(verdict.status, Status::fail) << to_string(verdict.status) << ": " << verdict.because;
  for (const auto& id : judged.with(Status::fail))
    EXPECT_TRUE(id == planted.must_be_red || planted.may_be_red.contains(id))
        << id << " is a false alarm: " << judged.of(id).because;
  const bool generator = planted.must_be_red == "LOAD-06";
  EXPECT_EQ(judged.verdict.status, generator ? RunStatus::invalid : RunStatus::fail)
      << judged.verdict.because;
}

INSTANTIATE_TEST_SUITE_P(Performance, PlantedDefect, ::testing::ValuesIn(planted_performance()),
                         [](const auto& planted) { return planted.param.name; });
INSTANTIATE_TEST_SUITE_P(Stability, PlantedDefect, ::testing::ValuesIn(planted_stability()),
                         [](const auto& planted) { return planted.param.name; });
INSTANTIATE_TEST_SUITE_P(Reliability, PlantedDefect, ::testing::ValuesIn(planted_reliability()),
                         [](const auto& planted) { return planted.param.name; });
INSTANTIATE_TEST_SUITE_P(Readiness, PlantedDefect, ::testing::ValuesIn(planted_readiness()),
                         [](const auto& planted) { return planted.param.name; });
INSTANTIATE_TEST_SUITE_P(OverTime, PlantedDefect, ::testing::ValuesIn(planted_over_time()),
                         [](const auto& planted) { return planted.param.name; });
INSTANTIATE_TEST_SUITE_P(Items, PlantedDefect, ::testing::ValuesIn(planted_items()),
                         [](const auto& planted) { return planted.param.name; });
INSTANTIATE_TEST_SUITE_P(Security, PlantedDefect, ::testing::ValuesIn(planted_security()),
                         [](const auto& planted) { return planted.param.name; });

TEST(PlantedDefects, EveryCheckHasOne) {
  std::set<std::string> without;
  for (const auto& check : all()) without.emplace(check.id);
  for (const auto& planted : everything()) without.erase(planted.must_be_red);
  EXPECT_THAT(without, ::testing::IsEmpty());
}

TEST(CleanRun_, PassesEveryCheck) {
  const auto judged = judge(CleanRun());
  for (const auto& [check, verdict, required] : judged.verdict.checks)
    EXPECT_EQ(verdict.status, Status::pass)
        << check->id << " " << to_string(verdict.status) << ": " << verdict.because;
  EXPECT_EQ(judged.verdict.status, RunStatus::pass) << judged.verdict.because;
}

}  // namespace
}  // namespace bhsim::checks
