#pragma once
// HotSpot's attach protocol: what jcmd does, without a JDK.

#include <string>
#include <string_view>

#include "docker/helper/args.hpp"

namespace bhsim::helper {

// Runs one jcmd command in the JVM and returns what it prints. Needs the JVM's uid, pid and mount
// of /tmp. Arguments: "jcmd" the command, "within" its deadline in ns.
Result<Json> attach(const std::string& tmp, int pid, const Args& args);

}  // namespace bhsim::helper
