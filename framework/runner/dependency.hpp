#pragma once
// The service that the application depends on, in a container of its own, and where a fault of it
// is planned the relay on the way there (docs/faults.md).

#include <memory>
#include <optional>
#include <string>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/config/plan.hpp"
#include "framework/engine/client.hpp"
#include "framework/engine/containers.hpp"
#include "framework/sidecar/start.hpp"

namespace bhsim::runner {

enum class WayThere { direct, relayed };

// Whether a fault of this plan is one of the dependency.
[[nodiscard]] WayThere way_there(const config::Plan& plan);

struct DependencyOptions {
  const engine::Client& engine;
  const Clock& clock;
  const config::Dependency& dependency;
  std::string prefix;  // of the containers' names
  engine::Labels labels;
  std::string network;  // by name: the application's
  std::string application_image, helper_image;
  std::string user;    // of processes of these
  std::string cpuset;  // not the application's
  WayThere way = WayThere::direct;
};

class DependencyContainer {
 public:
  // Started when it returns; whether it works yet is not asked. What is referred to outlives it. On
  // an Error nothing is left behind.
  static Result<std::unique_ptr<DependencyContainer>> start(const DependencyOptions& options);
  DependencyContainer(const DependencyContainer&) = delete;
  DependencyContainer& operator=(const DependencyContainer&) = delete;

  // Where the application finds it: "172.18.0.2:9090".
  [[nodiscard]] const std::string& address() const { return address_; }
  // Null, and an empty id, where there is no relay.
  [[nodiscard]] sidecar::Sidecar* way() { return way_.sidecar.get(); }
  [[nodiscard]] const std::string& way_container() const { return way_.container; }
  // What of it has ended, which is never the application's doing; nothing: all of it runs.
  [[nodiscard]] Result<std::optional<std::string>> look_for_end() const;
  Result<void> remove();

 private:
  explicit DependencyContainer(const engine::Client& engine) : engine_(engine) {}
  Result<void> start_service(const DependencyOptions& options);
  Result<void> start_relay(const DependencyOptions& options);

  const engine::Client& engine_;
  std::string container_;
  std::string address_;
  sidecar::StartedSidecar way_;
};

}  // namespace bhsim::runner
