#include "framework/faults/kinds.hpp"

#include <nlohmann/json.hpp>

namespace bhsim::faults {

Result<void> ContainerFault::prepare(const Means& means) {
  BHSIM_ASSIGN(const auto state, look(means));
  if (!state.running || state.paused)
    return fail(ErrorCode::conflict, "{} does not run ({})", spec_.target, state.status);
  spec_.before["started_at"] = state.started_at;
  return {};
}

Result<engine::ContainerState> ContainerFault::look(const Means& means) const {
  BHSIM_ASSIGN(const auto inspected, engine::inspect_container_json(means.engine, spec_.target));
  const auto label = nlohmann::json::json_pointer("/Config/Labels/" + std::string(kRunLabel));
  if (spec_.run_id.empty() || inspected.value(label, std::string()) != spec_.run_id)
    return fail(ErrorCode::unsupported, "{} does not carry the label {}={}: it is not touched",
                spec_.target, kRunLabel, spec_.run_id);
  return engine::parse_container(inspected);
}

bool ContainerFault::answers(const Means& means, Nanos patience) const {
  return spec_.probe_path.empty() || means.ask(spec_.port, spec_.probe_path, patience);
}

std::optional<std::string> possible_everywhere(const Host&) { return std::nullopt; }

std::optional<std::string> needs_freezer(const Host& host) {
  if (host.freezer) return std::nullopt;
  return "the engine cannot pause containers here (no freezer cgroup)";
}

}  // namespace bhsim::faults
