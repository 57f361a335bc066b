#include "framework/faults/injector.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr int kUndoAttempts = 3;

// Asks until the answer is a proof or another Error than "not yet", or the time is over.
Result<std::string> prove(const Means& means, Nanos patience, Nanos every, const std::function<Result<std::string>()>& look) {
  const Time deadline = means.clock.now() + patience;
  while (true) {
    auto proof = look();
    if (proof || proof.error().code != ErrorCode::conflict || means.clock.now() >= deadline) return proof;
    means.clock.sleep_until(means.clock.now() + every);
  }
}

Result<void> undo_bounded(Fault& fault, const Means& means) {
  Result<void> undone;
  for (int attempt = 0; attempt < kUndoAttempts; ++attempt) {
    undone = fault.undo(means);
    if (undone) break;
    means.clock.sleep_until(means.clock.now() + 200ms);
  }
  return undone;
}

}  // namespace

Injector::Injector(Means means, Journal& journal, history::Store& store, InjectorLimits limits)
    : means_(std::move(means)), journal_(journal), store_(store), limits_(limits) {}

Result<FaultOutcome> Injector::run(const FaultSpec& spec, Nanos holds, std::stop_token stop, const InjectorHooks& hooks) {
  const auto* kind = find_fault_kind(spec.kind);
  if (kind == nullptr) return fail(ErrorCode::internal, "no fault is called '{}'", spec.kind);
  const auto fault = kind->make(spec);
  BHSIM_TRY(fault->prepare(means_));
  FaultOutcome outcome;
  auto& row = outcome.row;
  row.id = spec.id;
  row.kind = spec.kind;
  row.target = spec.target;
  BHSIM_ASSIGN(row.t_intent, journal_.append_intent(fault->spec()));
  store_.add(row);
  const auto write = [&](JournalState state, const std::string& proof) { return journal_.append(spec.id, state, proof); };

  const auto applied = fault->apply(means_);
  const auto acted = applied ? prove(means_, limits_.acts_within, limits_.look_every, [&] { return fault->acted(means_); })
                             : Result<std::string>(fail(applied.error()));
  // From here on the undo is owed: a journal that cannot be written any more is told after it.
  Result<Time> noted = Time{};
  if (acted) {
    row.state = history::FaultState::active;
    row.acted_proof = *acted;
    row.t_active = means_.clock.now();
    noted = write(JournalState::active, *acted);
    outcome.jvm_ended = kind->ends_jvm;
    if (outcome.jvm_ended) hooks.jvm_ended();
    const Time until = *row.t_active + holds;
    while (means_.clock.now() < until && !stop.stop_requested())
      means_.clock.sleep_until(std::min(until, means_.clock.now() + 20ms));
  } else {
    row.state = history::FaultState::unseen;
    outcome.trouble = row.acted_proof = acted.error().message;
    noted = write(JournalState::unseen, outcome.trouble);
  }
  store_.add(row);

  row.t_undo = means_.clock.now();
  if (noted) noted = write(JournalState::undo, {});
  auto undone = undo_bounded(*fault, means_);
  if (undone && outcome.jvm_ended) undone = hooks.jvm_started(*row.t_undo);
  const auto healed = undone ? prove(means_, spec.heals_within, limits_.look_every, [&] { return fault->healed(means_); })
                             : Result<std::string>(fail(undone.error()));
  if (healed) {
    row.t_healed = means_.clock.now();
    row.healed_proof = *healed;
    if (row.state == history::FaultState::active) row.state = history::FaultState::healed;
    if (noted) noted = write(JournalState::healed, *healed);
  } else {
    row.state = history::FaultState::undo_failed;
    outcome.trouble = row.healed_proof = healed.error().message;
    if (noted) noted = write(JournalState::undo_failed, outcome.trouble);
  }
  if (!noted) {
    row.state = history::FaultState::undo_failed;
    outcome.trouble = noted.error().message;
  }
  store_.add(row);
  return outcome;
}

Result<Healing> heal_all(const Path& run_directory, const Means& means) {
  BHSIM_ASSIGN(const auto content, read_journal(run_directory));
  const auto open = unhealed(content);
  Healing healing;
  if (open.empty()) return healing;
  BHSIM_ASSIGN(auto journal, Journal::open(run_directory, means.clock));
  for (const auto& spec : open) {
    const auto* kind = find_fault_kind(spec.kind);
    Result<std::string> proof = fail(ErrorCode::internal, "no fault is called '{}'", spec.kind);
    if (kind != nullptr) {
      const auto fault = kind->make(spec);
      BHSIM_TRY(journal.append(spec.id, JournalState::undo));
      const auto undone = undo_bounded(*fault, means);
      // What it was that broke may never answer again: its containers are about to be removed, so a short look is enough.
      proof = undone ? prove(means, std::min<Nanos>(spec.heals_within, 10s), 50ms, [&] { return fault->healed(means); })
                     : Result<std::string>(fail(undone.error()));
    }
    BHSIM_TRY(journal.append(spec.id, proof ? JournalState::healed : JournalState::undo_failed,
                             proof ? *proof : proof.error().message));
    if (proof) {
      ++healing.healed;
    } else {
      ++healing.failed;
      if (healing.first_failure.empty()) healing.first_failure = proof.error().message;
    }
  }
  return healing;
}

}  // namespace bhsim::faults
