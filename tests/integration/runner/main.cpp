#include <gtest/gtest.h>

#include "framework/runner/guard.hpp"
#include "roles.hpp"

// Guard::start runs this very program with "guard" and the order of a guard.
int main(int argc, char** argv) {
  const std::vector<std::string> words(argv + 1, argv + argc);
  if (!words.empty() && words[0] == "run")
    return bhsim::runner::guarded_main({words.begin() + 1, words.end()});
  if (!words.empty() && words[0] == "break")
    return bhsim::runner::breaking_main({words.begin() + 1, words.end()});
  if (!words.empty() && words[0] == "guard")
    return bhsim::runner::guard_main(
        {.run_id = words.at(2), .engine_url = words.at(6), .run_directory = words.at(4)});
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
