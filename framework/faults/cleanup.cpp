#include "framework/faults/cleanup.hpp"

#include "framework/engine/containers.hpp"
#include "framework/engine/resources.hpp"

namespace bhsim::faults {
namespace {

constexpr int kRounds = 3;

std::string run_of(const engine::Labels& labels) {
  const auto found = labels.find(std::string(kRunLabel));
  return found == labels.end() ? std::string() : found->second;
}

Result<void> remove(const engine::Client& engine, const Leftover& leftover) {
  switch (leftover.kind) {
    case Leftover::Kind::container: return engine::remove_container(engine, leftover.id);
    case Leftover::Kind::network: return engine::remove_network(engine, leftover.id);
    case Leftover::Kind::volume: return engine::remove_volume(engine, leftover.id);
  }
  return {};
}

}  // namespace

Result<std::vector<Leftover>> leftovers(const engine::Client& engine, std::string_view run_id) {
  const std::string label = run_id.empty() ? std::string(kRunLabel) : fmt::format("{}={}", kRunLabel, run_id);
  std::vector<Leftover> found;
  // The engine filters; what it returns is looked at once more, since nothing without the label may ever be touched.
  const auto add = [&](Leftover::Kind kind, const std::string& id, const std::string& name, const engine::Labels& labels) {
    const auto run = run_of(labels);
    if (run.empty() || (!run_id.empty() && run != run_id)) return;
    found.push_back({.kind = kind, .id = id, .name = name, .run = run});
  };
  BHSIM_ASSIGN(const auto containers, engine::list_containers(engine, label));
  for (const auto& container : containers) add(Leftover::Kind::container, container.id, container.name, container.labels);
  BHSIM_ASSIGN(const auto networks, engine::list_networks(engine, label));
  for (const auto& network : networks) add(Leftover::Kind::network, network.id, network.name, network.labels);
  BHSIM_ASSIGN(const auto volumes, engine::list_volumes(engine, label));
  for (const auto& volume : volumes) add(Leftover::Kind::volume, volume.name, volume.name, volume.labels);
  return found;
}

Result<int> remove_everything(const engine::Client& engine, std::string_view run_id) {
  int removed = 0;
  std::string failure;
  for (int round = 0; round < kRounds; ++round) {
    BHSIM_ASSIGN(const auto found, leftovers(engine, run_id));
    if (found.empty()) return removed;
    failure.clear();
    for (const auto& leftover : found) {
      if (const auto done = remove(engine, leftover)) ++removed;
      else failure += (failure.empty() ? "" : "; ") + done.error().message;
    }
  }
  BHSIM_ASSIGN(const auto left, leftovers(engine, run_id));
  if (left.empty()) return removed;
  return fail(ErrorCode::engine, "clean up: {} things of bhsim are still on the engine: {}", left.size(), failure);
}

}  // namespace bhsim::faults
