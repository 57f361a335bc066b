#pragma once
// What an agent profile says of its jar before there is one; no plan keeps it.

#include <string>
#include <string_view>

#include "framework/base/files.hpp"

namespace bhsim::config {

// In place of the folder of a profile's `jar`: cache_folder().
inline constexpr std::string_view kJarCache = "{cache}/";

// The command that brings the jar of this profile; empty when it names none, or cannot be read.
std::string fetch_command(const Path& profile);

}  // namespace bhsim::config
