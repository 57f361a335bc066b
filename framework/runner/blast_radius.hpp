#pragma once
// What became of the requests, by operation, while an invalid version of a class was being refused.

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/config/plan.hpp"

namespace bhsim::runner {

class BlastRadius {
 public:
  // A delivery begins. An invalid one stands until the next valid one.
  void delivered(const config::PlannedSwap& planned, Time t);
  // The requests of one operation whose planned start lies in the second that begins at `t`. They
  // go to the class that was being refused then.
  void took(Time t, const std::string& operation, std::int64_t planned, std::int64_t ok);
  // As fact bad_swaps.load has it.
  [[nodiscard]] nlohmann::json to_json() const;

 private:
  struct Since {
    Time t;
    std::string class_name;  // empty: nothing is being refused
  };
  struct Sum {
    std::int64_t planned = 0, ok = 0;
  };
  std::vector<Since> since_;                                // in order of time
  std::map<std::string, std::map<std::string, Sum>> sums_;  // by class and operation
};

}  // namespace bhsim::runner
