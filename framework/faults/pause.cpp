#include "framework/engine/containers.hpp"
#include "framework/faults/fault.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

class Pause final : public Fault {
 public:
  Result<void> apply(const Target& target) const override { return engine::pause_container(*target.engine, target.container); }

  // Silence: a request gets no answer. In another process (recovery) nobody asks, and the engine's word has to do.
  [[nodiscard]] Result<std::string> acted(const Target& target) const override {
    if (!target.answers) return fail(ErrorCode::unsupported, "nobody asks the application here");
    if (!seen_within(*target.clock, 3s, [&] { return !target.answers(200ms); }))
      return fail(ErrorCode::timeout, "the application went on answering for 3 s while it was paused");
    return std::string("a request got no answer for 200 ms");
  }

  Result<void> undo(const Target& target) const override {
    const auto state = engine::inspect_container(*target.engine, target.container);
    if (!state) return fail(state.error());
    if (!state->paused) return {};
    return engine::unpause_container(*target.engine, target.container);
  }

  [[nodiscard]] Result<std::string> gone(const Target& target) const override {
    const bool seen = seen_within(*target.clock, 10s, [&] {
      const auto state = engine::inspect_container(*target.engine, target.container);
      return state && !state->paused && (!target.answers || target.answers(200ms));
    });
    if (!seen) return fail(ErrorCode::timeout, "the application did not answer within 10 s of being unpaused");
    return std::string("it is not paused, and answers");
  }
};

}  // namespace

std::unique_ptr<Fault> make_pause() { return std::make_unique<Pause>(); }

}  // namespace bhsim::faults
