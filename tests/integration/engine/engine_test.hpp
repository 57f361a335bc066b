#pragma once
// What the tests of the engine client share.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>

#include "framework/base/clock.hpp"
#include "tests/support/scripted_engine.hpp"

namespace bhsim::test {

using namespace std::chrono_literals;
using nlohmann::json;
using testing::HasSubstr;

class EngineTest : public testing::Test {
 protected:
  void TearDown() override { EXPECT_EQ(engine.trouble(), ""); }

  // What the client sent as JSON in its last request.
  json sent() { return json::parse(engine.last().body, nullptr, false); }

  ScriptedEngine engine;
};

// An inspect answer of a container that runs, with what is given merged over it.
inline std::string inspected(const json& change = json::object()) {
  json container{{"Id", "c1"},
                 {"Name", "/web-1"},
                 {"Image", "sha256:aa"},
                 {"State", {{"Status", "running"}, {"Running", true}, {"Pid", 42}}},
                 {"Config", {{"Tty", false}, {"Labels", {{"bhsim.run", "r1"}}}}}};
  if (change.is_object()) container.merge_patch(change);
  return container.dump();
}

template <typename T>
testing::AssertionResult fails_as(const Result<T>& result, ErrorCode code,
                                  std::string_view words = "") {
  if (result) return testing::AssertionFailure() << "it succeeded";
  if (result.error().code != code || result.error().message.find(words) == std::string::npos)
    return testing::AssertionFailure()
           << "code " << static_cast<int>(result.error().code) << ": " << result.error().message;
  return testing::AssertionSuccess();
}

template <typename F>
Nanos time_of(F&& action) {
  const Time before = system_clock().now();
  action();
  return system_clock().now() - before;
}

}  // namespace bhsim::test
