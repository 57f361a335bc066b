#pragma once
// What lies in a container's file system, without keeping it: /containers/{id}/export is read as it
// comes.

#include <string>
#include <string_view>
#include <vector>

#include "framework/engine/client.hpp"

namespace bhsim::engine {

// Regular files with the setuid or setgid bit, volumes not included; at most 1,000 paths.
Result<std::vector<std::string>> setuid_files(const Client& client, std::string_view container);

}  // namespace bhsim::engine
