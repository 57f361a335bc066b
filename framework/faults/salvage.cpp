#include "framework/faults/salvage.hpp"

#include "framework/base/log.hpp"
#include "framework/base/units.hpp"
#include "framework/faults/injector.hpp"
#include "framework/history/seal.hpp"

namespace bhsim::faults {
namespace {

// The end of one try. `clean` with a trouble: nothing is left, and yet something went wrong.
struct Attempt {
  bool clean = false;
  Result<void> trouble;
};

HealNotes notes_of(const Path& run_directory) {
  std::error_code ignored;
  return std::filesystem::exists(run_directory / history::kManifestName, ignored)
             ? HealNotes::none
             : HealNotes::in_journal;
}

Attempt attempt(const Remains& remains, const Ask& ask, const Clock& clock,
                const CleanupLimits& limits) {
  auto endpoint = engine::discover(remains.engine_url, engine::process_environment());
  if (!endpoint) return {.trouble = fail(endpoint.error())};
  const auto client = engine::Client::connect(std::move(*endpoint));
  if (!client) return {.trouble = fail(client.error())};
  const auto healing =
      heal_all(remains.run_directory, {*client, clock, ask}, notes_of(remains.run_directory));
  const auto removed = remove_everything(*client, remains.run_id, clock, limits);
  if (!removed) return {.trouble = fail(removed.error())};
  if (!healing) return {.clean = true, .trouble = fail(healing.error())};
  // With its containers removed a fault has nothing left to act upon; what could not be healed is
  // told all the same.
  if (healing->failed > 0)
    return {.clean = true,
            .trouble =
                fail(ErrorCode::engine, "a fault could not be undone: {}", healing->first_failure)};
  return {.clean = true, .trouble = {}};
}

Attempt attempt_until_clean(const Remains& remains, const Ask& ask, const Clock& clock,
                            const SalvagePatience& patience) {
  const Time deadline = clock.now() + patience.total;
  bool said = false;
  while (true) {
    auto ended = attempt(remains, ask, clock, patience.cleanup);
    if (ended.clean || clock.now() + patience.between > deadline) return ended;
    if (!said)
      log::warning("clean up after run {}: {}; tried again for {}", remains.run_id,
                   ended.trouble.error().message, format_duration(deadline - clock.now()));
    said = true;
    clock.sleep_until(clock.now() + patience.between);
  }
}

}  // namespace

Result<void> salvage(const Remains& remains, const Ask& ask, const Clock& clock,
                     const SalvagePatience& patience) {
  auto first = attempt_until_clean(remains, ask, clock, patience);
  if (!first.clean || patience.settles == Nanos{}) return std::move(first.trouble);
  if (!first.trouble)
    log::warning("clean up after run {}: {}", remains.run_id, first.trouble.error().message);
  clock.sleep_until(clock.now() + patience.settles);
  return attempt_until_clean(remains, ask, clock, patience).trouble;
}

}  // namespace bhsim::faults
