#include "framework/base/nearest.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace bhsim {
namespace {

const std::vector<std::string> kWords{"duration", "connections", "timeout", "rate"};

TEST(Nearest, ATypo_FindsTheWord) {
  EXPECT_EQ(nearest("durration", kWords), "duration");
  EXPECT_EQ(nearest("tiemout", kWords), "timeout");
  EXPECT_EQ(nearest("conections", kWords), "connections");
}

TEST(Nearest, AWordCutShortOrDrawnOut_FindsTheWord) {
  EXPECT_EQ(nearest("connec", kWords), "connections");
  EXPECT_EQ(nearest("ratecap", kWords), "rate");
  EXPECT_EQ(nearest("--output", std::vector<std::string>{"--only", "--out"}), "--out");
  EXPECT_EQ(nearest("con", kWords), std::nullopt);
}

TEST(Nearest, SomethingElse_FindsNothing) {
  EXPECT_EQ(nearest("elephant", kWords), std::nullopt);
  EXPECT_EQ(nearest("", kWords), std::nullopt);
}

}  // namespace
}  // namespace bhsim
