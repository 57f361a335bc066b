#include <CLI/CLI.hpp>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/runner/guard.hpp"

namespace bhsim::cli {

void add_guard(CLI::App& command, int& exit_code) {
  auto order = std::make_shared<runner::GuardOrder>();
  command.add_option("--run", order->run_id)->required();
  command.add_option("--directory", order->run_directory)->required();
  command.add_option("--engine", order->engine_url);
  command.callback([order, &exit_code] { exit_code = runner::guard_main(*order); });
}

}  // namespace bhsim::cli
