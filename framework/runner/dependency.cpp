#include "framework/runner/dependency.hpp"

#include <algorithm>

#include "framework/faults/catalogue.hpp"

namespace bhsim::runner {
namespace {

constexpr std::int64_t kServiceMemory = 512LL << 20;
constexpr std::int64_t kServicePids = 256;
constexpr Nanos kRelayWithin = std::chrono::seconds(20);

// Ours asks for nothing; a user's, which may be a database, keeps its user and its capabilities.
engine::ContainerSpec service_spec(const DependencyOptions& options) {
  const auto& dependency = options.dependency;
  const bool ours = dependency.image_ref.empty();
  engine::ContainerSpec spec;
  spec.name = options.prefix + "-dependency";
  spec.image = ours ? options.application_image : dependency.image_ref;
  spec.command = dependency.command;
  spec.environment = dependency.environment;
  spec.labels = options.labels;
  spec.user = ours ? options.user : "";
  spec.network = options.network;
  spec.cpuset = options.cpuset;
  spec.memory_bytes = kServiceMemory;
  spec.pids_limit = kServicePids;
  spec.read_only_root = ours;
  if (!ours) spec.capabilities_dropped.clear();
  // The image's own health command may be the application's.
  if (ours) spec.health = engine::HealthCheck{.test = {"NONE"}};
  return spec;
}

Result<std::string> address_in(const engine::Client& engine, const std::string& container,
                               const std::string& network) {
  BHSIM_ASSIGN(const auto state, engine::inspect_container(engine, container));
  const auto found = state.addresses.find(network);
  if (found == state.addresses.end() || found->second.empty())
    return fail(ErrorCode::engine, "{} has no address in {} ({}, exit code {})", state.name,
                network, state.status, state.exit_code);
  return found->second;
}

}  // namespace

WayThere way_there(const config::Plan& plan) {
  const bool any = std::ranges::any_of(plan.faults, [](const config::PlannedFault& fault) {
    const auto* kind = faults::find_fault_kind(fault.kind);
    return kind != nullptr && kind->of_dependency;
  });
  return any ? WayThere::relayed : WayThere::direct;
}

Result<std::unique_ptr<DependencyContainer>> DependencyContainer::start(
    const DependencyOptions& options) {
  std::unique_ptr<DependencyContainer> made(new DependencyContainer(options.engine));
  auto started = made->start_service(options);
  if (started && options.way == WayThere::relayed) started = made->start_relay(options);
  if (started) return made;
  const auto removed = made->remove();
  return fail(started.error().code, "start what the application depends on: {}{}",
              started.error().message, removed ? "" : "; and " + removed.error().message);
}

Result<void> DependencyContainer::start_service(const DependencyOptions& options) {
  BHSIM_ASSIGN(container_, engine::create_container(engine_, service_spec(options)));
  BHSIM_TRY(engine::start_container(engine_, container_));
  BHSIM_ASSIGN(const auto host, address_in(engine_, container_, options.network));
  address_ = fmt::format("{}:{}", host, options.dependency.port);
  return {};
}

Result<void> DependencyContainer::start_relay(const DependencyOptions& options) {
  BHSIM_ASSIGN(const auto service, address_in(engine_, container_, options.network));
  sidecar::SidecarSpec spec;
  spec.name = options.prefix + "-way";
  spec.image = options.helper_image;
  spec.user = options.user;
  spec.labels = options.labels;
  spec.network = options.network;
  spec.cpuset = options.cpuset;
  BHSIM_ASSIGN(way_, sidecar::start_sidecar(engine_, spec, options.clock, kRelayWithin));
  // Of any port: its user may not listen on all of them.
  BHSIM_ASSIGN(const int listens, way_.sidecar->relay_start(service, options.dependency.port, 0));
  BHSIM_ASSIGN(const auto host, address_in(engine_, way_.container, options.network));
  address_ = fmt::format("{}:{}", host, listens);
  return {};
}

Result<std::optional<std::string>> DependencyContainer::look_for_end() const {
  for (const auto& id : {way_.container, container_}) {
    if (id.empty()) continue;
    const auto state = engine::inspect_container(engine_, id);
    if (!state && state.error().code != ErrorCode::not_found) return fail(state.error());
    if (!state) return fmt::format("the container {:.12} was removed", id);
    if (!state->running)
      return fmt::format("{} ended with code {}{}", state->name, state->exit_code,
                         state->oom_killed ? ", killed for want of memory" : "");
  }
  return std::nullopt;
}

Result<void> DependencyContainer::remove() {
  way_.sidecar.reset();
  for (const auto& id : {way_.container, container_})
    if (!id.empty()) BHSIM_TRY(engine::remove_container(engine_, id));
  return {};
}

}  // namespace bhsim::runner
