#include "framework/faults/files.hpp"

namespace bhsim::faults {
namespace {

std::optional<std::string> never_a_mount_point(const Host&) {
  return "the watched directory is a volume of its own here, and a mount point cannot be removed "
         "while it is one";
}

}  // namespace

const FaultKind kWatchDirectory{.name = "watch-directory",
                                .title = "the watched directory removed and made again",
                                .scenario = "permission-errors",
                                .impossible = never_a_mount_point};

}  // namespace bhsim::faults
