#include "framework/cli/cli.hpp"

#include <CLI/CLI.hpp>
#include <cstdlib>
#include <exception>
#include <iostream>

#include "framework/base/nearest.hpp"
#include "framework/cli/command.hpp"

namespace bhsim::cli {
namespace {

// Every long option and, at the top, every command: what a mistyped word is compared with.
std::vector<std::string> known_words(const CLI::App& app) {
  std::vector<std::string> words;
  for (const auto* option : app.get_options())
    for (const auto& name : option->get_lnames()) words.push_back("--" + name);
  for (const auto* command : app.get_subcommands([](const CLI::App*) { return true; }))
    if (!command->get_group().empty()) words.push_back(command->get_name());
  return words;
}

int refuse(const CLI::App& app, const CLI::ParseError& error) {
  const auto chosen = app.get_subcommands();
  const CLI::App& scope = chosen.empty() ? app : *chosen.front();
  std::string message = error.what();
  const auto colon = message.rfind(": ");
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr && colon != std::string::npos) {
    std::string word = message.substr(colon + 2);
    word = word.substr(0, word.find_first_of(" ="));
    message = fmt::format("'{}' is not a word of {}", word,
                          chosen.empty() ? std::string("bhsim") : "bhsim " + scope.get_name());
    if (const auto near = nearest(word, known_words(scope)))
      message += fmt::format("; did you mean {}?", *near);
  }
  std::cerr << "bhsim: " << message << "\n"
            << "try: bhsim " << (chosen.empty() ? "" : scope.get_name() + " ") << "--help\n";
  return kUsage;
}

int run_checked(int argc, char** argv) {
  CLI::App app;
  int result = kInternal;
  add_everything(app, result);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    return refuse(app, error);
  }
  return result;
}

}  // namespace

void add_everything(CLI::App& app, int& result) {
  app.name("bhsim");
  app.description("Is this JVM application with this hot-swap agent ready for production?");
  app.set_version_flag("--version", "bhsim " BHSIM_VERSION);
  app.require_subcommand(1);
  for (const auto& command : commands()) {
    auto* sub = app.add_subcommand(std::string(command.name), std::string(command.summary));
    if (command.summary.empty()) sub->group("");  // not for people: the guard
    command.add(*sub, result);
  }
  app.footer(
      "Exit codes: 0 pass, 1 fail, 2 inconclusive or invalid run, 3 usage or configuration,\n"
      "4 engine or infrastructure, 70 internal error, 130 interrupted.");
}

int run_program(int argc, char** argv) {
  try {
    return run_checked(argc, argv);
  } catch (const std::exception& defect) {
    std::cerr << "bhsim: internal error: " << defect.what()
              << "\nThis is a defect of bhsim; what it created is removed by its guard. Please "
                 "report the command and this line.\n";
    return kInternal;
  }
}

}  // namespace bhsim::cli
