#include "framework/faults/dependency.hpp"

#include "framework/base/units.hpp"

namespace bhsim::faults {
namespace {

using namespace std::chrono_literals;

constexpr Nanos kUsualPatience = 2s;
constexpr int kLowestError = 400;

std::string_view word_for(const Visit& visit) { return visit.first ? "answered" : "was silent"; }

}  // namespace

Visit DependencyFault::ask(const Means& means, Nanos patience) const {
  return visit(spec().port, spec().dependency_path, Farewell::asked_for, patience, means.clock);
}

Result<void> DependencyFault::prepare(const Means& means) {
  BHSIM_TRY(ContainerFault::prepare(means));
  if (spec().dependency_path.empty() || spec().way.empty())
    return fail(ErrorCode::unsupported,
                "the application has no dependency, or no relay is on the way to it");
  BHSIM_TRY(means.way());
  before_ = fastest_visit(spec().port, spec().dependency_path, kUsualPatience, means.clock);
  if (!before_.first || before_.status == 0 || before_.status >= kLowestError)
    return fail(ErrorCode::conflict, "GET {} {} with status {}: its dependency does not work now",
                spec().dependency_path, word_for(before_), before_.status);
  return {};
}

Result<void> DependencyFault::apply(const Means& means) {
  BHSIM_ASSIGN(auto* way, means.way());
  return way->relay_set(setting());
}

Result<std::string> DependencyFault::acted(const Means& means) {
  BHSIM_ASSIGN(auto* way, means.way());
  Evidence evidence;
  evidence.visit = ask(means, patience());
  evidence.before = *before_.first;
  if (!evidence.visit.connected)
    return fail(ErrorCode::conflict, "the application takes no connection");
  BHSIM_ASSIGN(evidence.counted, way->relay_counters());
  BHSIM_ASSIGN(const auto proof, shown(evidence));
  return fmt::format("{}; before, it answered in {}", proof, format_duration(*before_.first));
}

Result<bool> DependencyFault::way_is_there(const Means& means) const {
  const auto state = engine::inspect_container(means.engine, spec().way);
  if (!state && state.error().code == ErrorCode::not_found) return false;
  if (!state) return fail(state.error());
  const auto label = state->labels.find(std::string(kRunLabel));
  const bool ours = label != state->labels.end() && label->second == spec().run_id;
  return ours && state->running;
}

Result<void> DependencyFault::undo(const Means& means) {
  const auto way = means.way();
  // Of another process: it ends with the one that started it, which healed() waits for.
  if (!way && way.error().code == ErrorCode::unsupported) return {};
  if (!way) return fail(way.error());
  return (*way)->relay_set({});
}

// What the application makes of it is its own affair.
Result<std::string> DependencyFault::healed(const Means& means) {
  const auto way = means.way();
  if (!way && way.error().code == ErrorCode::unsupported) {
    BHSIM_ASSIGN(const bool there, way_is_there(means));
    if (there) return fail(ErrorCode::conflict, "the relay of another process is still there");
    return std::string("the relay is gone");
  }
  if (!way) return fail(way.error());
  BHSIM_ASSIGN(const auto counted, (*way)->relay_counters());
  if (counted.held > 0)
    return fail(ErrorCode::conflict, "the relay still holds {}", format_size(counted.held));
  const auto after = ask(means, kUsualPatience);
  return fmt::format("the relay passes everything on, and holds nothing; the application {}{}",
                     word_for(after),
                     after.first ? fmt::format(" in {}", format_duration(*after.first)) : "");
}

}  // namespace bhsim::faults
