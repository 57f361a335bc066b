#include "framework/sidecar/start.hpp"

#include <algorithm>

#include "framework/engine/containers.hpp"

namespace bhsim::sidecar {
namespace {

constexpr std::int64_t kPids = 16;
// The engine keeps what the helper says; nobody reads it there.
constexpr std::int64_t kLogBytes = 64 << 10;

engine::ContainerSpec container_spec(const SidecarSpec& spec) {
  engine::ContainerSpec container;
  container.name = spec.name;
  container.image = spec.image;
  container.entrypoint = {spec.helper};
  container.user = spec.user;
  container.labels = spec.labels;
  for (const VolumeMount& mount : spec.mounts) {
    container.mounts.push_back({.source = mount.volume, .target = mount.path});
  }
  container.network = spec.network.empty() ? "none" : spec.network;
  if (!spec.network_of.empty()) container.network_mode = "container:" + spec.network_of;
  container.memory_bytes = spec.memory_bytes;
  container.cpuset = spec.cpuset;
  container.pids_limit = kPids;
  container.capabilities_added = spec.capabilities;
  container.log_bytes = kLogBytes;
  // The image may have a health command of its target's.
  container.health = engine::HealthCheck{.test = {"NONE"}};
  return container;
}

// Standard error of the helper says why it could not start; kept short.
constexpr std::size_t kMostStandardError = 500;

Channel channel_over(std::shared_ptr<engine::Attachment> attachment) {
  auto said = std::make_shared<std::string>();
  Channel channel;
  channel.read = [attachment, said](Nanos wait) -> Result<std::string> {
    auto piece = attachment->receive(wait);
    if (!piece) {
      if (piece.error().code == ErrorCode::timeout) return std::string();
      return fail(piece.error());
    }
    if (!*piece) {
      return fail(ErrorCode::conflict, "the helper has ended, or its target has{}{}",
                  said->empty() ? "" : "; it said: ", *said);
    }
    if ((*piece)->stream == engine::OutputStream::err) {
      said->append((*piece)->bytes.substr(0, kMostStandardError - said->size()));
      return std::string();
    }
    return std::move((*piece)->bytes);
  };
  channel.write = [attachment](std::string_view bytes, Nanos wait) {
    return attachment->send(bytes, wait);
  };
  channel.close = [attachment] { attachment->shut_down(); };
  return channel;
}

Result<std::unique_ptr<Sidecar>> start_and_greet(const engine::Client& engine,
                                                 const std::string& container, const Clock& clock,
                                                 Time deadline) {
  const auto left = [&] { return std::max<Nanos>(deadline - clock.now(), Nanos(1)); };
  BHSIM_ASSIGN(auto attachment, engine::attach(engine, container, left()));
  BHSIM_TRY(engine::start_container(engine, container, left()));
  return Sidecar::open(channel_over(std::make_shared<engine::Attachment>(std::move(attachment))),
                       clock, left());
}

}  // namespace

Result<StartedSidecar> start_sidecar(const engine::Client& engine, const SidecarSpec& spec,
                                     const Clock& clock, Nanos wait) {
  const Time deadline = clock.now() + wait;
  engine::ContainerSpec container = container_spec(spec);
  container.command = {"serve"};
  if (!spec.target.empty()) container.pid_mode = "container:" + spec.target;
  container.stdin_open = true;
  StartedSidecar started;
  BHSIM_ASSIGN(started.container, engine::create_container(engine, container, wait));
  auto sidecar = start_and_greet(engine, started.container, clock, deadline);
  if (!sidecar) {
    const auto removed = engine::remove_container(engine, started.container);
    return fail(sidecar.error().code, "start the {}: {}{}",
                spec.target.empty() ? "helper" : "side-car of " + spec.target,
                sidecar.error().message, removed ? "" : "; and it could not be removed");
  }
  started.sidecar = std::move(*sidecar);
  return started;
}

Result<std::string> start_holder(const engine::Client& engine, const SidecarSpec& spec) {
  engine::ContainerSpec container = container_spec(spec);
  container.command = {"hold"};
  container.stop_signal = "SIGTERM";
  BHSIM_ASSIGN(std::string id, engine::create_container(engine, container));
  if (const auto started = engine::start_container(engine, id); !started) {
    const auto removed = engine::remove_container(engine, id);
    return fail(started.error().code, "start the container that holds the volumes: {}{}",
                started.error().message, removed ? "" : "; and it could not be removed");
  }
  return id;
}

}  // namespace bhsim::sidecar
