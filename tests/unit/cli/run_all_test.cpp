#include "framework/cli/running.hpp"

#include <gtest/gtest.h>

#include "framework/cli/command.hpp"

namespace bhsim::cli {
namespace {

TEST(WorstExitCode, AFailureWeighsMoreThanWhatWasNotRunAndThatMoreThanWhatProvesNothing) {
  EXPECT_EQ(worst_exit_code({kPass, kPass}), kPass);
  EXPECT_EQ(worst_exit_code({kPass, kInconclusive, kPass}), kInconclusive);
  EXPECT_EQ(worst_exit_code({kInconclusive, kUsage}), kUsage);
  EXPECT_EQ(worst_exit_code({kUsage, kInconclusive, kEngine}), kEngine);
  EXPECT_EQ(worst_exit_code({kInconclusive, kFail, kEngine}), kFail);
}

TEST(WorstExitCode, WhatWasInterrupted_IsCalledSo) {
  EXPECT_EQ(worst_exit_code({kFail, kInterrupted}), kInterrupted);
}

TEST(WorstExitCode, OfNothing_IsNoPass) { EXPECT_EQ(worst_exit_code({}), kInconclusive); }

}  // namespace
}  // namespace bhsim::cli
