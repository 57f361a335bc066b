#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/cli/judging.hpp"
#include "framework/engine/resources.hpp"
#include "framework/runner/lock.hpp"
#include "framework/runner/recovery.hpp"

namespace bhsim::cli {
namespace {

struct RecoverWords {
  std::string engine, run = "last";
  Path out = "runs";
};

Result<Path> recovered(const RecoverWords& words) {
  BHSIM_ASSIGN(const auto directory, find_run(words.run, words.out));
  const std::string run_id = std::filesystem::absolute(directory).filename().string();
  BHSIM_ASSIGN(auto endpoint, engine::discover(words.engine, engine::process_environment()));
  BHSIM_ASSIGN(const auto client, engine::Client::connect(std::move(endpoint)));
  BHSIM_ASSIGN(const auto info, engine::engine_info(client));
  BHSIM_ASSIGN(const auto lock,
               runner::EngineLock::take(info.value("ID", std::string("engine")), run_id));
  BHSIM_TRY(runner::recover_run({words.engine, run_id, directory}, "bhsim died; recovered later"));
  return directory;
}

int recover(const RecoverWords& words) {
  const auto directory = recovered(words);
  if (!directory) return complain("recover", directory.error());
  return conclude("recover", *directory, Reports::write);
}

}  // namespace

void add_recover(CLI::App& command, int& exit_code) {
  auto words = std::make_shared<RecoverWords>();
  command.add_option("RUN", words->run,
                     "A run directory, a run id or its beginning, or 'last' (the default)");
  command.add_option("--engine", words->engine,
                     "unix:///…, tcp://…; otherwise as the docker client finds it");
  command.add_option("--out", words->out, "Where run directories lie (runs)");
  command.callback([words, &exit_code] { exit_code = recover(*words); });
}

}  // namespace bhsim::cli
