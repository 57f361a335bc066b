// The staller, as it is asked for, told and read. Its own side: docker/staller/test.

#include "framework/runner/staller.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "framework/runner/application.hpp"

namespace bhsim::runner {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

config::Plan plan_with_agent() {
  config::Plan plan;
  plan.app.command = {"java", "{jvm}", "{agent}", "Main"};
  plan.app.port = 8080;
  plan.app.ready_path = "/ready";
  plan.agent.name = "some";
  plan.agent.jvm = {"-javaagent:{jar}=health={health}", "-Dother=1"};
  return plan;
}

TEST(Staller, IsTheFirstAgentOfTheJvm) {
  auto plan = plan_with_agent();
  EXPECT_FALSE(has_staller(plan));
  add_staller(plan, StallerTask::watch);
  EXPECT_TRUE(has_staller(plan));
  EXPECT_THAT(plan.agent.jvm, ElementsAre("-javaagent:/given/staller.jar=/logs/staller",
                                          "-javaagent:{jar}=health={health}", "-Dother=1"));
  const auto command = application_command(plan);
  const auto found =
      std::ranges::find(command, "-javaagent:/given/agent.jar=health=http://127.0.0.1:8080/ready");
  EXPECT_NE(found, command.end()) << "the application itself is asked for health";
}

TEST(Staller, ThatAnswersForHealth_IsWhatTheAgentIsToldToAsk) {
  auto plan = plan_with_agent();
  plan.app.ready_path.clear();  // it needs none
  add_staller(plan, StallerTask::answer_health);
  EXPECT_THAT(plan.agent.jvm,
              ElementsAre("-javaagent:/given/staller.jar=/logs/staller,28080",
                          "-javaagent:{jar}=health=http://127.0.0.1:28080/health", "-Dother=1"));
}

TEST(Staller, OfAnApplicationOnItsPort_TakesAnotherOne) {
  auto plan = plan_with_agent();
  plan.app.port = 28080;
  add_staller(plan, StallerTask::answer_health);
  EXPECT_EQ(plan.agent.jvm[0], "-javaagent:/given/staller.jar=/logs/staller,28081");
}

TEST(Staller, Holds_AreALineEach) {
  EXPECT_EQ(holds_text({{"A", 0s}, {"com.example.B", 1500ms}}), "A 0\ncom.example.B 1500\n");
  EXPECT_EQ(holds_text({}), "");
}

TEST(StallerJournal, GivesRedefinitionsAndQuestionsInOrderOfTime) {
  history::ItemRecord record;
  read_staller_journal(
      "bhsim-staller 1\nasked 900\nenter 2 300 com.example.B\nenter 1 100 A\nleave 2 350\n"
      "asked 500\nleave 1 700\n",
      record);
  EXPECT_TRUE(record.staller_read);
  ASSERT_EQ(record.redefinitions.size(), 2U);
  EXPECT_EQ(record.redefinitions[0].class_name, "A");
  EXPECT_EQ(record.redefinitions[0].from, time_from_ns(100));
  EXPECT_EQ(record.redefinitions[0].to, time_from_ns(700));
  EXPECT_EQ(record.redefinitions[1].class_name, "com.example.B");
  EXPECT_THAT(record.asked, ElementsAre(time_from_ns(500), time_from_ns(900)));
}

TEST(StallerJournal, RedefinitionThatStillWaits_HasNoEnd) {
  history::ItemRecord record;
  read_staller_journal("bhsim-staller 1\nenter 1 100 A\n", record);
  ASSERT_EQ(record.redefinitions.size(), 1U);
  EXPECT_FALSE(record.redefinitions[0].to);
}

TEST(StallerJournal, WhatIsNoneOfItsLines_IsLeftOut) {
  history::ItemRecord record;
  read_staller_journal(
      "bhsim-staller 1\nenter x 100 A\nenter 1 100\nleave 7 100\nasked\nasked soon\n\nenter 2 5 B",
      record);
  EXPECT_TRUE(record.staller_read);
  EXPECT_TRUE(record.redefinitions.empty());
  EXPECT_TRUE(record.asked.empty());
}

TEST(StallerJournal, ThatWasNeverBegun_IsNotRead) {
  history::ItemRecord record;
  read_staller_journal("", record);
  EXPECT_FALSE(record.staller_read);
}

}  // namespace
}  // namespace bhsim::runner
