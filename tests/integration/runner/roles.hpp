#pragma once
// What this program is besides a program of tests, by its first word.

#include <string>
#include <vector>

namespace bhsim::runner {

// "run HOW RUN URL DIRECTORY": takes the lock of its engine, starts its guard, says so, and waits
// to be killed or ends in order.
int guarded_main(const std::vector<std::string>& words);

// "break KIND RUN URL DIRECTORY PORT": a run that injects one fault into its container "app", and
// nothing else.
int breaking_main(const std::vector<std::string>& words);

}  // namespace bhsim::runner
