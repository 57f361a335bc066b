#include "framework/faults/injector.hpp"

#include "framework/engine/containers.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr int kUndoAttempts = 3;

Result<void> note(Journal& journal, const history::Fault& row, State state, Time t, const std::string& text) {
  return journal.append({.id = row.id, .kind = row.kind, .target = row.target, .state = state, .t = t, .note = text});
}

// Undo, tried again: what stays broken makes the run invalid, never a warning.
Result<std::string> undo(const Fault& fault, const Target& target) {
  Result<std::string> proof = fail(ErrorCode::internal, "never tried");
  for (int attempt = 0; attempt < kUndoAttempts; ++attempt) {
    const auto undone = fault.undo(target);
    proof = undone ? fault.gone(target) : Result<std::string>(fail(undone.error()));
    if (proof) break;
  }
  return proof;
}

}  // namespace

Result<history::Fault> inject(const Target& target, const Order& order, Journal& journal, std::stop_token stop) {
  const auto* kind = find_kind(order.kind);
  if (kind == nullptr) return fail(ErrorCode::internal, "no fault is called '{}'", order.kind);
  const auto fault = kind->make();
  const auto& clock = *target.clock;
  history::Fault row;
  row.id = order.id;
  row.kind = order.kind;
  row.target = target.container;
  row.t_intent = clock.now();
  BHSIM_TRY(note(journal, row, State::intent, row.t_intent, {}));
  const auto applied = fault->apply(target);
  const auto acted = applied ? fault->acted(target) : Result<std::string>(fail(applied.error()));
  if (acted) {
    row.t_active = clock.now();
    row.state = history::FaultState::active;
    row.acted_proof = *acted;
    BHSIM_TRY(note(journal, row, State::active, *row.t_active, *acted));
    const Time until = *row.t_active + order.holds;
    while (clock.now() < until && !stop.stop_requested()) clock.sleep_until(std::min(until, clock.now() + 20ms));
  } else {
    row.state = history::FaultState::unseen;
    row.acted_proof = acted.error().message;
    BHSIM_TRY(note(journal, row, State::unseen, clock.now(), acted.error().message));
  }
  row.t_undo = clock.now();
  const auto healed = undo(*fault, target);
  if (!healed) {
    row.state = history::FaultState::undo_failed;
    row.healed_proof = healed.error().message;
    BHSIM_TRY(note(journal, row, State::undo_failed, clock.now(), healed.error().message));
    return row;
  }
  row.t_healed = clock.now();
  row.healed_proof = *healed;
  if (row.state == history::FaultState::active) row.state = history::FaultState::healed;
  BHSIM_TRY(note(journal, row, State::healed, *row.t_healed, *healed));
  return row;
}

Result<void> heal_all(const engine::Client& engine, const Clock& clock, const Path& journal_path) {
  BHSIM_ASSIGN(const auto records, Journal::read(journal_path));
  const auto unhealed = Journal::unhealed(records);
  if (unhealed.empty()) return {};
  BHSIM_ASSIGN(auto journal, Journal::open(journal_path));
  for (auto record : unhealed) {
    const Target target{.engine = &engine, .clock = &clock, .container = record.target, .answers = {}};
    const auto* kind = find_kind(record.kind);
    if (kind == nullptr) return fail(ErrorCode::internal, "heal: no fault is called '{}'", record.kind);
    const auto state = engine::inspect_container(engine, record.target);
    record.state = State::healed;
    record.t = clock.now();
    if (!state && state.error().code == ErrorCode::not_found) {
      record.note = "its container is gone";
    } else {
      const auto healed = undo(*kind->make(), target);
      if (!healed) return fail(healed.error().within(fmt::format("undo {} of {}", record.kind, record.target)));
      record.note = "recovery: " + *healed;
    }
    BHSIM_TRY(journal.append(record));
  }
  return {};
}

}  // namespace bhsim::faults
