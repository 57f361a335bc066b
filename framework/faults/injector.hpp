#pragma once
// Runs one fault through the journal: intent → apply → seen to act → held → undo → seen to be
// healed: nothing of the fault itself is left. Whether the application works again is for others to
// see. Whatever happens after the intent, and also when the run is stopped, the undo is done.

#include <functional>
#include <optional>
#include <stop_token>
#include <string>

#include "framework/faults/fault.hpp"
#include "framework/faults/journal.hpp"
#include "framework/history/records.hpp"
#include "framework/history/store.hpp"

namespace bhsim::faults {

// How the runner takes part. Called on the injector's thread.
struct InjectorHooks {
  // Of a kind that ends or may end the JVM: it is seen to be gone, and not yet started again. The
  // time for the end of probes and side-car.
  std::function<void()> jvm_ended = [] {};
  // The engine's start call was made at `t_start`, and the fault is seen to be healed: the time for
  // a new segment, side-car and probes. An Error: the run cannot go on, though the fault is undone.
  std::function<Result<void>(Time t_start)> jvm_started = [](Time) { return Result<void>(); };
};

struct FaultOutcome {
  history::Fault row;        // also added to the store at every step
  bool jvm_ended = false;    // the application was seen to be gone: a new segment has begun
  std::string trouble;       // why it is unseen or undo_failed; empty when all went as it should
  Result<void> handed_over;  // what jvm_started returned
};

struct InjectorLimits {
  Nanos acts_within = std::chrono::seconds(5);  // apply → seen to act, else unseen
  Nanos look_every = std::chrono::milliseconds(20);
};

class Injector {
 public:
  // All must outlive it. One fault at a time: not thread-safe.
  Injector(Means means, Journal& journal, history::Store& store, InjectorLimits limits = {});

  // Holds the fault for `holds` (0: undone as soon as it is seen to act), or until `stop`; then
  // undoes. An Error: it was not applied at all, and nothing has to be undone (the journal could
  // not be written, the target is not ours).
  Result<FaultOutcome> run(const FaultSpec& spec, Nanos holds, std::stop_token stop,
                           const InjectorHooks& hooks = {});

 private:
  struct Passage;
  Means means_;
  Journal& journal_;
  history::Store& store_;
  InjectorLimits limits_;
};

struct Healing {
  std::int64_t healed = 0;
  std::int64_t failed = 0;  // an unreadable part of the journal is one more
  std::string first_failure;
};

// none: the journal is sealed with the run's history, and stays as it is.
enum class HealNotes { in_journal, none };

// Undoes, newest first, every fault of the journal that is not shown as healed, and writes so.
// Idempotent; for any process after the run's own is gone (guard, recover). One that fails does not
// keep the next from being tried. Only containers with the label of the fault's own run are
// touched. An Error: the journal itself cannot be read or written.
Result<Healing> heal_all(const Path& run_directory, const Means& means,
                         HealNotes notes = HealNotes::in_journal);

}  // namespace bhsim::faults
