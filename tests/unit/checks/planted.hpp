#pragma once
// The defect of each check, planted into a clean run.

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "clean_run.hpp"

namespace bhsim::checks {

struct Planted {
  std::string name;         // what is wrong, in CamelCase
  std::string must_be_red;  // the check that has to fail
  std::set<std::string>
      may_be_red;  // others that see the same thing; any other failure is a false alarm
  std::function<void(CleanRun&)> spoil;
};

inline void PrintTo(const Planted& planted, std::ostream* out) { *out << planted.name; }

const std::vector<Planted>& planted_behaviour();  // what shows in one moment
const std::vector<Planted>& planted_over_time();
const std::vector<Planted>& planted_security();
const std::vector<Planted>& planted_items();

}  // namespace bhsim::checks
