#pragma once
// Prometheus' text exposition format 0.0.4:
// https://prometheus.io/docs/instrumenting/exposition_formats/. Pure.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/result.hpp"

namespace bhsim::probes {

struct Metric {
  std::string name;
  std::map<std::string, std::string> labels;
  double value = 0;
  std::string type;  // of its family's TYPE line; empty: untyped
};

// All samples, in order. As strict as the format: every line ends, names, labels, values and types
// are well-formed, TYPE comes once and before the first sample of its family, no sample twice. An
// Error names the line.
Result<std::vector<Metric>> parse_exposition(std::string_view text);

// Of all samples, the sum of those that `selector` names: "orders_total", or with labels that they
// must have, "requests_total{operation=\"order\",status=\"201\"}". Nothing when it names none.
std::optional<double> sum_of(const std::vector<Metric>& metrics, std::string_view selector);

}  // namespace bhsim::probes
