#include "framework/runner/ports.hpp"

#include <gtest/gtest.h>

namespace bhsim::runner {
namespace {

TEST(FreePort, LiesOutsideOfWhatTheKernelGivesToConnections) {
  const EphemeralPorts ephemeral{32768, 60999};
  for (int i = 0; i < 50; ++i) {
    const auto port = free_port(ephemeral);
    ASSERT_TRUE(port);
    EXPECT_LT(*port, ephemeral.first);
    EXPECT_GE(*port, 1024);
  }
}

TEST(FreePort, OnAMachineThatGivesThemAllAway_IsOneOfThem) {
  const auto port = free_port({1024, 65535});
  ASSERT_TRUE(port);
  EXPECT_GT(*port, 0);
}

TEST(FreePort, IsNotTheSameEveryTime) {
  const auto first = free_port({32768, 60999});
  bool other = false;
  for (int i = 0; i < 20 && !other; ++i) other = *free_port({32768, 60999}) != *first;
  EXPECT_TRUE(other) << "two runs at once would meet at the same port";
}

TEST(EphemeralPorts, OfThisMachine_AreARange) {
  const auto ports = ephemeral_ports();
  EXPECT_GT(ports.first, 0);
  EXPECT_LE(ports.first, ports.last);
}

// As the engine says it, by its own allocation and by the kernel.
TEST(PortTaken, IsTheRefusalOfAPortAndOfNothingElse) {
  const auto error = [](const char* words) { return Error{ErrorCode::engine, words}; };
  EXPECT_TRUE(
      port_taken(error("start container x: engine said 500: driver failed programming "
                       "external connectivity: Bind for 127.0.0.1:18080 failed: port is "
                       "already allocated")));
  EXPECT_TRUE(
      port_taken(error("engine said 500: Error starting userland proxy: listen tcp4 "
                       "127.0.0.1:18080: bind: address already in use")));
  EXPECT_FALSE(
      port_taken(error("engine said 400: OCI runtime create failed: exec: \"java\": "
                       "executable file not found in $PATH")));
}

}  // namespace
}  // namespace bhsim::runner
