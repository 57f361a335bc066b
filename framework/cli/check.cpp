#include <CLI/CLI.hpp>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/cli/judging.hpp"

namespace bhsim::cli {
namespace {

struct CheckWords {
  std::string run = "last";
  Path out = "runs";
};

int conclude_named(std::string_view command, const CheckWords& words, Reports reports) {
  const auto directory = find_run(words.run, words.out);
  if (!directory) return complain(command, directory.error());
  return conclude(command, *directory, reports);
}

std::shared_ptr<CheckWords> add_words(CLI::App& command) {
  auto words = std::make_shared<CheckWords>();
  command.add_option("RUN", words->run,
                     "A run directory, a run id or its beginning, or 'last' (the default)");
  command.add_option("--out", words->out, "Where run directories lie (default: runs)");
  return words;
}

}  // namespace

void add_check(CLI::App& command, int& exit_code) {
  auto words = add_words(command);
  command.callback(
      [words, &exit_code] { exit_code = conclude_named("check", *words, Reports::skip); });
}

void add_report(CLI::App& command, int& exit_code) {
  auto words = add_words(command);
  command.callback(
      [words, &exit_code] { exit_code = conclude_named("report", *words, Reports::write); });
}

}  // namespace bhsim::cli
