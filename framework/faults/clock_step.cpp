#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

std::optional<std::string> never(const Host&) {
  return "containers share the wall clock of their host (time namespaces do not hold it), and a "
         "host-wide effect is forbidden";
}

}  // namespace

const FaultKind kClock{.name = "clock",
                       .title = "the JVM's wall clock stepped",
                       .scenario = "resource-exhaustion",
                       .impossible = never};

}  // namespace bhsim::faults
