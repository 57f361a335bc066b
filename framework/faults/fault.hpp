#pragma once
// A fault: something broken on purpose, and how it is made whole again (docs/faults.md). An object
// is made from a FaultSpec alone, so that another process can make the same one from the journal
// and undo it.

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"

namespace bhsim::faults {

// The container label whose value is the run's id. Nothing without it is ever touched.
inline constexpr std::string_view kRunLabel = "bhsim.run";

// All that is needed to apply a fault, and to undo it from another process; it stands in the
// journal as a whole.
struct FaultSpec {
  std::int64_t id = 0;     // unique in the run, from 1
  std::string kind;        // "kill", "pause"
  std::string run_id;      // must be the target's label
  std::string target;      // engine id of the container
  int port = 0;            // of the target, on 127.0.0.1
  std::string probe_path;  // answers 200 when the application is well: ready, else live; empty: no
                           // probe by HTTP
  Nanos heals_within = std::chrono::seconds(60);  // undo → probe ok; else undo_failed
  std::map<std::string, std::string> parameters;  // of the kind, as the simulation wrote them
  std::map<std::string, std::string>
      before;  // the state that the undo has to bring back; filled by prepare()
};

// One GET on 127.0.0.1: true when it answered 200 in time.
using Ask = std::function<bool(int port, const std::string& path, Nanos patience)>;

// What a fault works with. All must outlive it.
struct Means {
  const engine::Client& engine;
  const Clock& clock;
  Ask ask;
};

// Each call is bounded in time by itself. `acted` and `healed` look by another way than the call
// that they prove, and may be asked again until their time is over: ErrorCode::conflict means "not
// (yet) to be seen", any other Error that the looking failed.
class Fault {
 public:
  virtual ~Fault() = default;
  [[nodiscard]] virtual const FaultSpec& spec() const = 0;
  // For people: "kill -9 of process 1 in 3f2a…".
  [[nodiscard]] virtual std::string describe() const = 0;
  // Looks at the target and fills spec().before; changes nothing. An Error: the fault cannot be
  // applied to it now.
  virtual Result<void> prepare(const Means& means) = 0;
  virtual Result<void> apply(const Means& means) = 0;
  // The proof that it took effect, in words.
  virtual Result<std::string> acted(const Means& means) = 0;
  // Idempotent: undoing what was never applied, or is undone already, is success. A target that is
  // gone is undone.
  virtual Result<void> undo(const Means& means) = 0;
  // The proof that nothing of it is left, in words.
  virtual Result<std::string> healed(const Means& means) = 0;
};

// What this host and engine offer; for `bhsim list faults` and for refusing a plan before it
// starts.
struct Host {
  bool root = false;         // bhsim runs as root
  bool local_engine = true;  // unix socket
  bool freezer = true;       // the engine can pause
};

// One kind of fault.
struct FaultKind {
  std::string_view name;
  std::string_view title;  // one line for people
  bool ends_jvm = false;   // a new JVM segment begins with its undo
  // Nothing when it is possible here, else why not.
  std::optional<std::string> (*impossible)(const Host& host);
  std::unique_ptr<Fault> (*make)(FaultSpec spec);
};

// The explicit table (table.cpp), in the order of docs/faults.md.
std::span<const FaultKind> fault_kinds();
// nullptr: no such kind.
const FaultKind* find_fault_kind(std::string_view name);

}  // namespace bhsim::faults
