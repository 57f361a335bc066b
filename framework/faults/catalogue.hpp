#pragma once
// The catalogue: which faults there are, what each may be told, what the application does while one
// lasts, and whether it is possible here. Data alone, so that plans are made of it without an
// engine. A fault is one file with one FaultKind, and one line in table.cpp.

#include <array>
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"

namespace bhsim::faults {

class Fault;
struct FaultSpec;

// What a fault may be told: its name in a simulation, and what it is when nothing is said. A path
// is absolute; a folder is one, or "classes", which means the watched directory.
struct Parameter {
  enum class Type { size, share, count, path, folder, word };
  std::string_view name;
  Type type = Type::count;
  std::string_view fallback = {};  // as a file would have it; empty: has to be given
  double least = 0, most = 0;      // bytes, 0 to 1, number
  std::array<std::string_view, 4> words = {};
};
// Nothing when `text` may stand for it, else what is expected: "a size from 1 MB to 4 GB".
std::optional<std::string> refused(const Parameter& parameter, const std::string& text);

// What this host and engine offer (host.hpp finds it out).
struct Host {
  bool freezer = true;         // containers can be paused
  bool memory_limit = true;    // the engine can change it
  bool cpu_quota = true;       // likewise
  bool pids_limit = true;      // likewise
  bool cgroup_v1 = true;       // else v2
  bool netem = true;           // the kernel can hold packets back
  std::string engine_unknown;  // not empty: no engine answered, for this reason
};

// What the application does while the fault lasts, by which its outage is reckoned.
enum class Effect {
  restart,  // it ends, and the undo starts it again at once: the time of a start
  silence,  // no request is answered: as long as it is held
  strain,   // it goes on, slower or with errors of its own: nothing
};

// Whether the JVM ends by it, so that the undo begins another life of it.
enum class Ends { never, maybe, always };

struct FaultKind {
  std::string_view name;
  std::string_view title;  // one line for people
  // Of section 9.2.5: a frozen application gets no processor, and an ended one is what the kernel
  // leaves when memory ends.
  std::string_view scenario;
  Effect effect = Effect::strain;
  Ends ends = Ends::never;
  // What a contract that keeps a ledger has to claim (ledger.survives) before this may happen to
  // its application; empty: nothing.
  std::string_view survives = {};
  Nanos holds = {};  // apply → undo when the simulation says nothing; 0: by the budget of outage
  Nanos acts_within = {};  // apply → seen to act, else unseen; 0: as the injector has it
  // Of a fault between clients and application, of which those who ask the application itself
  // notice nothing: as long clients go through the idle relay before it acts. 0: it is none.
  Nanos twin = {};
  bool of_dependency = false;  // its application must have one
  std::array<Parameter, 3> parameters = {};
  // Nothing when it is possible here, else why not.
  std::optional<std::string> (*impossible)(const Host& host) = nullptr;
  // Null when it is never possible.
  std::unique_ptr<Fault> (*make)(FaultSpec spec) = nullptr;

  [[nodiscard]] std::vector<Parameter> told() const;  // the parameters that there are
  [[nodiscard]] const Parameter* parameter(std::string_view name) const;
};

// How long one may be held, as a simulation says it.
inline constexpr Nanos kHoldsMin = std::chrono::milliseconds(500);
inline constexpr Nanos kHoldsMax = std::chrono::minutes(5);

// The table, in the order of docs/faults.md.
std::span<const FaultKind> fault_kinds();
// nullptr: no such kind.
const FaultKind* find_fault_kind(std::string_view name);
// Of those that can be made.
std::vector<std::string> fault_names();

}  // namespace bhsim::faults
