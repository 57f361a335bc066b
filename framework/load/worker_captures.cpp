#include "framework/load/worker.hpp"

namespace bhsim::load {

bool Worker::anything_acknowledged() {
  if (!has_acknowledged_) has_acknowledged_ = ledger_.has_acknowledged();
  return has_acknowledged_;
}

// What has to be answered before a request of that operation can be made; nothing when it can.
std::optional<std::uint32_t> Worker::needed_first(std::uint32_t operation, const Connection& c) {
  const CompiledOperation& op = compiled_.operations[operation];
  for (const std::size_t slot : op.request.captured()) {
    if (!c.captured.has(slot)) return compiled_.capturing[slot];
  }
  if (op.ledger == LedgerRole::read && !anything_acknowledged()) return compiled_.write_operation;
  return std::nullopt;
}

// A request that cannot be made yet is the one that it needs first instead: the one that captures a
// value which its connection lacks, the write while a ledger read has nothing to ask for. It ends,
// since what captures a value stands above what uses it (validate_captures).
void Worker::substitute(Connection& c) {
  std::uint32_t operation = c.request.operation;
  while (const auto first = needed_first(operation, c)) operation = *first;
  if (operation == c.request.operation) return;
  --totals_of(c.request).planned;
  c.request.operation = operation;
  ++totals_of(c.request).planned;
  ++totals_.substituted;
}

// False when the response is as expected and yet lacks what is captured from it. A 401 that nobody
// expected means that what the request carried is worth nothing any more, as after a restart of the
// target: it is forgotten, so the next request that needs it comes by a new one first.
bool Worker::capture(Connection& c, Outcome outcome) {
  constexpr int kUnauthorized = 401;
  const CompiledOperation& op = compiled_.operations[c.request.operation];
  if (outcome == Outcome::ok) return op.captures.take(c.parser, c.captured);
  if (c.parser.status() == kUnauthorized) {
    for (const std::size_t slot : op.request.captured()) c.captured.forget(slot);
  }
  return true;
}

}  // namespace bhsim::load
