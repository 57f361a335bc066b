#include "framework/hotswap/delivery.hpp"

#include <algorithm>
#include <mutex>

#include "framework/base/files.hpp"
#include "framework/hotswap/class_file.hpp"

namespace bhsim::hotswap {

struct Deliverer::State {
  State(DeliveryOptions delivery_options, std::map<std::string, std::string> class_files,
        const Clock& a_clock)
      : options(std::move(delivery_options)), originals(std::move(class_files)), clock(a_clock) {}

  const DeliveryOptions options;
  const std::map<std::string, std::string> originals;
  const Clock& clock;
  std::mutex mutex;
  std::map<std::string, OnDisk> on_disk;

  struct Prepared {
    sidecar::DeliverRequest request;
    std::optional<sidecar::DeliverRequest> companion;
    const VariantKind* kind = nullptr;
  };
  // The bytes and what is known of the swap before it is delivered.
  Result<Prepared> prepare(history::Swap& swap) const;
  // Takes the new content over; `swap` learns what was there before.
  void put_down(history::Swap& swap);
};

Result<Deliverer::State::Prepared> Deliverer::State::prepare(history::Swap& swap) const {
  const auto original = originals.find(swap.class_name);
  if (original == originals.end()) {
    return fail(ErrorCode::not_found, "class {} is not one that can be swapped", swap.class_name);
  }
  Prepared prepared;
  prepared.kind = find_variant(swap.variant);
  BHSIM_ASSIGN(prepared.request.content,
               make_variant(original->second, {.kind = swap.variant,
                                               .generation = swap.generation,
                                               .marker = options.marker}));
  BHSIM_ASSIGN(auto companion, make_companion(original->second, {.kind = swap.variant}));
  if (companion) {
    // Without a touch: it is not a new version of anything.
    prepared.companion = sidecar::DeliverRequest{
        .path = options.directory + "/" + class_file_path(companion->class_name),
        .content = std::move(companion->bytes),
        .way = sidecar::Way::rename};
  }
  prepared.request.path = options.directory + "/" + class_file_path(swap.class_name);
  prepared.request.way = options.way;
  swap.valid = prepared.kind->valid;
  swap.sha256 = sha256_hex(prepared.request.content);
  return prepared;
}

void Deliverer::State::put_down(history::Swap& swap) {
  const std::lock_guard lock(mutex);
  OnDisk& disk = on_disk[swap.class_name];
  swap.sha256_before = disk.sha256;
  disk = {.generation = swap.generation, .valid = swap.valid, .sha256 = swap.sha256};
}

Deliverer::Deliverer(std::shared_ptr<State> state, std::vector<std::string> classes)
    : state_(std::move(state)), classes_(std::move(classes)) {}

Result<Deliverer> Deliverer::create(DeliveryOptions options,
                                    std::map<std::string, std::string> originals,
                                    const Clock& clock) {
  std::vector<std::string> classes;
  std::map<std::string, OnDisk> on_disk;
  for (const auto& [name, bytes] : originals) {
    BHSIM_ASSIGN(const std::string says, class_name_of(bytes));
    if (says != name) {
      return fail(ErrorCode::config, "the class file given for {} is that of {}", name, says);
    }
    auto generation = generation_of(bytes, options.marker);
    if (!generation) {
      return fail(generation.error().within(fmt::format("class {} cannot be swapped", name)));
    }
    classes.push_back(name);
    on_disk[name] = {.generation = 0, .valid = true, .sha256 = sha256_hex(bytes)};
  }
  auto state = std::make_shared<State>(std::move(options), std::move(originals), clock);
  state->on_disk = std::move(on_disk);
  return Deliverer(std::move(state), std::move(classes));
}

Result<history::Swap> Deliverer::deliver(sidecar::Sidecar& sidecar, history::Swap planned) {
  BHSIM_ASSIGN(auto prepared, state_->prepare(planned));
  if (prepared.companion) BHSIM_TRY(sidecar.deliver(*prepared.companion));
  if (!prepared.kind->in_two_pieces) {
    BHSIM_ASSIGN(const auto times, sidecar.deliver(prepared.request));
    planned.t_write = times.t_write;
    planned.t_rename = times.t_rename;
  } else {
    // A rename is never half done: such a file is always written where it is watched.
    if (prepared.request.way != sidecar::Way::in_place) {
      prepared.request.way = sidecar::Way::overwrite;
    }
    BHSIM_ASSIGN(const auto half,
                 sidecar.deliver_half(prepared.request, prepared.request.content.size() / 2));
    planned.t_write = half.times.t_write;
    state_->clock.sleep_until(half.times.t_done + state_->options.half_pause);
    BHSIM_TRY(sidecar.finish_half(half.token));
  }
  state_->put_down(planned);
  return planned;
}

Result<std::vector<history::Swap>> Deliverer::deliver_group(sidecar::Sidecar& sidecar,
                                                            std::vector<history::Swap> planned) {
  std::vector<sidecar::DeliverRequest> requests;
  for (history::Swap& swap : planned) {
    BHSIM_ASSIGN(auto prepared, state_->prepare(swap));
    if (prepared.kind->in_two_pieces || prepared.companion) {
      return fail(ErrorCode::unsupported, "'{}' cannot be delivered in a group", swap.variant);
    }
    requests.push_back(std::move(prepared.request));
  }
  BHSIM_ASSIGN(const auto times, sidecar.deliver_together(requests));
  for (std::size_t i = 0; i < planned.size(); ++i) {
    planned[i].t_write = times[i].t_write;
    planned[i].t_rename = times[i].t_rename;
    state_->put_down(planned[i]);
  }
  return planned;
}

std::map<std::string, Deliverer::OnDisk> Deliverer::on_disk() const {
  const std::lock_guard lock(state_->mutex);
  return state_->on_disk;
}

}  // namespace bhsim::hotswap
