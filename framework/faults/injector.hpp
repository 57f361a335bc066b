#pragma once
// One fault through the journal: INTENT (durable) → apply → ACTIVE or UNSEEN → hold → undo → HEALED or UNDO_FAILED.

#include <stop_token>

#include "framework/faults/fault.hpp"
#include "framework/faults/journal.hpp"
#include "framework/history/records.hpp"

namespace bhsim::faults {

struct Order {
  std::int64_t id = 0;
  std::string kind;
  Nanos holds{};  // from seen to act to undo; cut short by a stop
};

// The row of what happened; its state tells how far it came. An Error: it could not be undone, or the journal could not be
// written: nothing may go on. A fault that was not seen to act is undone all the same, and is `unseen`.
Result<history::Fault> inject(const Target& target, const Order& order, Journal& journal, std::stop_token stop);

// Undoes whatever the journal does not show as healed, of containers that still exist; says so in it. Works in any process.
Result<void> heal_all(const engine::Client& engine, const Clock& clock, const Path& journal_path);

}  // namespace bhsim::faults
