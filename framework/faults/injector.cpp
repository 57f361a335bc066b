#include "framework/faults/injector.hpp"

#include <algorithm>

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr int kUndoAttempts = 3;
constexpr Nanos kBetweenAttempts = 200ms;
constexpr Nanos kGlance = 20ms;
// After a crash of bhsim the container is about to be removed in any case: healers other than the
// run itself look no longer than this.
constexpr Nanos kMostHealerPatience = 10s;

// Asks until the answer is a proof or another Error than "not yet", the time is over, or `stop`.
Result<std::string> prove(const Means& means, Nanos patience, Nanos every, std::stop_token stop,
                          const std::function<Result<std::string>()>& look) {
  const Time deadline = means.clock.now() + patience;
  while (true) {
    auto proof = look();
    if (proof || proof.error().code != ErrorCode::conflict) return proof;
    if (means.clock.now() >= deadline || stop.stop_requested()) return proof;
    means.clock.sleep_until(means.clock.now() + every);
  }
}

Result<void> undo_bounded(Fault& fault, const Means& means) {
  Result<void> undone;
  for (int attempt = 0; attempt < kUndoAttempts; ++attempt) {
    if (attempt > 0) means.clock.sleep_until(means.clock.now() + kBetweenAttempts);
    undone = fault.undo(means);
    if (undone) break;
  }
  return undone;
}

// By a healer other than the run itself.
Result<std::string> heal(const FaultSpec& spec, const Means& means) {
  const auto* kind = find_fault_kind(spec.kind);
  if (kind == nullptr) return fail(ErrorCode::internal, "no fault is called '{}'", spec.kind);
  const auto fault = kind->make(spec);
  BHSIM_TRY(undo_bounded(*fault, means));
  return prove(means, std::min(spec.heals_within, kMostHealerPatience), 50ms, {},
               [&] { return fault->healed(means); });
}

}  // namespace

// One fault on its way through the journal. From the intent on the undo is owed: a journal that can
// no longer be written is remembered, and told after it.
struct Injector::Passage {
  Injector& injector;
  const FaultKind& kind;
  Fault& fault;
  const InjectorHooks& hooks;
  FaultOutcome outcome = {};
  std::string journal_trouble = {};

  void note(JournalState state, std::string_view proof = {}) {
    const auto noted = injector.journal_.append(outcome.row.id, state, proof);
    if (!noted && journal_trouble.empty()) journal_trouble = noted.error().message;
    injector.store_.add(outcome.row);
  }

  void jvm_is_gone() {
    if (kind.ends == Ends::never || outcome.jvm_ended) return;
    outcome.jvm_ended = true;
    hooks.jvm_ended();
  }

  // The end of a JVM may come to light late: the kill that was not seen in time, or what only may
  // end it.
  void look_for_its_end() {
    if (kind.ends == Ends::never || outcome.jvm_ended) return;
    if (const auto gone = fault.jvm_gone(injector.means_); gone && *gone) jvm_is_gone();
  }

  void break_it(std::stop_token stop) {
    const Means& means = injector.means_;
    const InjectorLimits& limits = injector.limits_;
    const auto applied = fault.apply(means);
    const Nanos patience = kind.acts_within > Nanos{} ? kind.acts_within : limits.acts_within;
    // A call that failed may have taken effect all the same: one look tells.
    const auto acted = prove(means, applied ? patience : Nanos{}, limits.look_every, stop,
                             [&] { return fault.acted(means); });
    auto& row = outcome.row;
    if (acted) {
      row.state = history::FaultState::active;
      row.acted_proof = *acted;
      row.t_active = means.clock.now();
      note(JournalState::active, *acted);
      return look_for_its_end();
    }
    row.state = history::FaultState::unseen;
    row.acted_proof = applied ? acted.error().message : applied.error().message;
    outcome.trouble = row.acted_proof;
    note(JournalState::unseen, row.acted_proof);
  }

  void hold(Nanos holds, std::stop_token stop) {
    if (!outcome.row.t_active) return;
    const Clock& clock = injector.means_.clock;
    const Time until = *outcome.row.t_active + holds;
    while (clock.now() < until && !stop.stop_requested())
      clock.sleep_until(std::min(until, clock.now() + kGlance));
  }

  void hand_over() {
    look_for_its_end();
    if (outcome.jvm_ended) outcome.handed_over = hooks.jvm_started(*outcome.row.t_undo);
  }

  void mend(Nanos heals_within) {
    const Means& means = injector.means_;
    auto& row = outcome.row;
    look_for_its_end();
    row.t_undo = means.clock.now();
    note(JournalState::undo);
    const auto undone = undo_bounded(fault, means);
    const auto healed = undone ? prove(means, heals_within, injector.limits_.look_every, {},
                                       [&] { return fault.healed(means); })
                               : Result<std::string>(fail(undone.error()));
    row.healed_proof = healed ? *healed : healed.error().message;
    if (!healed) return failed(row.healed_proof);
    row.t_healed = means.clock.now();
    if (row.state == history::FaultState::active) row.state = history::FaultState::healed;
    note(JournalState::healed, row.healed_proof);
    if (!journal_trouble.empty()) return failed(journal_trouble);
    hand_over();
  }

  void failed(std::string trouble) {
    outcome.trouble = std::move(trouble);
    outcome.row.state = history::FaultState::undo_failed;
    note(JournalState::undo_failed, outcome.trouble);
  }
};

Injector::Injector(Means means, Journal& journal, history::Store& store, InjectorLimits limits)
    : means_(std::move(means)), journal_(journal), store_(store), limits_(limits) {}

Result<FaultOutcome> Injector::run(const FaultSpec& spec, Nanos holds, std::stop_token stop,
                                   const InjectorHooks& hooks) {
  const auto* kind = find_fault_kind(spec.kind);
  if (kind == nullptr) return fail(ErrorCode::internal, "no fault is called '{}'", spec.kind);
  const auto fault = kind->make(spec);
  BHSIM_TRY(fault->prepare(means_));
  Passage passage{.injector = *this, .kind = *kind, .fault = *fault, .hooks = hooks};
  auto& row = passage.outcome.row;
  row.id = spec.id;
  row.kind = spec.kind;
  row.target = spec.target;
  BHSIM_ASSIGN(row.t_intent, journal_.append_intent(fault->spec()));
  store_.add(row);
  passage.break_it(stop);
  passage.hold(holds, stop);
  passage.mend(spec.heals_within);
  return std::move(passage.outcome);
}

Result<Healing> heal_all(const Path& run_directory, const Means& means, HealNotes notes) {
  BHSIM_ASSIGN(const auto content, read_journal(run_directory));
  Healing healing;
  const auto failed = [&healing](std::string why) {
    ++healing.failed;
    if (healing.first_failure.empty()) healing.first_failure = std::move(why);
  };
  if (content.damaged > 0)
    failed(fmt::format("{} lines of the fault journal in {} cannot be read: what they told is lost",
                       content.damaged, run_directory.string()));
  const auto open = unhealed(content);
  if (open.empty()) return healing;
  std::optional<Journal> journal;
  if (notes == HealNotes::in_journal) {
    BHSIM_ASSIGN(journal, Journal::open(run_directory, means.clock));
  }
  for (const auto& spec : open) {
    if (journal) BHSIM_TRY(journal->append(spec.id, JournalState::undo));
    const auto proof = heal(spec, means);
    if (journal)
      BHSIM_TRY(journal->append(spec.id, proof ? JournalState::healed : JournalState::undo_failed,
                                proof ? *proof : proof.error().message));
    if (proof)
      ++healing.healed;
    else
      failed(fmt::format("{} of {:.12}: {}", spec.kind, spec.target, proof.error().message));
  }
  return healing;
}

}  // namespace bhsim::faults
