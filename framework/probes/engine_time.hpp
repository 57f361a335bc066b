#pragma once
// Times as the engine writes them, which logs of applications do as well.

#include "framework/engine/engine_time.hpp"

namespace bhsim::probes {

using engine::parse_engine_time;

}  // namespace bhsim::probes
