#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "framework/runner/evidence.hpp"

namespace bhsim::runner {
namespace {

using nlohmann::json;

json after(const json& before) { return json::parse(redacted(before.dump())); }

TEST(Redacted, SecretsByNameAndInEnvironmentEntries_AreGone) {
  const auto told = after({{"Env", {"DB_PASSWORD=hunter2", "PATH=/bin", "API_TOKEN="}},
                           {"Labels", {{"client_secret", "s3cret"}, {"team", "orders"}}}});
  EXPECT_EQ(told["Env"], json({"DB_PASSWORD=[redacted]", "PATH=/bin", "API_TOKEN="}));
  EXPECT_EQ(told["Labels"]["client_secret"], "[redacted]");
  EXPECT_EQ(told["Labels"]["team"], "orders");
}

TEST(Redacted, DeepInside_IsFoundAsWell) {
  const auto told = after({{"a", {{{"b", {{"Credential", "x"}}}}}}});
  EXPECT_EQ(told.dump().find("\"x\""), std::string::npos);
}

// A document that cannot be understood cannot be cleaned: nothing of it is kept.
TEST(Redacted, WhatIsNoJson_IsNotKept) { EXPECT_EQ(redacted("password=hunter2"), "null"); }

}  // namespace
}  // namespace bhsim::runner
