#pragma once
// `bhsim validate FILE`: says of any of our YAML files what it is, whether it is right, and what it
// leaves out.

#include <span>
#include <string>
#include <vector>

#include "framework/base/files.hpp"
#include "framework/base/result.hpp"
#include "framework/config/loaders.hpp"
#include "framework/config/plan.hpp"

namespace bhsim::config {

// A part that a file leaves out, and the checks that become "not applicable" by it.
struct LeftOut {
  std::string part;                 // "ledger"
  std::string effect;               // "acknowledged writes cannot be read back"
  std::vector<std::string> checks;  // {"REL-09", "REL-10"}
};

struct Validation {
  std::string kind;  // "contract", "agent profile", "production configuration", "load profile",
                     // "list of operations", "simulation", "thresholds"
  std::string name;
  std::vector<LeftOut> left_out;
  std::vector<std::string> notes;  // anything else worth saying, one sentence each
};

// By the file's first key: app, agent, bytehot, load, simulation, thresholds; operations, data or
// skus: a load profile's operations alone.
// Thresholds are held against `known` (checks::limit_specs()) unless it is empty.
Result<Validation> validate_file(const Path& file, std::span<const KnownLimit> known = {});

// What a contract and an agent profile do not claim; also the text of "not applicable" verdicts.
std::vector<LeftOut> left_out(const Contract& contract);
std::vector<LeftOut> left_out(const AgentProfile& agent);

}  // namespace bhsim::config
