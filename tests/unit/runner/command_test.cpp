// The command of the application's container, and who gets which cores.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "framework/runner/application.hpp"

namespace bhsim::runner {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

config::Plan plan_with(std::vector<std::string> command) {
  config::Plan plan;
  plan.app.command = std::move(command);
  plan.jvm = {"-Xms1g", "-Xmx2g"};
  plan.agent.jvm = {"-javaagent:{jar}=a,b={jar}", "-Dconfig={config}"};
  return plan;
}

TEST(ApplicationCommand, WordsWithoutPlaceholders_StayAsTheyAre) {
  EXPECT_THAT(application_command(plan_with({"/bin/app", "--x={jvm}", "{jvmm}"})),
              ElementsAre("/bin/app", "--x={jvm}", "{jvmm}"));
}

TEST(ApplicationCommand, Jvm_IsTheFlagsOfThePlanAndThenWhatBhsimWatches) {
  const auto command = application_command(plan_with({"java", "{jvm}", "Main"}));
  EXPECT_EQ(command.front(), "java");
  EXPECT_EQ(command[1], "-Xms1g");
  EXPECT_EQ(command[2], "-Xmx2g");
  EXPECT_EQ(command.back(), "Main");
  EXPECT_THAT(command, Contains(HasSubstr("-Xlog:gc*=info:file=/logs/gc.log")));
  EXPECT_THAT(command, Contains(HasSubstr("-Xlog:redefine+class*=info:file=/logs/redefine.log")));
}

TEST(ApplicationCommand, Agent_HasItsPlacesFilledInEverywhere) {
  const auto command = application_command(plan_with({"java", "{agent}", "Main"}));
  EXPECT_THAT(command, ElementsAre("java", "-javaagent:/given/agent.jar=a,b=/given/agent.jar",
                                   "-Dconfig=/given/production-config.yml", "Main"));
}

TEST(ApplicationCommand, Agent_IsToldWhatTheContractSays) {
  auto plan = plan_with({"java", "{agent}", "Main"});
  plan.app.port = 9090;
  plan.app.ready_path = "/ready";
  plan.app.swap_directory = "/srv/classes";
  plan.app.audit_file = "/state/audit.log";
  plan.agent.jvm = {"-Dwatch={classes}", "-Dhealth={health}", "-Daudit={audit}"};
  EXPECT_THAT(application_command(plan),
              ElementsAre("java", "-Dwatch=/srv/classes", "-Dhealth=http://127.0.0.1:9090/ready",
                          "-Daudit=/state/audit.log", "Main"));
}

TEST(ApplicationCommand, AFlagThatNamesWhatTheContractLacks_IsLeftOut) {
  auto plan = plan_with({"java", "{agent}", "Main"});
  plan.agent.jvm = {"-Dwatch={classes}", "-Dhealth={health}", "-Daudit={audit}"};
  EXPECT_THAT(application_command(plan), ElementsAre("java", "-Dwatch=/classes", "Main"));
}

TEST(ApplicationCommand, Dependency_IsWhereItIs) {
  const auto plan = plan_with({"java", "Main", "--stock={dependency}", "{dependency}"});
  EXPECT_THAT(application_command(plan, "172.18.0.2:9090"),
              ElementsAre("java", "Main", "--stock=172.18.0.2:9090", "172.18.0.2:9090"));
}

// Only where something is to be done on the way there the way costs anything.
TEST(ApplicationCommand, WayToTheDependency_IsRelayedForItsFaultsAlone) {
  config::Plan plan;
  plan.faults.push_back({.id = 1, .kind = "kill"});
  plan.faults.push_back({.id = 2, .kind = "black-hole"});
  EXPECT_EQ(way_there(plan), WayThere::direct);
  plan.faults.push_back({.id = 3, .kind = "dependency-slow"});
  EXPECT_EQ(way_there(plan), WayThere::relayed);
}

TEST(ApplicationCommand, WithoutAgent_LeavesNoEmptyWord) {
  auto plan = plan_with({"java", "{agent}", "Main"});
  plan.agent.jvm.clear();
  EXPECT_THAT(application_command(plan), ElementsAre("java", "Main"));
}

TEST(ApplicationCommand, Recording_IsPreparedOnlyWhenTheConfigurationAsksForIt) {
  auto plan = plan_with({"{jvm}"});
  plan.production.jfr_enabled = true;
  EXPECT_THAT(application_command(plan), Contains(HasSubstr("-XX:FlightRecorderOptions")));
  plan.production.jfr_enabled = false;
  EXPECT_THAT(application_command(plan), Not(Contains(HasSubstr("FlightRecord"))));
}

TEST(Cores, AreDividedWithoutOverlap) {
  for (int online = 2; online <= 64; ++online) {
    const auto cores = divide_cores(online);
    const int first = online - cores.application_count;
    EXPECT_GE(cores.application_count, 1) << online;
    EXPECT_EQ(cores.own.size(), static_cast<std::size_t>(first)) << online;
    EXPECT_LT(cores.own.back(), first) << online;
    EXPECT_EQ(cores.application, first == online - 1 ? std::to_string(first)
                                                     : fmt::format("{}-{}", first, online - 1));
  }
}

TEST(Cores, OfTwo_AreOneEach) {
  const auto cores = divide_cores(2);
  EXPECT_EQ(cores.application, "1");
  EXPECT_THAT(cores.own, ElementsAre(0));
}

// Preflight refuses it; the division must still name a core that exists.
TEST(Cores, OfOne_AreShared) {
  const auto cores = divide_cores(1);
  EXPECT_EQ(cores.application, "0");
  EXPECT_THAT(cores.own, ElementsAre(0));
}

}  // namespace
}  // namespace bhsim::runner
