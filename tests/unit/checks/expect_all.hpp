#pragma once
// Several checks that must come to the same verdict.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "clean_run.hpp"

namespace bhsim::checks {

// `because`: what the sentence of each must hold.
inline void expect_all(const CleanRun& run, const std::vector<std::string>& ids, Status status,
                       const std::string& because) {
  const auto judged = judge(run);
  for (const auto& id : ids) {
    EXPECT_EQ(judged.of(id).status, status) << id << ": " << judged.of(id).because;
    EXPECT_THAT(judged.of(id).because, ::testing::HasSubstr(because)) << id;
  }
}

}  // namespace bhsim::checks
