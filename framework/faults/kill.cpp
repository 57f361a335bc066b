#include "framework/engine/containers.hpp"
#include "framework/faults/fault.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

// Exit code of a process that SIGKILL ended, as the engine tells it: 128 + 9.
constexpr std::int64_t kKilled = 137;

class Kill final : public Fault {
 public:
  Result<void> apply(const Target& target) const override {
    return engine::kill_container(*target.engine, target.container, "SIGKILL");
  }

  // The process's own end: not running, with the exit code of that signal.
  [[nodiscard]] Result<std::string> acted(const Target& target) const override {
    std::int64_t code = -1;
    const bool seen = seen_within(*target.clock, 10s, [&] {
      const auto state = engine::inspect_container(*target.engine, target.container);
      if (!state || state->running) return false;
      code = state->exit_code;
      return true;
    });
    if (!seen) return fail(ErrorCode::timeout, "the application still ran 10 s after SIGKILL");
    if (code != kKilled) return fail(ErrorCode::timeout, "the application ended with code {}, not by SIGKILL", code);
    return std::string("the application's process ended with exit code 137");
  }

  Result<void> undo(const Target& target) const override { return engine::start_container(*target.engine, target.container); }

  [[nodiscard]] Result<std::string> gone(const Target& target) const override {
    const bool seen = seen_within(*target.clock, 10s, [&] {
      const auto state = engine::inspect_container(*target.engine, target.container);
      return state && state->running;
    });
    if (!seen) return fail(ErrorCode::timeout, "the container did not run again within 10 s");
    return std::string("the container runs again");
  }

  [[nodiscard]] bool restarts() const override { return true; }
};

}  // namespace

std::unique_ptr<Fault> make_kill() { return std::make_unique<Kill>(); }

}  // namespace bhsim::faults
