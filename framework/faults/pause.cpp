#include "framework/base/units.hpp"
#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// As long as an answer is waited for before it counts as silence; far above the usual one.
constexpr Nanos kSilence = 250ms;

class Pause final : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("pause of {:.12}", spec().target);
  }

  Result<void> apply(const Means& means) override {
    return engine::pause_container(means.engine, spec().target);
  }

  // Silence alone might be a slow application, and the engine's word alone is not silence.
  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look(means));
    if (!state.paused)
      return fail(ErrorCode::conflict, "the container is not paused ({})", state.status);
    if (spec().probe_path.empty()) return std::string("the engine shows it as paused");
    if (answers(means, kSilence))
      return fail(ErrorCode::conflict, "the application still answers while it is paused");
    return fmt::format("it is paused, and a request got no answer for {}",
                       format_duration(kSilence));
  }

  Result<void> undo(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state || !state->paused) return {};
    return engine::unpause_container(means.engine, spec().target);
  }

  // One that has ended meanwhile is not paused either.
  Result<std::string> healed(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look_if_there(means));
    if (!state) return std::string("its container is gone");
    if (state->paused) return fail(ErrorCode::conflict, "the container is still paused");
    return std::string(state->running ? "it is not paused" : "it is not paused, and does not run");
  }
};

std::optional<std::string> needs_freezer(const Host& host) {
  if (host.freezer) return std::nullopt;
  return "the engine cannot pause containers here (no freezer cgroup)";
}

}  // namespace

const FaultKind kPause{.name = "pause",
                       .title = "every process of the container frozen; undone by thawing them",
                       .scenario = "resource-exhaustion",
                       .effect = Effect::silence,
                       .impossible = needs_freezer,
                       .make = make_fault<Pause>};

}  // namespace bhsim::faults
