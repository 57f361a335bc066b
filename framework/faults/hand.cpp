#include "framework/faults/hand.hpp"

#include "framework/base/log.hpp"
#include "framework/engine/containers.hpp"

namespace bhsim::faults {
namespace {

// A file that fills a volume is counted as the writer's memory when the volume is a tmpfs.
constexpr std::int64_t kHandMemory = 256 << 20;
constexpr Nanos kReachWithin = std::chrono::seconds(20);

}  // namespace

Result<Hand> Hand::reach(const Means& means, const FaultSpec& spec, HandRights rights,
                         HandPlace place) {
  if (spec.hand.image.empty())
    return fail(ErrorCode::unsupported, "there is no image of a helper for {:.12}", spec.target);
  sidecar::SidecarSpec asked;
  asked.target = place == HandPlace::among_targets ? spec.target : "";
  asked.network_of = place == HandPlace::beside_target ? spec.target : "";
  asked.image = spec.hand.image;
  asked.user = spec.hand.user;
  asked.labels = {{std::string(kRunLabel), spec.run_id}};
  asked.mounts = spec.hand.volumes;
  asked.memory_bytes = kHandMemory;
  if (rights != HandRights::application) asked.user = "0:0";
  if (rights == HandRights::owner) asked.capabilities = {"CHOWN", "FOWNER", "DAC_OVERRIDE"};
  if (rights == HandRights::network) asked.capabilities = {"NET_ADMIN"};
  BHSIM_ASSIGN(auto started,
               sidecar::start_sidecar(means.engine, asked, means.clock, kReachWithin));
  return Hand(means.engine, std::move(started));
}

Hand::~Hand() {
  if (started_.container.empty() || started_.sidecar == nullptr) return;
  started_.sidecar.reset();
  if (const auto removed = engine::remove_container(*engine_, started_.container); !removed)
    log::warning("the helper of a fault: {}", removed.error().message);
}

Result<Hand*> KeptHand::reach(const Means& means, const FaultSpec& spec) {
  if (hand_ && !(*hand_)->alive()) hand_.reset();
  if (!hand_) {
    BHSIM_ASSIGN(auto reached, Hand::reach(means, spec, rights_, place_));
    hand_.emplace(std::move(reached));
  }
  return &*hand_;
}

}  // namespace bhsim::faults
