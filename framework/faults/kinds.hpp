#pragma once
// What the kinds of faults share, and the declaration of each. Of this folder alone.

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "framework/engine/containers.hpp"
#include "framework/faults/fault.hpp"

namespace bhsim::faults {

// A fault of one container: knows its spec, refuses a target without the label of its own run.
class ContainerFault : public Fault {
 public:
  explicit ContainerFault(FaultSpec spec) : spec_(std::move(spec)) {}
  [[nodiscard]] const FaultSpec& spec() const override { return spec_; }
  Result<void> prepare(const Means& means) override;
  Result<bool> jvm_gone(const Means& means) override;

 protected:
  // Its state; an Error of code not_found when it is gone, unsupported when it is not ours.
  [[nodiscard]] Result<engine::ContainerState> look(const Means& means) const;
  // The same, with nothing for one that is gone.
  [[nodiscard]] Result<std::optional<engine::ContainerState>> look_if_there(
      const Means& means) const;
  // Whether the application answers anything, be it that it is not well; false when it has no
  // probe.
  [[nodiscard]] bool answers(const Means& means, Nanos patience) const;
  // Of one that does not run, the proof that its end is undone all the same: it was started again
  // and has ended since, which is the application's own doing. `ErrorCode::conflict` until then.
  [[nodiscard]] Result<std::string> ended_again(const engine::ContainerState& state) const;
  // Also when it still seems to run, since it may be about to end.
  Result<void> start_again(const Means& means) const;

  [[nodiscard]] std::int64_t size(std::string_view parameter) const;
  [[nodiscard]] double share(std::string_view parameter) const;
  [[nodiscard]] std::int64_t count(std::string_view parameter) const;
  [[nodiscard]] const std::string& text(std::string_view parameter) const;

  // What prepare() has noted, for acted(), undo() and healed().
  void note(const std::string& name, std::string value) { spec_.before[name] = std::move(value); }
  void note(const std::string& name, std::int64_t value) { note(name, std::to_string(value)); }
  [[nodiscard]] const std::string& noted(const std::string& name) const;
  [[nodiscard]] std::int64_t noted_number(const std::string& name) const;

 private:
  FaultSpec spec_;
};

// One by which the first process ends; undone by starting the container again.
class EndingFault : public ContainerFault {
 public:
  using ContainerFault::ContainerFault;
  // Another process than before, or the end of the one that prepare() saw, as ended_with() has it.
  Result<std::string> acted(const Means& means) final;
  Result<void> undo(const Means& means) override { return start_again(means); }
  Result<std::string> healed(const Means& means) override;

 private:
  // The proof, or why such an exit code is none.
  [[nodiscard]] virtual Result<std::string> ended_with(std::int64_t code) const = 0;
};

std::optional<std::string> possible_everywhere(const Host& host);

// A number of HostConfig as the engine holds it: "Memory", "NanoCpus", "PidsLimit".
Result<std::int64_t> limit_of(const engine::Client& engine, const std::string& container,
                              const std::string& name);
// One sample of a container that runs; ErrorCode::conflict of one that does not.
Result<engine::ContainerStats> sample(const Means& means, const std::string& container);

template <typename T>
std::unique_ptr<Fault> make_fault(FaultSpec spec) {
  return std::make_unique<T>(std::move(spec));
}

extern const FaultKind kKill, kTerminate, kRestart, kExit, kPause, kCut, kMemory, kCpu, kPids,
    kSockets, kClock;

}  // namespace bhsim::faults
