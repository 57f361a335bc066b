// What counts as an agent's complaint of its configuration.

#include "framework/runner/complaint.hpp"

#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

const config::Mistake kIllTyped{"reliability.auto-rollback", "perhaps", ""};
const config::Mistake kUnknown{"performance.validation-timout", "5s", ""};

TEST(Complaint, OfAnAgentThatDoesNotStart_IsTheLineWithKeyAndValue) {
  EXPECT_EQ(complaint_of(kIllTyped,
                         "starting\nagent: c.yml:9:20: auto-rollback: 'perhaps' is not true or "
                         "false\nnot started\n",
                         false),
            "agent: c.yml:9:20: auto-rollback: 'perhaps' is not true or false");
  EXPECT_EQ(complaint_of(kUnknown, "agent: unknown key validation-timout", false),
            "agent: unknown key validation-timout");
}

TEST(Complaint, ThatDoesNotNameTheValueOfAKnownKey_IsNone) {
  EXPECT_EQ(complaint_of(kIllTyped, "agent: auto-rollback=true max-retry-attempts=3\n", false), "");
}

// It lists what it read, and went on.
TEST(Complaint, WordsOfAnAgentThatStarted_CountAsAWarningOnly) {
  const char* listed = "INFO  read auto-rollback=perhaps\n";
  EXPECT_EQ(complaint_of(kIllTyped, listed, true), "");
  const char* warned = "WARN  auto-rollback: 'perhaps' is taken for false\n";
  EXPECT_EQ(complaint_of(kIllTyped, std::string(listed) + warned, true) + "\n", warned);
}

TEST(Complaint, OfSilence_IsNone) {
  EXPECT_EQ(complaint_of(kUnknown, "", true), "");
  EXPECT_EQ(complaint_of(kUnknown, "ERROR cannot start\n", false), "");
}

}  // namespace
}  // namespace bhsim::runner
