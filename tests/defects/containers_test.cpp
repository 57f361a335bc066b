// What a real engine said of containers that violate a check of SEC each, recorded by
// defects_containers_live.

#include "containers.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "checks/check.hpp"

namespace bhsim::defects {
namespace {

using ::testing::IsEmpty;

const Path kDefects = Path(BHSIM_SOURCE_DIR) / "tests/defects";

TEST(RecordedContainers, AreRedWhereTheyMustBeAndNowhereElse) {
  for (const auto& violation : violations(kDefects / "containers.yml")) {
    SCOPED_TRACE(violation.name);
    const auto text = read_file(kDefects / "recorded/containers" / (violation.name + ".json"));
    ASSERT_TRUE(text) << text.error().message;
    const auto facts = nlohmann::json::parse(*text).get<Facts>();
    EXPECT_THAT(complaints(facts, violation.must_be_red), IsEmpty());
  }
}

TEST(RecordedContainers, EveryCheckOfSecurityHasOne) {
  std::set<std::string> without;
  for (const auto& check : checks::all())
    if (check.id.starts_with("SEC-")) without.emplace(check.id);
  for (const auto& violation : violations(kDefects / "containers.yml"))
    for (const auto& id : violation.must_be_red) without.erase(id);
  EXPECT_THAT(without, IsEmpty());
}

TEST(Violations, OfNone_IsTheBase_AndOthersAreMergedIntoIt) {
  const auto all = violations(kDefects / "containers.yml");
  const auto& base = all.front().create;
  EXPECT_EQ(base["HostConfig"]["ReadonlyRootfs"], true);
  EXPECT_EQ(base["HostConfig"]["RestartPolicy"]["Name"], "no");
  EXPECT_EQ(base["User"], "10001:10001");
  for (const auto& violation : all) {
    if (violation.name != "no-memory-limit") continue;
    EXPECT_FALSE(violation.create["HostConfig"].contains("Memory"));
    EXPECT_EQ(violation.create["HostConfig"]["PidsLimit"], 64);
  }
}

}  // namespace
}  // namespace bhsim::defects
