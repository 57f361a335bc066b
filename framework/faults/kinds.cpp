#include "framework/faults/kinds.hpp"

#include <charconv>
#include <nlohmann/json.hpp>

#include "framework/base/units.hpp"

namespace bhsim::faults {
namespace {

const std::string kNothing;

const std::string& entry(const std::map<std::string, std::string>& map, std::string_view name) {
  const auto found = map.find(std::string(name));
  return found == map.end() ? kNothing : found->second;
}

std::int64_t whole_number(const std::string& text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

}  // namespace

Result<void> ContainerFault::prepare(const Means& means) {
  BHSIM_ASSIGN(const auto state, look(means));
  if (!state.running || state.paused)
    return fail(ErrorCode::conflict, "{} does not run ({})", spec_.target, state.status);
  note("started_at", state.started_at);
  return {};
}

Result<bool> ContainerFault::jvm_gone(const Means& means) {
  BHSIM_ASSIGN(const auto state, look_if_there(means));
  return !state || !state->running || state->started_at != noted("started_at");
}

Result<engine::ContainerState> ContainerFault::look(const Means& means) const {
  BHSIM_ASSIGN(auto state, engine::inspect_container(means.engine, spec_.target));
  const auto label = state.labels.find(std::string(kRunLabel));
  if (spec_.run_id.empty() || label == state.labels.end() || label->second != spec_.run_id)
    return fail(ErrorCode::unsupported, "{} does not carry the label {}={}: it is not touched",
                spec_.target, kRunLabel, spec_.run_id);
  return state;
}

Result<std::optional<engine::ContainerState>> ContainerFault::look_if_there(
    const Means& means) const {
  auto state = look(means);
  if (!state && state.error().code == ErrorCode::not_found)
    return std::optional<engine::ContainerState>();
  if (!state) return fail(state.error());
  return std::optional(std::move(*state));
}

bool ContainerFault::answers(const Means& means, Nanos patience) const {
  return !spec_.probe_path.empty() &&
         means.ask(spec_.port, spec_.probe_path, patience) == Heard::answer;
}

Result<std::string> ContainerFault::ended_again(const engine::ContainerState& state) const {
  if (state.started_at == noted("started_at"))
    return fail(ErrorCode::conflict, "the container does not run");
  return fmt::format("it was started again, and has ended since with code {}", state.exit_code);
}

Result<void> ContainerFault::start_again(const Means& means) const {
  BHSIM_ASSIGN(const auto state, look_if_there(means));
  if (!state) return {};
  return engine::start_container(means.engine, spec_.target);
}

std::int64_t ContainerFault::size(std::string_view parameter) const {
  return parse_size(text(parameter)).value_or(0);
}
double ContainerFault::share(std::string_view parameter) const {
  return parse_share(text(parameter)).value_or(0);
}
std::int64_t ContainerFault::count(std::string_view parameter) const {
  return whole_number(text(parameter));
}
const std::string& ContainerFault::text(std::string_view parameter) const {
  return entry(spec_.parameters, parameter);
}
const std::string& ContainerFault::noted(const std::string& name) const {
  return entry(spec_.before, name);
}
std::int64_t ContainerFault::noted_number(const std::string& name) const {
  return whole_number(noted(name));
}

Result<std::string> EndingFault::acted(const Means& means) {
  BHSIM_ASSIGN(const auto state, look(means));
  if (state.started_at != noted("started_at"))
    return std::string("another process runs than before");
  if (state.running) return fail(ErrorCode::conflict, "the process still runs");
  return ended_with(state.exit_code);
}

Result<std::string> EndingFault::healed(const Means& means) {
  BHSIM_ASSIGN(const auto state, look_if_there(means));
  if (!state) return std::string("its container is gone");
  if (!state->running) return ended_again(*state);
  return std::string("the container runs");
}

std::optional<std::string> possible_everywhere(const Host&) { return std::nullopt; }

Result<std::int64_t> limit_of(const engine::Client& engine, const std::string& container,
                              const std::string& name) {
  BHSIM_ASSIGN(const auto inspected, engine::inspect_container_json(engine, container));
  const auto host = inspected.find("HostConfig");
  if (host == inspected.end() || !host->is_object()) return 0;
  const auto value = host->find(name);
  return value != host->end() && value->is_number_integer() ? value->get<std::int64_t>() : 0;
}

Result<engine::ContainerStats> sample(const Means& means, const std::string& container) {
  BHSIM_ASSIGN(const auto stats, engine::container_stats(means.engine, container));
  if (!stats) return fail(ErrorCode::conflict, "the container does not run");
  return *stats;
}

}  // namespace bhsim::faults
