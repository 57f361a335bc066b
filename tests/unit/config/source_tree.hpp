#pragma once
// Where the files that come with bhsim lie: simulations/, configs/.

#include "framework/base/files.hpp"

namespace bhsim::config {

inline const Path kRoot = BHSIM_SOURCE_DIR;

}  // namespace bhsim::config
