#include "framework/faults/cleanup.hpp"

#include "framework/engine/images.hpp"
#include "framework/faults/fault.hpp"

namespace bhsim::faults {
namespace {

constexpr std::string_view kImageLabel = "bhsim.image";

// The engine filters; what it returns is looked at once more, since nothing without the label may
// ever be touched.
template <typename T>
std::vector<T> ours(std::vector<T> items, std::string_view run_id) {
  std::erase_if(items, [&](const T& item) {
    const auto label = item.labels.find(std::string(kRunLabel));
    return label == item.labels.end() || (!run_id.empty() && label->second != run_id);
  });
  return items;
}

std::string first_name(const Leftovers& left) {
  if (!left.containers.empty())
    return fmt::format("first container {}", left.containers.front().name);
  if (!left.networks.empty()) return fmt::format("first network {}", left.networks.front().name);
  return fmt::format("first volume {}", left.volumes.empty() ? "" : left.volumes.front().name);
}

}  // namespace

Result<Leftovers> list_leftovers(const engine::Client& engine, std::string_view run_id) {
  const std::string label =
      run_id.empty() ? std::string(kRunLabel) : fmt::format("{}={}", kRunLabel, run_id);
  Leftovers left;
  BHSIM_ASSIGN(auto containers, engine::list_containers(engine, label));
  BHSIM_ASSIGN(auto networks, engine::list_networks(engine, label));
  BHSIM_ASSIGN(auto volumes, engine::list_volumes(engine, label));
  left.containers = ours(std::move(containers), run_id);
  left.networks = ours(std::move(networks), run_id);
  left.volumes = ours(std::move(volumes), run_id);
  return left;
}

Result<Removed> remove_everything(const engine::Client& engine, std::string_view run_id,
                                  const Clock& clock, const CleanupLimits& limits) {
  Removed removed;
  std::string trouble;
  const auto count = [&trouble](const Result<void>& done, std::int64_t& counter) {
    if (done)
      ++counter;
    else
      trouble = done.error().message;
  };
  const Time deadline = clock.now() + limits.total;
  for (int attempt = 0; attempt < limits.attempts && clock.now() < deadline; ++attempt) {
    if (attempt > 0) clock.sleep_until(clock.now() + limits.pause);
    const auto left = list_leftovers(engine, run_id);
    if (!left) {
      trouble = left.error().message;
      continue;
    }
    if (left->count() == 0) return removed;
    for (const auto& container : left->containers)
      count(engine::remove_container(engine, container.id), removed.containers);
    for (const auto& network : left->networks)
      count(engine::remove_network(engine, network.id), removed.networks);
    for (const auto& volume : left->volumes)
      count(engine::remove_volume(engine, volume.name), removed.volumes);
  }
  const auto left = list_leftovers(engine, run_id);
  if (left && left->count() == 0) return removed;
  if (!left)
    return fail(left.error().within("clean up: what is left on the engine cannot be listed"));
  return fail(
      ErrorCode::engine,
      "clean up: {} things of bhsim are still on the engine, {}: {}; `bhsim clean` tries again",
      left->count(), first_name(*left), trouble);
}

Result<std::int64_t> remove_images(const engine::Client& engine) {
  std::int64_t removed = 0;
  // Children before parents: an image that another is built on cannot go first, so a few rounds.
  for (int round = 0; round < 3; ++round) {
    BHSIM_ASSIGN(const auto images, engine::list_images(engine, kImageLabel));
    if (images.empty()) break;
    for (const auto& image : images)
      for (const auto& reference :
           image.tags.empty() ? std::vector<std::string>{image.id} : image.tags)
        if (engine::remove_image(engine, reference)) ++removed;
  }
  return removed;
}

}  // namespace bhsim::faults
