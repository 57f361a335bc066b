#pragma once
// Where this user's programs keep what can be had again.

#include "framework/base/files.hpp"

namespace bhsim {

// $XDG_CACHE_HOME/bhsim, or ~/.cache/bhsim. It need not exist.
Path cache_folder();

}  // namespace bhsim
