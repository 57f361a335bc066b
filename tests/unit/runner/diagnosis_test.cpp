#include "framework/runner/diagnosis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/runner/evidence.hpp"

namespace bhsim::runner {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

config::Plan plan() {
  config::Plan plan;
  plan.limits["LOAD-01"] = {"<", 0.1, "%"};
  plan.limits["REL-01"] = {"<", 1, "%"};
  return plan;
}

TEST(ReasonsToLook, OfARunThatWentWell_AreNone) {
  EXPECT_THAT(reasons_to_look(plan(), {}), IsEmpty());
  EXPECT_THAT(reasons_to_look(plan(), {.requests = 100'000, .errors = 99}), IsEmpty());
}

TEST(ReasonsToLook, ErrorsCountFromTheLimitOn_WhichIsWiderWhereFaultsArePlanned) {
  auto with_faults = plan();
  with_faults.faults.push_back({.id = 1, .kind = "kill"});
  const Signs few{.requests = 100'000, .errors = 200};
  EXPECT_THAT(reasons_to_look(plan(), few),
              ElementsAre(HasSubstr("200 of 100000 requests were not ok")));
  EXPECT_THAT(reasons_to_look(with_faults, few), IsEmpty());
  EXPECT_THAT(reasons_to_look(with_faults, {.requests = 100'000, .errors = 1'001}),
              ElementsAre(HasSubstr("1001")));
}

TEST(ReasonsToLook, WhatIsCounted_NeedsToBeOneOnly) {
  EXPECT_THAT(reasons_to_look(plan(), {.swaps_failed = 1}), ElementsAre(HasSubstr("1 swaps")));
  EXPECT_THAT(reasons_to_look(plan(), {.went_back = 1}), ElementsAre(HasSubstr("generation")));
  EXPECT_THAT(reasons_to_look(plan(), {.writes_lost = 1}), ElementsAre(HasSubstr("lost")));
  EXPECT_THAT(reasons_to_look(plan(), {.writes_altered = 1}), ElementsAre(HasSubstr("altered")));
  EXPECT_THAT(reasons_to_look(plan(), {.not_recovered = 1}), ElementsAre(HasSubstr("recovered")));
  EXPECT_THAT(reasons_to_look(plan(), {.deadlocks = 1}), ElementsAre(HasSubstr("deadlock")));
  EXPECT_THAT(reasons_to_look(plan(), {.out_of_memory = true}),
              ElementsAre(HasSubstr("OutOfMemoryError")));
}

TEST(ReasonsToLook, AnEarlyEnd_StandsFirstAndIsOneLine) {
  EXPECT_THAT(reasons_to_look(plan(), {.ended_early = "STAB-01: it ended\nits last lines:\nx",
                                       .writes_lost = 2}),
              ElementsAre("STAB-01: it ended", HasSubstr("2 acknowledged")));
}

TEST(CrashInWords, TellsSignalAndFrame) {
  EXPECT_EQ(crash_in_words("#\n# A fatal error has been detected by the Java Runtime Environment:\n"
                           "#\n#  SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=30\n#\n"
                           "# JRE version: OpenJDK\n# Problematic frame:\n"
                           "# V  [libjvm.so+0xeb6f2a]  Unsafe_PutLong+0x8a\n#\n"),
            "SIGSEGV (0xb) at pc=0x00007f, pid=1, tid=30, in V  [libjvm.so+0xeb6f2a]  "
            "Unsafe_PutLong+0x8a");
}

TEST(CrashInWords, OfAReportWithoutAFrame_IsWhatItHas) {
  EXPECT_EQ(crash_in_words("# There is insufficient memory for the Java Runtime Environment to "
                           "continue.\n# Native memory allocation failed\n"),
            "There is insufficient memory for the Java Runtime Environment to continue.");
  EXPECT_EQ(crash_in_words(""), "");
  EXPECT_EQ(crash_in_words("no report at all"), "");
}

constexpr std::string_view kHistogram =
    " num     #instances         #bytes  class name (module)\n"
    "-------------------------------------------------------\n"
    "   1:        123456      125829120  [B (java.base@17.0.21)\n"
    "   2:         22840         548160  java.lang.String (java.base@17.0.21)\n"
    "Total        146296      126377280\n";

TEST(LargestClasses, AreTheFirstOfTheHistogram) {
  EXPECT_EQ(largest_classes(kHistogram, 1), "120 MB of [B");
  EXPECT_THAT(largest_classes(kHistogram, 5), HasSubstr(" of java.lang.String"));
  EXPECT_EQ(largest_classes("", 5), "");
  EXPECT_EQ(largest_classes("1:", 5), "");
}

TEST(ThreadInDump, IsItsStackAndNoOthers) {
  constexpr std::string_view kDump =
      "Full thread dump\n\n\"main\" #1 prio=5\n   java.lang.Thread.State: RUNNABLE\n"
      "\tat App.read(App.java:7)\n\n\"maintenance\" #2\n\tat App.wait(App.java:9)\n";
  EXPECT_EQ(thread_in_dump(kDump, "main"),
            "\"main\" #1 prio=5\n   java.lang.Thread.State: RUNNABLE\n\tat App.read(App.java:7)\n");
  EXPECT_EQ(thread_in_dump(kDump, "none-such"), "");
  EXPECT_EQ(thread_in_dump("\n\"main\" ", "main"), "\"main\" ");
}

TEST(RedactedText, HidesWhatFollowsANameThatSoundsSecret) {
  EXPECT_EQ(redacted_text("java -Ddb.password=hunter2 -Dport=8080 -cp /app Main"),
            "java -Ddb.password=[redacted] -Dport=8080 -cp /app Main");
  EXPECT_EQ(redacted_text("API_TOKEN=abc\nPATH=/bin\nSECRET=\n"),
            "API_TOKEN=[redacted]\nPATH=/bin\nSECRET=\n");
  EXPECT_EQ(redacted_text("{\"arg\": \"--token=abc\", \"b\": 1}"),
            "{\"arg\": \"--token=[redacted]\", \"b\": 1}");
}

TEST(RedactedText, LeavesEverythingElseAsItIs) {
  for (const auto* text : {"", "=", "a==b", "no equals at all", "x = password", "=password="})
    EXPECT_EQ(redacted_text(text), text);
}

}  // namespace
}  // namespace bhsim::runner
