#pragma once
// Containers that violate one check of SEC each (containers.yml): as they were recorded, and as an
// engine tells of them now.

#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "framework/base/files.hpp"

namespace bhsim::defects {

struct Violation {
  std::string name;
  std::set<std::string> must_be_red;
  nlohmann::json create;   // the whole body of POST /containers/create, but for the image
  std::string dockerfile;  // a line more of the image
  bool by_tag = false;     // the image is named by its tag, not by its id
};
inline void PrintTo(const Violation& violation, std::ostream* out) { *out << violation.name; }

// Throws what yaml-cpp throws: the file is ours.
std::vector<Violation> violations(const Path& containers_yml);

// Facts of the run store (framework/history/facts.hpp), by name.
using Facts = std::map<std::string, nlohmann::json, std::less<>>;

// A clean run of which the engine tells these facts: one sentence for each check that is red and
// must not be, or is not and must.
std::vector<std::string> complaints(const Facts& facts, const std::set<std::string>& must_be_red);

// What the checks look at, without what differs from engine to engine or names its machine.
Facts without_machine(const Facts& facts);

}  // namespace bhsim::defects
