#include "framework/runner/recovery.hpp"

#include "framework/base/clock.hpp"
#include "framework/faults/cleanup.hpp"
#include "framework/faults/injector.hpp"
#include "framework/history/store.hpp"
#include "framework/runner/application.hpp"

namespace bhsim::runner {
namespace {

Result<void> heal_and_remove(std::string_view engine_url, std::string_view run_id,
                             const Path& run_directory) {
  BHSIM_ASSIGN(auto endpoint, engine::discover(engine_url, engine::process_environment()));
  BHSIM_ASSIGN(const auto client, engine::Client::connect(std::move(endpoint)));
  const auto healing = faults::heal_all(run_directory, {client, system_clock(), answers_ok});
  const auto removed = faults::remove_everything(client, run_id, system_clock());
  if (!removed) return fail(removed.error());
  if (!healing) return fail(healing.error());
  // With its containers removed a fault has nothing left to act upon; what could not be healed is
  // told all the same.
  if (healing->failed > 0)
    return fail(ErrorCode::engine, "a fault could not be undone: {}", healing->first_failure);
  return {};
}

}  // namespace

Result<void> recover_run(std::string_view engine_url, std::string_view run_id,
                         const Path& run_directory, std::string_view reason) {
  auto cleaned = heal_and_remove(engine_url, run_id, run_directory);
  auto sealed = history::seal_abandoned(run_directory, reason);
  if (!cleaned) return cleaned;
  return sealed;
}

}  // namespace bhsim::runner
