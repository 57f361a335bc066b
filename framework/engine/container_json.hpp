#pragma once
// The body of POST /containers/create. Of this folder alone.

#include <nlohmann/json_fwd.hpp>

#include "framework/engine/containers.hpp"

namespace bhsim::engine {

nlohmann::json to_json(const ContainerSpec& spec);

}  // namespace bhsim::engine
