#pragma once
// Prometheus' text exposition format 0.0.4: https://prometheus.io/docs/instrumenting/exposition_formats/. Pure.

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"

namespace bhsim::probes {

struct Metric {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
  std::string type;  // of the TYPE line before it; empty: untyped
};

// All samples, in order; an Error names the line that is not in the format.
Result<std::vector<Metric>> parse_exposition(std::string_view text);

}  // namespace bhsim::probes
