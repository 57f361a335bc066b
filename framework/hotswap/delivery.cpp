#include "framework/hotswap/delivery.hpp"

#include <mutex>

#include "framework/base/files.hpp"
#include "framework/hotswap/class_file.hpp"

namespace bhsim::hotswap {

struct Deliverer::State {
  DeliveryOptions options;
  std::map<std::string, std::string> originals;
  const Clock* clock = nullptr;
  mutable std::mutex mutex;
  std::map<std::string, OnDisk> on_disk;

  [[nodiscard]] std::string path_of(const std::string& class_name) const {
    return options.directory + "/" + class_file_path(class_name);
  }

  [[nodiscard]] Result<std::string> bytes_of(const history::Swap& swap) const {
    const auto original = originals.find(swap.class_name);
    if (original == originals.end()) return fail(ErrorCode::not_found, "{} is no swappable class", swap.class_name);
    auto bytes = make_variant(original->second, {.kind = swap.variant, .generation = swap.generation, .marker = options.marker});
    if (!bytes) return fail(bytes.error().within(fmt::format("make {} of {}", swap.variant, swap.class_name)));
    return bytes;
  }

  // Before the delivery: what it will be, and what it replaces.
  void fill(history::Swap& swap, const std::string& bytes) const {
    const auto* kind = find_variant(swap.variant);
    swap.valid = kind != nullptr && kind->valid;
    swap.sha256 = sha256_hex(bytes);
    const std::lock_guard lock(mutex);
    const auto before = on_disk.find(swap.class_name);
    if (before != on_disk.end()) swap.sha256_before = before->second.sha256;
  }

  void remember(const history::Swap& swap) {
    const std::lock_guard lock(mutex);
    on_disk[swap.class_name] = {.generation = swap.generation, .valid = swap.valid, .sha256 = swap.sha256};
  }
};

Deliverer::Deliverer(std::shared_ptr<State> state, std::vector<std::string> classes)
    : state_(std::move(state)), classes_(std::move(classes)) {}

Result<Deliverer> Deliverer::create(DeliveryOptions options, std::map<std::string, std::string> originals,
                                    const Clock& clock) {
  auto state = std::make_shared<State>();
  std::vector<std::string> classes;
  for (const auto& [name, bytes] : originals) {
    const auto generation = generation_of(bytes, options.marker);
    if (!generation) return fail(generation.error().within(fmt::format("class {} cannot be swapped", name)));
    state->on_disk[name] = {.generation = *generation, .valid = true, .sha256 = sha256_hex(bytes)};
    classes.push_back(name);
  }
  state->options = std::move(options);
  state->originals = std::move(originals);
  state->clock = &clock;
  return Deliverer(std::move(state), std::move(classes));
}

Result<history::Swap> Deliverer::deliver(sidecar::Sidecar& sidecar, history::Swap planned) {
  BHSIM_ASSIGN(const auto bytes, state_->bytes_of(planned));
  state_->fill(planned, bytes);
  const sidecar::DeliverRequest request{state_->path_of(planned.class_name), bytes, state_->options.way};
  if (planned.variant == "half-written") {
    BHSIM_ASSIGN(const auto half, sidecar.deliver_half(request, bytes.size() / 2));
    planned.t_write = half.times.t_write;
    state_->clock->sleep_until(state_->clock->now() + state_->options.half_pause);
    BHSIM_TRY(sidecar.finish_half(half.token));
  } else {
    BHSIM_ASSIGN(const auto times, sidecar.deliver(request));
    planned.t_write = times.t_write;
    planned.t_rename = times.t_rename;
  }
  state_->remember(planned);
  return planned;
}

Result<std::vector<history::Swap>> Deliverer::deliver_group(sidecar::Sidecar& sidecar, std::vector<history::Swap> planned) {
  std::vector<sidecar::DeliverRequest> requests;
  for (auto& swap : planned) {
    BHSIM_ASSIGN(auto bytes, state_->bytes_of(swap));
    state_->fill(swap, bytes);
    requests.push_back({state_->path_of(swap.class_name), std::move(bytes), state_->options.way});
  }
  BHSIM_ASSIGN(const auto times, sidecar.deliver_together(requests));
  for (std::size_t i = 0; i < planned.size() && i < times.size(); ++i) {
    planned[i].t_write = times[i].t_write;
    planned[i].t_rename = times[i].t_rename;
    state_->remember(planned[i]);
  }
  return planned;
}

std::map<std::string, Deliverer::OnDisk> Deliverer::on_disk() const {
  const std::lock_guard lock(state_->mutex);
  return state_->on_disk;
}

}  // namespace bhsim::hotswap
