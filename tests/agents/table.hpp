#pragma once
// What a real agent really does, as a table: each check that decides a simulation, its verdict and
// why (tests/agents/*.yml).

#include <set>
#include <string>
#include <vector>

#include "checks/check.hpp"
#include "framework/base/files.hpp"

namespace bhsim::agents {

// More than one verdict where the machine's speed decides; `because` says so.
struct Line {
  std::string check;
  std::set<std::string> verdicts;  // as checks::to_string has them
  std::string because;
};

Result<std::vector<Line>> table_of(const Path& file, const std::string& simulation);

// One sentence for each required check that the table lacks, and for each verdict that is not the
// table's.
std::vector<std::string> differences(const checks::RunVerdict& verdict,
                                     const std::vector<Line>& table);

}  // namespace bhsim::agents
