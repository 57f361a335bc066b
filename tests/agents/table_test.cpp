// The tables themselves, without an engine: their words are those of the checks, and the short
// simulations require what the real ones do.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/config/loaders.hpp"
#include "table.hpp"

namespace bhsim::agents {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Path kRoot(BHSIM_SOURCE_DIR);
const Path kTable = kRoot / "tests/agents/hotswapagent.yml";

class Table : public testing::TestWithParam<const char*> {};

TEST_P(Table, Lines_NameChecksOnceAndVerdictsThatThereAre) {
  const auto table = table_of(kTable, GetParam());
  ASSERT_TRUE(table) << table.error().message;
  std::set<std::string> seen;
  for (const auto& line : *table) {
    EXPECT_NE(checks::find(line.check), nullptr) << line.check;
    EXPECT_TRUE(seen.insert(line.check).second) << line.check << " stands twice";
    EXPECT_THAT(line.because, testing::Not(IsEmpty())) << line.check;
    for (const auto& verdict : line.verdicts)
      EXPECT_THAT((std::set<std::string>{"pass", "fail", "inconclusive", "not applicable"}),
                  testing::Contains(verdict))
          << line.check;
  }
}

// Otherwise the table would be about another question than the one that users ask.
TEST_P(Table, ShortSimulation_RequiresWhatTheRealOneDoes) {
  const std::string name = std::string(GetParam()) + ".yml";
  const auto real = config::load_simulation(kRoot / "simulations" / name);
  const auto brief = config::load_simulation(kRoot / "tests/agents/simulations" / name);
  ASSERT_TRUE(real) << real.error().message;
  ASSERT_TRUE(brief) << brief.error().message;
  EXPECT_EQ(brief->required, real->required);
  EXPECT_EQ(brief->app, real->app);
  EXPECT_EQ(brief->config, real->config);
  EXPECT_EQ(brief->thresholds, real->thresholds);
}

INSTANTIATE_TEST_SUITE_P(Simulations, Table, testing::Values("hotswap", "load"),
                         [](const auto& info) { return std::string(info.param); });

checks::RunVerdict verdict_of(const char* id, checks::Status status, bool required) {
  checks::RunVerdict verdict;
  checks::Verdict judged;
  judged.status = status;
  judged.because = "so";
  verdict.checks.push_back({checks::find(id), judged, required});
  return verdict;
}

TEST(Differences, AVerdictOfTheTable_IsNone) {
  EXPECT_THAT(differences(verdict_of("COMP-04", checks::Status::fail, true),
                          {{"COMP-04", {"fail"}, "no key is obeyed"}}),
              IsEmpty());
}

TEST(Differences, AnotherVerdict_IsToldWithBothReasons) {
  EXPECT_THAT(differences(verdict_of("COMP-04", checks::Status::pass, true),
                          {{"COMP-04", {"fail"}, "no key is obeyed"}}),
              ElementsAre("COMP-04 is pass (so), and the table says fail (no key is obeyed)"));
}

TEST(Differences, ARequiredCheckThatTheTableLacks_IsTold) {
  EXPECT_THAT(differences(verdict_of("COMP-04", checks::Status::pass, true), {}),
              ElementsAre(HasSubstr("COMP-04 is not in the table")));
}

TEST(Differences, AnAdvisoryCheckThatTheTableLacks_IsNone) {
  EXPECT_THAT(differences(verdict_of("COMP-04", checks::Status::pass, false), {}), IsEmpty());
}

}  // namespace
}  // namespace bhsim::agents
