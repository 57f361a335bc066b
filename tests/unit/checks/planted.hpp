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

// What shows in one moment, by what it spoils.
const std::vector<Planted>& planted_performance();
const std::vector<Planted>& planted_stability();
const std::vector<Planted>& planted_reliability();
const std::vector<Planted>& planted_readiness();
const std::vector<Planted>& planted_over_time();
const std::vector<Planted>& planted_security();
const std::vector<Planted>& planted_items();

// --- for several of them -----------------------------------------------------------------------

std::vector<Planted> joined(const std::vector<std::vector<Planted>>& families);
// Every valid swap under load, with its number from 0.
void each_swap(CleanRun& run, const std::function<void(std::size_t, history::Swap&)>& visit);
void lose(history::Swap& swap);
// For CleanRun::change: growth from 120 s on, so much a second.
std::function<double(double, double)> growing(double per_second);

}  // namespace bhsim::checks
