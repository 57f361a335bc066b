#pragma once
// A fault: how it is applied and undone, and the proofs that it acted and that it is gone. Never the return code of the call
// that applied it (faults.md). A new fault is one file and one line in catalogue().

#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"

namespace bhsim::faults {

// What a fault is done to.
struct Target {
  const engine::Client* engine = nullptr;
  const Clock* clock = nullptr;
  std::string container;                     // carries the run's label
  std::function<bool(Nanos patience)> answers;  // the application's own answer over its published port; absent in another process
};

class Fault {
 public:
  virtual ~Fault() = default;
  virtual Result<void> apply(const Target& target) const = 0;
  // What shows that it acted: a sentence; an Error (timeout) when it was not seen to within its patience.
  [[nodiscard]] virtual Result<std::string> acted(const Target& target) const = 0;
  // Idempotent: of what is undone already, too.
  virtual Result<void> undo(const Target& target) const = 0;
  // What shows that it is gone, as the engine sees it.
  [[nodiscard]] virtual Result<std::string> gone(const Target& target) const = 0;
  // True when its undo starts the application again: a new JVM segment.
  [[nodiscard]] virtual bool restarts() const { return false; }
};

struct Kind {
  std::string_view name;
  std::string_view summary;
  std::unique_ptr<Fault> (*make)();
};
std::span<const Kind> catalogue();
const Kind* find_kind(std::string_view name);

std::unique_ptr<Fault> make_kill();
std::unique_ptr<Fault> make_pause();

// Looks every 10 ms until `holds` or `patience` is over.
bool seen_within(const Clock& clock, Nanos patience, const std::function<bool()>& holds);

}  // namespace bhsim::faults
