#include "framework/faults/kinds.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// Exit code of a process that SIGKILL ended, as the engine tells it: 128 + 9.
constexpr std::int64_t kKilled = 137;

class Kill final : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;

  [[nodiscard]] std::string describe() const override {
    return fmt::format("kill -9 of the first process in {:.12}", spec().target);
  }

  Result<void> apply(const Means& means) override {
    return engine::kill_container(means.engine, spec().target, "SIGKILL");
  }

  Result<std::string> acted(const Means& means) override {
    BHSIM_ASSIGN(const auto state, look(means));
    const bool same_process = state.started_at == spec().before.at("started_at");
    if (!same_process) return std::string("another process runs than before");
    if (state.running) return fail(ErrorCode::conflict, "the process still runs");
    if (state.exit_code != kKilled)
      return fail(ErrorCode::protocol, "the process ended with code {}, not by SIGKILL ({})",
                  state.exit_code, kKilled);
    return fmt::format("the process ended with code {}", state.exit_code);
  }

  Result<void> undo(const Means& means) override {
    const auto state = look(means);
    if (!state && state.error().code == ErrorCode::not_found) return {};
    if (!state) return fail(state.error());
    return engine::start_container(means.engine, spec().target);
  }

  Result<std::string> healed(const Means& means) override {
    const auto state = look(means);
    if (!state && state.error().code == ErrorCode::not_found)
      return std::string("its container is gone");
    if (!state) return fail(state.error());
    if (!state->running) return fail(ErrorCode::conflict, "the container does not run");
    if (!answers(means, 500ms))
      return fail(ErrorCode::conflict, "the application does not answer yet");
    return std::string("the container runs, and the application answers");
  }
};

}  // namespace

std::unique_ptr<Fault> make_kill(FaultSpec spec) { return std::make_unique<Kill>(std::move(spec)); }

}  // namespace bhsim::faults
