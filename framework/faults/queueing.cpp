#include "framework/faults/queueing.hpp"

namespace bhsim::faults {

Result<void> QueueFault::prepare(const Means& means) {
  BHSIM_TRY(ContainerFault::prepare(means));
  BHSIM_ASSIGN(auto* hand, hand_.reach(means, spec()));
  BHSIM_ASSIGN(const auto there, (*hand)->queue());
  if (there) return fail(ErrorCode::conflict, "{} is on its interface already", there->kind);
  return {};
}

Result<void> QueueFault::apply(const Means& means) {
  BHSIM_ASSIGN(auto* hand, hand_.reach(means, spec()));
  return put(*hand->operator->());
}

Result<sidecar::Sidecar::Queue> QueueFault::queue(const Means& means) {
  BHSIM_ASSIGN(auto* hand, hand_.reach(means, spec()));
  BHSIM_ASSIGN(auto there, (*hand)->queue());
  if (!there) return fail(ErrorCode::conflict, "there is nothing on its interface");
  return std::move(*there);
}

// A namespace without processes is gone, and what was in it as well.
Result<void> QueueFault::undo(const Means& means) {
  BHSIM_ASSIGN(const auto state, look_if_there(means));
  if (!state || !state->running) return {};
  BHSIM_ASSIGN(auto* hand, hand_.reach(means, spec()));
  return (*hand)->unshape();
}

Result<std::string> QueueFault::healed(const Means& means) {
  BHSIM_ASSIGN(const auto state, look_if_there(means));
  if (!state) return std::string("its container is gone");
  if (!state->running) return std::string("it does not run, and has no interface");
  BHSIM_ASSIGN(auto* hand, hand_.reach(means, spec()));
  BHSIM_ASSIGN(const auto there, (*hand)->queue());
  if (there) return fail(ErrorCode::conflict, "{} is still on its interface", there->kind);
  return std::string("nothing is on its interface");
}

}  // namespace bhsim::faults
