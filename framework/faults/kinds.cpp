#include "framework/faults/kinds.hpp"

namespace bhsim::faults {

Result<void> ContainerFault::prepare(const Means& means) {
  BHSIM_ASSIGN(const auto state, look(means));
  if (!state.running || state.paused)
    return fail(ErrorCode::conflict, "{} does not run ({})", spec_.target, state.status);
  spec_.before["started_at"] = state.started_at;
  return {};
}

Result<engine::ContainerState> ContainerFault::look(const Means& means) const {
  BHSIM_ASSIGN(auto state, engine::inspect_container(means.engine, spec_.target));
  const auto label = state.labels.find(std::string(kRunLabel));
  if (spec_.run_id.empty() || label == state.labels.end() || label->second != spec_.run_id)
    return fail(ErrorCode::unsupported, "{} does not carry the label {}={}: it is not touched",
                spec_.target, kRunLabel, spec_.run_id);
  return state;
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
