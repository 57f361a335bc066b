#pragma once
// A fault: something broken on purpose, and how it is made whole again (docs/faults.md). An object
// is made from a FaultSpec alone, so that another process can make the same one from the journal
// and undo it.

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "framework/base/clock.hpp"
#include "framework/base/result.hpp"
#include "framework/engine/client.hpp"
#include "framework/faults/catalogue.hpp"
#include "framework/sidecar/start.hpp"

namespace bhsim::faults {

// The container label whose value is the run's id. Nothing without it is ever touched.
inline constexpr std::string_view kRunLabel = "bhsim.run";

// What a helper of the fault's own is made from (hand.hpp), by whichever process undoes it.
struct HandSpec {
  std::string image;  // holds the helper
  std::string user;   // "10001:10001": the application's
  std::vector<sidecar::VolumeMount> volumes;
};

// All that is needed to apply a fault, and to undo it from another process; it stands in the
// journal as a whole.
struct FaultSpec {
  std::int64_t id = 0;     // unique in the run, from 1
  std::string kind;        // "kill", "pause" …
  std::string run_id;      // must be the target's label
  std::string target;      // engine id of the container
  int port = 0;            // of the target, on 127.0.0.1
  std::string probe_path;  // ready, else live: what a fault that silences the application asks for;
                           // empty: no probe by HTTP
  std::string class_directory;  // the watched one; empty: no class is swapped
  std::string dependency_path;  // a GET by which the target asks its dependency; empty: it has none
  std::string way;              // engine id of the helper on the way there; empty: there is none
  Nanos heals_within = std::chrono::seconds(60);  // undo → its effect is gone; else undo_failed
  Nanos stops_within = std::chrono::seconds(10);  // stop signal → end, as the contract promises
  HandSpec hand;
  std::map<std::string, std::string> parameters;  // of the kind, each of them (catalogue.hpp)
  std::map<std::string, std::string>
      before;  // the state that the undo has to bring back; filled by prepare()
};

// What one GET on 127.0.0.1 met within its time.
enum class Heard {
  nothing,     // not even a connection
  connection,  // taken by the kernel at least, and no whole answer
  answer,      // of whatever status
};
using Ask = std::function<Heard(int port, const std::string& path, Nanos patience)>;

// The clients of the load, for faults between them and the target. Where there is no load (whoever
// heals after a crash has none) nothing happens.
struct Clients {
  int connections = 0;  // at most; 0: there is no load
  // From now on they reach the target through this port of 127.0.0.1; through its own again: 0. Who
  // is under way ends where it began.
  std::function<Result<void>(int port)> lead = [](int) { return Result<void>(); };
  // So long they went through a relay that did nothing, just before this fault acted.
  std::function<void(const FaultSpec& fault, Time from, Time until)> twin = [](const FaultSpec&,
                                                                               Time, Time) {};
};

// The helper on the way from the target to its dependency, with its relay (docs/sidecar.md). It
// ends with the process that started it.
using Way = std::function<Result<sidecar::Sidecar*>()>;
inline Result<sidecar::Sidecar*> no_way() {
  return fail(ErrorCode::unsupported, "nothing is on the way to a dependency");
}

// What a fault works with. All must outlive it.
struct Means {
  const engine::Client& engine;
  const Clock& clock;
  Ask ask;
  Clients clients = {};
  Way way = no_way;
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
  // The proof that nothing of the fault itself is left, in words. How the application takes it, and
  // whether it works again, is its recovery, which is measured and judged apart.
  virtual Result<std::string> healed(const Means& means) = 0;
  // Whether the JVM that prepare() saw is no more; asked of kinds that may end it.
  virtual Result<bool> jvm_gone(const Means& means) = 0;
};

}  // namespace bhsim::faults
