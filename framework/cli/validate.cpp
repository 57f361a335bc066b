#include <CLI/CLI.hpp>
#include <iostream>

#include "framework/cli/command.hpp"
#include "framework/cli/commands.hpp"
#include "framework/cli/judging.hpp"
#include "framework/config/validate.hpp"

namespace bhsim::cli {
namespace {

void print(const std::string& file, const config::Validation& valid) {
  std::cout << file << ": a valid " << valid.kind << ", " << valid.name << "\n";
  for (const auto& part : valid.left_out) {
    std::cout << "  leaves out " << part.part << ": " << part.effect;
    if (!part.checks.empty()) std::cout << "; not applicable:";
    for (const auto& check : part.checks) std::cout << " " << check;
    std::cout << "\n";
  }
  for (const auto& note : valid.notes) std::cout << "  " << note << "\n";
}

int validate(const std::vector<std::string>& files) {
  const auto limits = known_limits();
  int worst = kPass;
  for (const auto& file : files) {
    const auto valid = config::validate_file(file, limits);
    if (valid)
      print(file, *valid);
    else
      worst = complain("validate", valid.error());
  }
  return worst;
}

}  // namespace

void add_validate(CLI::App& command, int& exit_code) {
  auto files = std::make_shared<std::vector<std::string>>();
  command
      .add_option("FILE", *files,
                  "Contracts, agent profiles, load profiles, simulations, thresholds, "
                  "production-config.yml")
      ->required();
  command.callback([files, &exit_code] { exit_code = validate(*files); });
}

}  // namespace bhsim::cli
