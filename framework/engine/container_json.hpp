#pragma once
// Containers as JSON, both ways. Of this folder alone.

#include <nlohmann/json_fwd.hpp>

#include "framework/engine/containers.hpp"

namespace bhsim::engine {

class Field;

// The body of POST /containers/create.
nlohmann::json to_json(const ContainerSpec& spec);
// Notes in the field's Fields what is not as the API has it.
ContainerState container_of(const Field& inspected);
// The first name without its slash; one that comes by a link of another container has two.
std::string own_name(const std::vector<std::string>& names);
std::string without_slash(const std::string& name);
// An Error where the engine's copy would pass by a tmpfs: it looks at the container's files from
// outside, beneath what is mounted inside.
Result<void> refuse_tmpfs(const Client& client, std::string_view id, std::string_view path,
                          const std::string& what);

}  // namespace bhsim::engine
